variable "alarm_topic_arns" {
  type        = set(string)
  description = "SNS topics that hear of alarms."
  default     = []
}

variable "apply_immediately" {
  type        = bool
  description = "Make changes that interrupt at once, instead of in the maintenance window."
  default     = false
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

variable "engine" {
  type        = string
  description = "redis or valkey."

  validation {
    condition     = contains(["redis", "valkey"], var.engine)
    error_message = "ElastiCache calls them redis and valkey."
  }
}

variable "engine_version" {
  type        = string
  description = "Version of the engine, such as 8.1."
}

variable "family" {
  type        = string
  description = "Parameter group family, such as valkey8. It has to fit the engine."

  validation {
    condition     = var.family == "${var.engine}${split(".", var.engine_version)[0]}"
    error_message = "The family of ${var.engine} ${var.engine_version} is ${var.engine}${split(".", var.engine_version)[0]}."
  }
}

variable "identifier" {
  type        = string
  description = "Id of the replication group."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.identifier)) && length(var.identifier) <= 32
    error_message = "Small letters, digits and single '-', beginning with a letter, 32 at most: ElastiCache has 40, and the default user adds to them."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Key for what is kept on disk and for snapshots."

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "The ARN of the key itself, not of its alias."
  }
}

variable "maintenance_window" {
  type        = string
  description = "Weekly window for changes that interrupt, UTC, ddd:hh:mm-ddd:hh:mm."
  default     = "sun:03:30-sun:04:30"
}

variable "multi_az" {
  type        = bool
  description = "Spread replicas over zones. It wants a replica."
}

variable "node_type" {
  type        = string
  description = "Type of all nodes, such as cache.r7g.large."

  validation {
    condition     = startswith(var.node_type, "cache.")
    error_message = "A node type of ElastiCache begins with cache."
  }
}

variable "parameter_path" {
  type        = string
  description = "SSM path under which the endpoint and ids are published, without a '/' at its end; null to publish nothing."
  default     = null
}

variable "parameters" {
  type = list(object({
    name  = string
    value = string
  }))
  description = "Settings that differ from the family's default."
  default     = []

  validation {
    condition     = length(distinct(var.parameters[*].name)) == length(var.parameters)
    error_message = "A parameter is given twice."
  }
}

variable "port" {
  type        = number
  description = "Port of all nodes."
  default     = 6379
}

variable "replicas" {
  type        = number
  description = "Replicas of each shard."
  default     = 0

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5
    error_message = "ElastiCache has 5 replicas at most."
  }
}

variable "shards" {
  type        = number
  description = "Primaries that share the keys; more than one makes a cluster."
  default     = 1

  validation {
    condition     = var.shards >= 1 && var.shards <= 500
    error_message = "1 to 500."
  }
}

variable "snapshot_days" {
  type        = number
  description = "Days that daily snapshots are kept; 0 for none."

  validation {
    condition     = var.snapshot_days >= 0 && var.snapshot_days <= 35
    error_message = "ElastiCache keeps 35 days at most."
  }
}

variable "snapshot_window" {
  type        = string
  description = "Daily window for snapshots, UTC, hh:mm-hh:mm."
  default     = "02:00-03:00"
}

variable "subnet_ids" {
  type        = set(string)
  description = "Private subnets of the nodes."
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything, on top of the provider's default_tags."
  default     = {}
}

variable "vpc_id" {
  type        = string
  description = "VPC of the subnets."
}
