variable "backup_days" {
  type        = number
  description = "Days that daily backups are kept; 0 for none."

  validation {
    condition     = var.backup_days >= 0 && var.backup_days <= 365
    error_message = "Memorystore keeps 365 days at most."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Have Google refuse to delete the instance."
  default     = true
}

variable "engine_version" {
  type        = string
  description = "Version, such as VALKEY_8_0."

  validation {
    condition     = startswith(var.engine_version, "VALKEY_")
    error_message = "A version such as VALKEY_8_0."
  }
}

variable "identifier" {
  type        = string
  description = "Id of the instance."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{2,61}[a-z0-9])$", var.identifier))
    error_message = "Small letters, digits and '-', 4 to 63, beginning with a letter."
  }
}

variable "kms_key_id" {
  type        = string
  description = "Key for what is kept on disk and for backups."
}

variable "labels" {
  type        = map(string)
  description = "Labels, on top of the provider's default_labels."
  default     = {}
}

variable "maintenance" {
  type = object({
    day  = string
    hour = number
  })
  description = "The hour of the week, in UTC, for changes that interrupt: days are in capitals, such as SUNDAY."
  default     = { day = "SUNDAY", hour = 3 }

  validation {
    condition     = contains(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"], var.maintenance.day) && var.maintenance.hour >= 0 && var.maintenance.hour <= 23
    error_message = "A day such as SUNDAY, an hour from 0 to 23."
  }
}

variable "network_id" {
  type        = string
  description = "Network in which the endpoint is made."
}

variable "node_type" {
  type        = string
  description = "Type of all nodes, such as HIGHMEM_MEDIUM."
}

variable "parameters" {
  type = list(object({
    name  = string
    value = string
  }))
  description = "Settings that differ from the service's default."
  default     = []
}

variable "persistence" {
  type        = string
  description = "DISABLED, RDB (snapshots every hour) or AOF (a log, synced every second)."

  validation {
    condition     = contains(["DISABLED", "RDB", "AOF"], var.persistence)
    error_message = "DISABLED, RDB or AOF."
  }
}

variable "project" {
  type        = string
  description = "Project of the network."
}

variable "region" {
  type        = string
  description = "Region of the instance."
}

variable "replicas" {
  type        = number
  description = "Replicas of each shard."
  default     = 0

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5
    error_message = "Memorystore has 5 replicas at most."
  }
}

variable "shards" {
  type        = number
  description = "Primaries that share the keys; more than one makes a cluster."
  default     = 1

  validation {
    condition     = var.shards >= 1
    error_message = "One at least."
  }
}
