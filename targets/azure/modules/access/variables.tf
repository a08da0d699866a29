variable "region" {
  type        = string
  description = "Azure region."
}

variable "resource_group_name" {
  type        = string
  description = "Group of the identities."
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything."
  default     = {}
}

variable "tenants" {
  type = map(object({
    identity = string
    slug     = string
    tier     = optional(string)
  }))
  description = "The tenants, by id: the name of its workloads' identity, and its name in the vault."

  validation {
    condition     = alltrue([for tenant in var.tenants : can(regex("^[a-z0-9-]{1,100}$", tenant.slug))])
    error_message = "A name in the vault holds small letters, digits and '-'."
  }

  validation {
    condition     = length(distinct([for tenant in var.tenants : tenant.slug])) == length(var.tenants) && length(distinct([for tenant in var.tenants : tenant.identity])) == length(var.tenants)
    error_message = "Two tenants with one name could read each other's secrets."
  }
}

variable "vault_id" {
  type        = string
  description = "Vault that keeps the secrets."
}
