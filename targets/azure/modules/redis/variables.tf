variable "eviction_policy" {
  type        = string
  description = "What goes when memory is full, in Redis' own words."

  validation {
    condition     = can(regex("^(noeviction|(allkeys|volatile)-(lfu|lru|random)|volatile-ttl)$", var.eviction_policy))
    error_message = "A policy of Redis, such as allkeys-lfu."
  }
}

variable "highly_available" {
  type        = bool
  description = "Keep a replica of everything."
}

variable "identifier" {
  type        = string
  description = "Name of the instance."

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,58}[a-z0-9])$", var.identifier))
    error_message = "Small letters, digits and '-', 60 at most, beginning with a letter."
  }
}

variable "identity_id" {
  type        = string
  description = "Identity by which the instance uses its key."
}

variable "key_id" {
  type        = string
  description = "Key for what is kept on disk."
}

variable "persistence" {
  type        = string
  description = "NONE, RDB (a snapshot every hour) or AOF (a log, synced every second)."

  validation {
    condition     = contains(["NONE", "RDB", "AOF"], var.persistence)
    error_message = "NONE, RDB or AOF."
  }
}

variable "private_dns_zone_id" {
  type        = string
  description = "Zone that gives the instance its name."
}

variable "region" {
  type        = string
  description = "Azure region."
}

variable "resource_group_name" {
  type        = string
  description = "Group of the instance."
}

variable "shards" {
  type        = number
  description = "More than one: clients have to know the cluster's protocol."
  default     = 1
}

variable "sku" {
  type        = string
  description = "Size, such as Balanced_B10."

  validation {
    condition     = can(regex("^(Balanced|ComputeOptimized|MemoryOptimized|FlashOptimized)_[BXMA][0-9]+$", var.sku))
    error_message = "A size of Azure Managed Redis, such as Balanced_B10."
  }
}

variable "subnet_id" {
  type        = string
  description = "Subnet of the endpoint."
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything."
  default     = {}
}
