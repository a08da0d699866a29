variable "cidr" {
  type        = string
  description = "Address range of the network, /16 to /24."

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 24, false)
    error_message = "A range such as 10.20.0.0/16, /16 to /24: it is cut in eight."
  }
}

variable "client_cidrs" {
  type        = set(string)
  description = "IPv4 ranges that may connect, besides the clients' subnet."
  default     = []

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Ranges such as 10.0.0.0/16; the whole internet is not one."
  }
}

variable "client_ports" {
  type        = set(number)
  description = "Ports of the stores."
  default     = [5432]
}

variable "name" {
  type        = string
  description = "Name of the group and the network."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,53}[a-z0-9])?$", var.name))
    error_message = "Small letters, digits and '-', beginning with a letter, 55 at most: it is in a name of DNS."
  }
}

variable "region" {
  type        = string
  description = "Azure region."
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything."
  default     = {}
}
