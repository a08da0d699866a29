variable "tenants" {
  type = map(object({
    name          = string
    tier          = string
    data_class    = optional(string)
    database_user = string
    databases     = set(string)
    own_key       = optional(bool, false)
  }))
  description = "The tenants of this cell, by id."
  default     = {}
}
