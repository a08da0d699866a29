variable "backup_days" {
  type        = number
  description = "Daily backups that are kept. Any second of the last 7 days can be restored."

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 365
    error_message = "Cloud SQL keeps 1 to 365."
  }
}

variable "backup_start" {
  type        = string
  description = "When the daily backup begins, UTC, hh:mm."
  default     = "02:00"
}

variable "database_name" {
  type        = string
  description = "Database to create."

  validation {
    condition     = can(regex("^[a-zA-Z_][a-zA-Z0-9_]{0,62}$", var.database_name))
    error_message = "A letter or '_', then letters, digits and '_', 63 at most."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Have Google refuse to delete the instances."
  default     = true
}

variable "engine_version" {
  type        = string
  description = "PostgreSQL version, such as POSTGRES_16."

  validation {
    condition     = can(regex("^POSTGRES_1[0-9]$", var.engine_version))
    error_message = "A version such as POSTGRES_16."
  }
}

variable "identifier" {
  type        = string
  description = "Name of the primary. Replicas add -replica-<number>."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$", var.identifier))
    error_message = "Small letters, digits and '-', beginning with a letter, 52 at most."
  }
}

variable "kms_key_id" {
  type        = string
  description = "Key for the disks and backups. It can't be changed later."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key_id))
    error_message = "The key's whole id: projects/…/locations/…/keyRings/…/cryptoKeys/…"
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of all instances, on top of the provider's default_labels."
  default     = {}
}

variable "maintenance" {
  type = object({
    day  = number
    hour = number
  })
  description = "The hour of the week, in UTC, for changes that interrupt: days count from Monday, which is 1."
  default     = { day = 7, hour = 3 }

  validation {
    condition     = var.maintenance.day >= 1 && var.maintenance.day <= 7 && var.maintenance.hour >= 0 && var.maintenance.hour <= 23
    error_message = "A day from 1 to 7, an hour from 0 to 23."
  }
}

variable "max_storage_gib" {
  type        = number
  description = "Size up to which the disk may grow by itself."

  validation {
    condition     = var.max_storage_gib >= var.storage_gib
    error_message = "Room to grow begins at storage_gib."
  }
}

variable "multi_zone" {
  type        = bool
  description = "Keep a standby of the primary in another zone."
}

variable "network_id" {
  type        = string
  description = "Network with a connection to Google's services."
}

variable "parameters" {
  type = list(object({
    name  = string
    value = string
  }))
  description = "Database flags."
  default     = []

  validation {
    condition     = length(distinct(var.parameters[*].name)) == length(var.parameters)
    error_message = "A flag is given twice."
  }
}

variable "region" {
  type        = string
  description = "Region of the instances."
}

variable "replicas" {
  type        = set(number)
  description = "Numbers of the read replicas, such as [1, 2]. Taking one out removes that one and no other."
  default     = []

  validation {
    condition     = length(var.replicas) <= 10
    error_message = "Cloud SQL has 10 replicas at most."
  }
}

variable "storage_gib" {
  type        = number
  description = "Size of the disk at first, in GiB."

  validation {
    condition     = var.storage_gib >= 10 && var.storage_gib <= 65536
    error_message = "An SSD has 10 to 65536 GiB."
  }
}

variable "tier" {
  type        = string
  description = "Machine of all instances, such as db-custom-8-32768."

  validation {
    condition     = can(regex("^db-custom-[0-9]+-[0-9]+$", var.tier))
    error_message = "PostgreSQL runs on db-custom-PROCESSORS-MEBIBYTES."
  }
}
