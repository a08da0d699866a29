variable "cell_key_id" {
  type        = string
  description = "Key for the secrets of tenants without a key of their own."
}

variable "key_ring_id" {
  type        = string
  description = "Ring of the tenants' own keys."
}

variable "labels" {
  type        = map(string)
  description = "Labels of everything, on top of the provider's default_labels."
  default     = {}
}

variable "name_prefix" {
  type        = string
  description = "What the names of secrets begin with, such as streaming/production/row-1. '/' becomes '-'."

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/-]{0,63}$", var.name_prefix))
    error_message = "Small letters, digits, '/' and '-', 64 at most."
  }
}

variable "region" {
  type        = string
  description = "Region in which secrets are kept."
}

variable "tenants" {
  type = map(object({
    account = string
    label   = string
    own_key = optional(string)
    tier    = optional(string)
  }))
  description = "The tenants, by id: the account of its workloads, and the name of its key where it has its own."

  validation {
    condition     = alltrue([for id in keys(var.tenants) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", id))])
    error_message = "An id holds small letters, digits, '_' and '-', 63 at most."
  }

  validation {
    condition     = alltrue([for tenant in var.tenants : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", tenant.account))])
    error_message = "An account's id has 6 to 30 small letters, digits and '-', beginning with a letter."
  }

  validation {
    condition     = length(distinct([for tenant in var.tenants : tenant.account])) == length(var.tenants)
    error_message = "Two tenants with one account could read each other's secrets."
  }
}
