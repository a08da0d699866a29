variable "cidr" {
  type        = string
  description = "IPv4 range of the network. Each zone gets an eighth of it."

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && can(regex("/(1[6-9]|2[0-4])$", var.cidr))
    error_message = "A range such as 10.0.0.0/16, of /16 to /24."
  }
}

variable "client_ports" {
  type        = set(number)
  description = "Ports of the stores, which members of the client group may reach in this network."
  default     = [5432]
}

variable "flow_log_retention_days" {
  type        = number
  description = "Days to keep the network's flow logs; null for no flow logs."
  default     = null
}

variable "kms_key_arn" {
  type        = string
  description = "Key of the flow logs; null for the cloud's own."
  default     = null
}

variable "name" {
  type        = string
  description = "Name of the network, and what the names of its parts begin with."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,52}$", var.name))
    error_message = "Small letters, digits and '-', 53 at most: an IAM role's name has 64."
  }
}

variable "parameter_path" {
  type        = string
  description = "SSM path under which the ids are published for the next layer, without a '/' at its end; null to publish nothing."
  default     = null

  validation {
    condition     = var.parameter_path == null || can(regex("^(/[a-zA-Z0-9_.-]+){1,13}$", var.parameter_path))
    error_message = "A path such as /streaming/production/row-1/foundation."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything, on top of the provider's default_tags."
  default     = {}
}

variable "zones" {
  type        = set(string)
  description = "Availability zones, two at least: a subnet group needs them."

  validation {
    condition     = length(var.zones) >= 2 && alltrue([for zone in var.zones : can(regex("^[a-z0-9-]+-[0-9]+[a-h]$", zone))])
    error_message = "Two or more names such as eu-west-1a."
  }
}
