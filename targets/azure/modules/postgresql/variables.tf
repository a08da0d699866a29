variable "administrator_login" {
  type        = string
  description = "Name of the administrator."
  default     = "postgres_admin"
}

variable "administrator_password" {
  type        = string
  description = "Password of the administrator: wanted when the server is made, and when administrator_password_version changes."
  default     = null
  ephemeral   = true
}

variable "administrator_password_version" {
  type        = number
  description = "Another number writes administrator_password again."
  default     = 1
}

variable "backup_days" {
  type        = number
  description = "Days of backups, within which any second can be restored."

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "Flexible Server keeps 7 to 35 days."
  }
}

variable "database_name" {
  type        = string
  description = "Database to create."

  validation {
    condition     = can(regex("^[a-zA-Z_][a-zA-Z0-9_]{0,62}$", var.database_name))
    error_message = "A letter or '_', then letters, digits and '_', 63 at most."
  }
}

variable "engine_version" {
  type        = string
  description = "PostgreSQL's major version."

  validation {
    condition     = can(regex("^1[0-9]$", var.engine_version))
    error_message = "A version such as 16."
  }
}

variable "identifier" {
  type        = string
  description = "Name of the primary. Replicas add -replica-<number>."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{1,50}[a-z0-9])$", var.identifier))
    error_message = "Small letters, digits and '-', 3 to 52, beginning with a letter."
  }
}

variable "identity_id" {
  type        = string
  description = "Identity by which the server uses its key."
}

variable "key_id" {
  type        = string
  description = "Key for storage and backups, without its version: a new version is taken by itself."
}

variable "maintenance" {
  type = object({
    day  = number
    hour = number
  })
  description = "The hour of the week, in UTC, for changes that interrupt: days count from Sunday, which is 0."
  default     = { day = 0, hour = 3 }

  validation {
    condition     = var.maintenance.day >= 0 && var.maintenance.day <= 6 && var.maintenance.hour >= 0 && var.maintenance.hour <= 23
    error_message = "A day from 0 to 6, an hour from 0 to 23."
  }
}

variable "multi_zone" {
  type        = bool
  description = "Keep a standby of the primary in another zone."
}

variable "parameters" {
  type = list(object({
    name  = string
    value = string
  }))
  description = "Server parameters."
  default     = []

  validation {
    condition     = length(distinct(var.parameters[*].name)) == length(var.parameters)
    error_message = "A parameter is given twice."
  }
}

variable "private_dns_zone_id" {
  type        = string
  description = "Zone that gives the server its name."
}

variable "region" {
  type        = string
  description = "Azure region."
}

variable "replicas" {
  type        = set(number)
  description = "Numbers of the read replicas, such as [1, 2]. Taking one out removes that one and no other."
  default     = []

  validation {
    condition     = length(var.replicas) <= 5
    error_message = "Flexible Server has 5 replicas at most."
  }
}

variable "resource_group_name" {
  type        = string
  description = "Group of the servers."
}

variable "sku" {
  type        = string
  description = "Size of all servers, such as GP_Standard_D8ds_v5."

  validation {
    condition     = can(regex("^(B|GP|MO)_Standard_", var.sku))
    error_message = "A size with its tier: B_, GP_ or MO_."
  }
}

variable "storage_gib" {
  type        = number
  description = "Size of the storage at first, in GiB; the next size that Azure has is taken."

  validation {
    condition     = var.storage_gib >= 32 && var.storage_gib <= 32768
    error_message = "32 to 32768 GiB."
  }
}

variable "subnet_id" {
  type        = string
  description = "Subnet that is PostgreSQL's alone."
}

variable "tags" {
  type        = map(string)
  description = "Tags of the servers."
  default     = {}
}
