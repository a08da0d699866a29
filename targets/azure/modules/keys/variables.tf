variable "keys" {
  type = map(object({
    id     = string
    tenant = optional(string)
    tier   = optional(string)
  }))
  description = "One key per entry: its name in the vault, and tags."

  validation {
    condition     = alltrue([for key in var.keys : can(regex("^[a-zA-Z0-9-]{1,127}$", key.id))])
    error_message = "A key's name holds letters, digits and '-', 127 at most."
  }

  validation {
    condition     = length(distinct([for key in var.keys : key.id])) == length(var.keys)
    error_message = "Two entries with one key."
  }
}

variable "name" {
  type        = string
  description = "Name of the vault: the only one in all of Azure."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "Small letters, digits and '-', 3 to 24, beginning with a letter."
  }
}

variable "region" {
  type        = string
  description = "Azure region."
}

variable "resource_group_name" {
  type        = string
  description = "Group of the vault."
}

variable "rotation_days" {
  type        = number
  description = "Days after which Key Vault makes a new version."
  default     = 365

  validation {
    condition     = var.rotation_days >= 28
    error_message = "Key Vault takes 28 days at least."
  }
}

variable "runner_cidrs" {
  type        = set(string)
  description = "Public ranges that Terraform runs in; none where it runs inside the network."
  default     = []
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything."
  default     = {}
}
