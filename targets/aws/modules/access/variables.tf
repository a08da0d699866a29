variable "cell_key_arn" {
  type        = string
  description = "Key for the secrets of tenants without a key of their own."
}

variable "database_resource_ids" {
  type        = map(list(string))
  description = "Resource ids of each database's instances: database to ids."
}

variable "name_prefix" {
  type        = string
  description = "What the names of secrets and policies begin with, such as streaming/production/row-1. '/' becomes '-' in a policy's name."

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/-]{0,63}$", var.name_prefix))
    error_message = "Small letters, digits, '/' and '-', 64 at most: a policy's name has 128."
  }
}

variable "own_key_alias_prefix" {
  type        = string
  description = "Where the aliases of tenants' own keys are: alias/<own_key_alias_prefix>/<tenant>."
}

variable "recovery_window_in_days" {
  type        = number
  description = "Days for which a deleted secret can be brought back."
  default     = 30

  validation {
    condition     = var.recovery_window_in_days >= 7 && var.recovery_window_in_days <= 30
    error_message = "Secrets Manager accepts 7 to 30 days."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything, on top of the provider's default_tags."
  default     = {}
}

variable "tenants" {
  type = map(object({
    name          = string
    database_user = string
    databases     = set(string)
    data_class    = optional(string)
    own_key       = optional(bool, false)
    tier          = optional(string)
  }))
  description = "The tenants, by id: whom each logs in as, and to which databases."

  validation {
    condition     = alltrue([for id in keys(var.tenants) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", id))])
    error_message = "An id holds small letters, digits, '_' and '-', 63 at most."
  }

  # A '*' in a user would be a wildcard in the policy: every tenant's login.
  validation {
    condition     = alltrue([for tenant in var.tenants : can(regex("^[a-z_][a-z0-9_]{0,62}$", tenant.database_user))])
    error_message = "A database user holds small letters, digits and '_', 63 at most."
  }

  validation {
    condition     = length(distinct([for tenant in var.tenants : tenant.database_user])) == length(var.tenants)
    error_message = "Two tenants with one database user could read each other's rows."
  }

  validation {
    condition     = alltrue([for tenant in var.tenants : length(tenant.databases) > 0])
    error_message = "A tenant without a database has no use of this module."
  }

  validation {
    condition     = alltrue([for tenant in var.tenants : length(setsubtract(tenant.databases, keys(var.database_resource_ids))) == 0])
    error_message = "A tenant uses a database that database_resource_ids does not have."
  }
}
