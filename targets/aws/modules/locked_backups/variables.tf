variable "changeable_for_days" {
  type        = number
  description = "Days within which the lock can be taken off again; after them it is for good."
  default     = 3

  validation {
    condition     = var.changeable_for_days >= 3
    error_message = "AWS Backup wants three days at least."
  }
}

variable "days" {
  type        = number
  description = "Days that each copy is kept, and that nobody can shorten."

  validation {
    condition     = var.days >= 1 && var.days <= 36500
    error_message = "1 to 36500 days."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Key of the copies."

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "The ARN of the key itself, not of its alias."
  }
}

variable "name" {
  type        = string
  description = "Name of vault, plan and selection; the role adds -backup."

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{2,50}$", var.name))
    error_message = "Letters, digits, '_' and '-', 2 to 50: a vault's name and a selection's have 50."
  }
}

variable "resource_arn" {
  type        = string
  description = "What is copied: an instance or a cluster of RDS."
}

variable "schedule" {
  type        = string
  description = "When, UTC, as AWS writes cron."
  default     = "cron(0 5 ? * * *)"
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything, on top of the provider's default_tags."
  default     = {}
}
