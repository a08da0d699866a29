variable "alias_prefix" {
  type        = string
  description = "What comes before a key's id in its alias: alias/<alias_prefix>/<id>."

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9/_-]{0,150}$", var.alias_prefix)) && !startswith(var.alias_prefix, "aws/")
    error_message = "An alias holds letters, digits, '/', '_' and '-', and 'aws/' is reserved."
  }
}

variable "deletion_window_in_days" {
  type        = number
  description = "Days between the order to delete a key and its end."
  default     = 30

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30
    error_message = "KMS accepts 7 to 30 days."
  }
}

variable "keys" {
  type = map(object({
    name       = string
    data_class = optional(string)
    tenant     = optional(string)
    tier       = optional(string)
  }))
  description = "One key per entry, by id. The name goes into the description, the other facts become tags."

  validation {
    condition     = alltrue([for id in keys(var.keys) : can(regex("^[a-zA-Z0-9_-]{1,80}$", id))])
    error_message = "An id holds letters, digits, '_' and '-': it is a part of the alias."
  }
}

variable "rotation_period_in_days" {
  type        = number
  description = "Days after which KMS makes new key material."
  default     = 365

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560
    error_message = "KMS accepts 90 to 2560 days."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of every key, on top of the provider's default_tags."
  default     = {}
}
