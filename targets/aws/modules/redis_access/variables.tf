variable "databases" {
  type = map(object({
    arn           = string
    user_group_id = string
  }))
  description = "The stores, by name: the ARN of each, and the group that its users join."
}

variable "name_prefix" {
  type        = string
  description = "What the names of policies begin with, such as streaming/production/row-1. '/' becomes '-'."

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/-]{0,63}$", var.name_prefix))
    error_message = "Small letters, digits, '/' and '-', 64 at most: a policy's name has 128."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything, on top of the provider's default_tags."
  default     = {}
}

variable "tenants" {
  type = map(object({
    users  = map(string)
    closed = optional(bool, false)
    tier   = optional(string)
  }))
  description = "The tenants, by id: for each store that it uses, whom it logs in as."

  # A '*' in an id would open other tenants' keys.
  validation {
    condition     = alltrue([for id in keys(var.tenants) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", id))])
    error_message = "An id holds small letters, digits, '_' and '-', 63 at most."
  }

  validation {
    condition     = alltrue(flatten([for tenant in var.tenants : [for user in values(tenant.users) : can(regex("^[a-z][a-z0-9-]{0,39}$", user))]]))
    error_message = "A user holds small letters, digits and '-', 40 at most."
  }

  validation {
    condition     = length(distinct(flatten([for tenant in var.tenants : values(tenant.users)]))) == length(flatten([for tenant in var.tenants : values(tenant.users)]))
    error_message = "Two tenants with one user could read each other's keys."
  }

  validation {
    condition     = alltrue([for tenant in var.tenants : length(setsubtract(keys(tenant.users), keys(var.databases))) == 0])
    error_message = "A tenant uses a store that databases does not have."
  }
}
