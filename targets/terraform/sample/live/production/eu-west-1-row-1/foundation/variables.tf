variable "tenants" {
  type = map(object({
    name       = string
    tenant     = string
    tier       = string
    data_class = optional(string)
  }))
  description = "Tenants with a key of their own, by id."
  default     = {}
}
