variable "cidr" {
  type        = string
  description = "Address range of the network, /16 to /24."

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 24, false)
    error_message = "A range such as 10.20.0.0/16, /16 to /24: it is cut in two."
  }
}

variable "client_ports" {
  type        = set(number)
  description = "Ports of the stores."
  default     = [5432]
}

variable "name" {
  type        = string
  description = "Name of the network."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$", var.name))
    error_message = "Small letters, digits and '-', beginning with a letter, 50 at most: what is in it adds to the name."
  }
}

variable "region" {
  type        = string
  description = "Region of the subnet."
}
