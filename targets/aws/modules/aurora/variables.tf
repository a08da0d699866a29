variable "alarm_topic_arns" {
  type        = set(string)
  description = "SNS topics that hear of alarms."
  default     = []
}

variable "allow_major_version_upgrade" {
  type        = bool
  description = "Let a change of engine_version cross a major version. Turn it on for that one change."
  default     = false
}

variable "apply_immediately" {
  type        = bool
  description = "Make changes that interrupt at once, instead of in the maintenance window."
  default     = false
}

variable "backup_days" {
  type        = number
  description = "Days of automated backups, within which any second can be restored."

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "Aurora keeps 1 to 35 days."
  }
}

variable "backup_window" {
  type        = string
  description = "Daily window for backups, UTC, hh:mm-hh:mm."
  default     = "02:00-03:00"
}

variable "client_cidrs" {
  type        = set(string)
  description = "IPv4 ranges that may connect."
  default     = []

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Ranges such as 10.0.0.0/16; the whole internet is not one."
  }
}

variable "client_security_groups" {
  type        = map(string)
  description = "Security groups whose members may connect: a name of your choice to the group's id."
  default     = {}
}

variable "database_name" {
  type        = string
  description = "Database that Aurora creates at first; null for none but `postgres`."
  default     = null

  validation {
    condition     = var.database_name == null || can(regex("^[a-zA-Z_][a-zA-Z0-9_]{0,62}$", var.database_name))
    error_message = "A letter or '_', then letters, digits and '_', 63 at most."
  }
}

variable "db_subnet_group_name" {
  type        = string
  description = "Subnet group of the instances."
}

variable "deletion_protection" {
  type        = bool
  description = "Have AWS refuse to delete the instances."
  default     = true
}

variable "engine_version" {
  type        = string
  description = "PostgreSQL version. With the major version alone, RDS picks the minor and upgrades it."

  validation {
    condition     = can(regex("^1[0-9]([.][0-9]+)?$", var.engine_version))
    error_message = "A version such as 16 or 16.4."
  }
}

variable "family" {
  type        = string
  description = "Parameter group family, such as aurora-postgresql16. It has to fit engine_version."

  validation {
    condition     = var.family == "aurora-postgresql${split(".", var.engine_version)[0]}"
    error_message = "The family of version ${var.engine_version} is aurora-postgresql${split(".", var.engine_version)[0]}."
  }
}

variable "identifier" {
  type        = string
  description = "Identifier of the cluster. Instances add -<number>."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,51}$", var.identifier)) && length(var.identifier) <= 52
    error_message = "Small letters, digits and single '-', beginning with a letter, 52 at most: RDS has 63, and instances add to it."
  }
}

variable "instance_class" {
  type        = string
  description = "Class of all instances, such as db.m7g.2xlarge."

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "A class of RDS begins with db."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Key for storage, backups, the master secret and Performance Insights."

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "RDS wants the ARN of the key itself, not of its alias."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days to keep the cluster's logs in CloudWatch."
  default     = 90
}

variable "maintenance_window" {
  type        = string
  description = "Weekly window for changes that interrupt, UTC, ddd:hh:mm-ddd:hh:mm."
  default     = "sun:03:30-sun:04:30"
}

variable "master_username" {
  type        = string
  description = "Name of the master user."
  default     = "postgres"
}

variable "parameter_path" {
  type        = string
  description = "SSM path under which endpoints and ids are published, without a '/' at its end; null to publish nothing."
  default     = null

  validation {
    condition     = var.parameter_path == null || can(regex("^(/[a-zA-Z0-9_.-]+){1,13}$", var.parameter_path))
    error_message = "A path such as /streaming/production/row-1/data/main."
  }
}

variable "parameters" {
  type = list(object({
    name         = string
    value        = string
    apply_method = string
  }))
  description = "Settings that differ from the family's default, in the units that RDS wants."
  default     = []

  validation {
    condition     = alltrue([for parameter in var.parameters : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    error_message = "apply_method is immediate, or pending-reboot for what only a restart changes."
  }

  validation {
    condition     = length(distinct(var.parameters[*].name)) == length(var.parameters)
    error_message = "A parameter is given twice."
  }
}

variable "port" {
  type        = number
  description = "Port of all instances."
  default     = 5432
}

variable "replicas" {
  type        = list(number)
  description = "Numbers of the readers, such as [1, 2]. Each can take over from the writer."
  default     = []

  validation {
    condition     = length(var.replicas) <= 15 && length(distinct(var.replicas)) == length(var.replicas)
    error_message = "15 readers at most, each number once."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything, on top of the provider's default_tags."
  default     = {}
}

variable "vpc_id" {
  type        = string
  description = "VPC of the subnet group."
}
