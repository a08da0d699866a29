variable "backup_days" {
  type        = number
  description = "Days that daily snapshots are kept."

  validation {
    condition     = var.backup_days >= 1
    error_message = "One day at least."
  }
}

variable "change_streams" {
  type        = bool
  description = "Roles that write may follow changes, too."
  default     = false
}

variable "client_authority" {
  type        = string
  description = "Certificates, in PEM, of the authority that signs those of tenants and of the application. No key."

  validation {
    condition     = startswith(trimspace(var.client_authority), "-----BEGIN CERTIFICATE-----") && !strcontains(var.client_authority, "PRIVATE KEY")
    error_message = "Certificates in PEM, without any key."
  }
}

variable "cloud" {
  type        = string
  description = "AWS, GCP or AZURE."

  validation {
    condition     = contains(["AWS", "GCP", "AZURE"], var.cloud)
    error_message = "Atlas calls them AWS, GCP and AZURE."
  }
}

variable "collections" {
  type        = set(string)
  description = "Collections whose documents belong to tenants. A tenant that shares them sees its view of each."
  default     = []
}

variable "database_name" {
  type        = string
  description = "Database that tenants share, where they share one."

  validation {
    condition     = var.database_name != ""
    error_message = "In Atlas an empty name is every database there is."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Atlas refuses to delete the cluster."
}

variable "engine_version" {
  type        = string
  description = "Major version, such as 8.0."
}

variable "file_collections" {
  type        = set(string)
  description = "Collections of files (GridFS), which the application alone reads and writes where tenants share a database."
  default     = []
}

variable "identifier" {
  type        = string
  description = "Name of the project and of its cluster."

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}[a-zA-Z0-9]$", var.identifier))
    error_message = "Letters, digits and '-', 64 at most."
  }
}

variable "instance_size" {
  type        = string
  description = "Tier of all nodes, such as M30."

  validation {
    condition     = can(regex("^[MR][1-9][0-9]+(_NVME)?$", var.instance_size))
    error_message = "A tier of a dedicated cluster, such as M30."
  }
}

variable "org_id" {
  type        = string
  description = "Organization in Atlas that the project belongs to."
}

variable "parameters" {
  type = list(object({
    name  = string
    value = string
  }))
  description = "Settings of mongod that Atlas lets one say, by their names in mongod.conf."
  default     = []

  validation {
    condition = alltrue([
      for parameter in var.parameters : contains(
        ["replication.oplogSizeMB", "security.javascriptEnabled", "storage.oplogMinRetentionHours"], parameter.name
      )
    ])
    error_message = "Atlas lets one say the oplog's size and time, and whether servers run JavaScript."
  }
}

variable "point_in_time" {
  type        = bool
  description = "Restores to any second of the last week, besides daily snapshots."
}

variable "private_endpoints" {
  type = map(object({
    id      = string
    address = optional(string)
    project = optional(string)
  }))
  description = "Endpoints in your network that may connect, by a name of your choice: its id; on Azure and Google Cloud its address, on Google Cloud the project."
  default     = {}
}

variable "region" {
  type        = string
  description = "What Atlas calls the region, such as EU_WEST_1."

  validation {
    condition     = can(regex("^[A-Z0-9_]+$", var.region))
    error_message = "Atlas writes regions in capitals, such as EU_WEST_1."
  }
}

variable "replicas" {
  type        = number
  description = "Nodes of each shard besides the first. Atlas has three nodes at least, and an odd number."

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 6
    error_message = "0 to 6: seven nodes vote."
  }
}

variable "shards" {
  type        = number
  description = "Shards; one is a replica set."
  default     = 1

  validation {
    condition     = var.shards >= 1 && var.shards <= 50
    error_message = "1 to 50."
  }

  validation {
    condition     = var.shards == 1 || !contains(["M10", "M20"], var.instance_size)
    error_message = "Shards want M30 or more."
  }
}

variable "shared_collections" {
  type        = set(string)
  description = "Collections that are the same for all tenants."
  default     = []
}

variable "storage_gib" {
  type        = number
  description = "Storage of each node, in GiB."
}

variable "tags" {
  type        = map(string)
  description = "Tags of project and cluster."
  default     = {}
}

variable "tenants" {
  type = map(object({
    user     = string
    role     = string
    database = string
    views    = bool
    closed   = optional(bool, false)
  }))
  description = "The tenants, by id: the name in the certificate, the role, and the database of its own; or views in the shared one."

  validation {
    condition     = alltrue([for tenant in values(var.tenants) : can(regex("^[a-zA-Z0-9._-]+$", tenant.user))])
    error_message = "A name in a certificate holds letters, digits, '.', '_' and '-' here: a ',' would begin another part of the subject."
  }

  validation {
    condition     = alltrue([for tenant in values(var.tenants) : can(regex("^[a-zA-Z0-9_-]+$", tenant.role))])
    error_message = "A role's name holds letters, digits, '_' and '-'."
  }

  validation {
    condition     = length(distinct([for tenant in values(var.tenants) : tenant.user])) == length(var.tenants)
    error_message = "Two tenants would log in as one."
  }
}
