variable "keys" {
  type = map(object({
    id       = string
    services = optional(set(string))
    tenant   = optional(string)
    tier     = optional(string)
  }))
  description = "One key per entry: its name in the ring, labels, and who uses it where that is not all of `services`."

  validation {
    condition     = alltrue([for key in var.keys : can(regex("^[a-zA-Z0-9_-]{1,63}$", key.id))])
    error_message = "A key's id holds letters, digits, '_' and '-', 63 at most."
  }

  validation {
    condition     = length(distinct([for key in var.keys : key.id])) == length(var.keys)
    error_message = "Two entries with one key."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of every key, on top of the provider's default_labels."
  default     = {}
}

variable "name" {
  type        = string
  description = "Name of the ring."

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,63}$", var.name))
    error_message = "A ring's name holds letters, digits, '_' and '-', 63 at most."
  }
}

variable "project_number" {
  type        = string
  description = "Number of the project: it is in the names of Google's service accounts."
}

variable "region" {
  type        = string
  description = "Region of the ring."
}

variable "rotation_days" {
  type        = number
  description = "Days after which Cloud KMS makes a new version."
  default     = 365

  validation {
    condition     = var.rotation_days >= 1 && var.rotation_days <= 36500
    error_message = "Cloud KMS takes a day at least."
  }
}

variable "services" {
  type        = set(string)
  description = "Google's services that use the keys, by the domain of their accounts."
  default     = ["gcp-sa-cloud-sql", "gcp-sa-secretmanager", "gcp-sa-memorystore"]
}
