variable "administrator_password" {
  type        = string
  description = "Password of the user `default`. It is not kept."
  ephemeral   = true
  sensitive   = true
}

variable "administrator_password_version" {
  type        = number
  description = "Raise it to send another password."
  default     = 1
}

variable "backup_days" {
  type        = number
  description = "Days that backups are kept."

  validation {
    condition     = var.backup_days >= 1
    error_message = "One day at least."
  }
}

variable "backup_hours" {
  type        = number
  description = "Hours between two backups."
  default     = 24

  validation {
    condition     = var.backup_hours >= 1
    error_message = "One hour at least."
  }
}

variable "client_cidrs" {
  type        = set(string)
  description = "IPv4 ranges that may connect over the internet; none, usually."
  default     = []

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Ranges such as 198.51.100.0/24; the whole internet is not one."
  }
}

variable "cloud" {
  type        = string
  description = "aws, gcp or azure."

  validation {
    condition     = contains(["aws", "gcp", "azure"], var.cloud)
    error_message = "ClickHouse Cloud calls them aws, gcp and azure."
  }
}

variable "identifier" {
  type        = string
  description = "Name of the service."

  validation {
    condition     = length(var.identifier) >= 1 && length(var.identifier) <= 50
    error_message = "50 characters at most."
  }
}

variable "memory_gib" {
  type        = number
  description = "Memory of each replica, in GiB."

  validation {
    condition     = var.memory_gib >= 8 && var.memory_gib % 4 == 0
    error_message = "A multiple of 4 from 8 on."
  }
}

variable "private_endpoints" {
  type        = set(string)
  description = "Ids of endpoints in your network that may connect."
  default     = []
}

variable "region" {
  type        = string
  description = "Region of the cloud, such as eu-west-1."
}

variable "replicas" {
  type        = number
  description = "Replicas besides the first; there are three in all at least."

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 19
    error_message = "0 to 19: a service has 20 replicas at most."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of the service."
  default     = {}
}
