variable "apply_immediately" {
  type        = bool
  description = "Make changes that interrupt at once, instead of in the maintenance window. For one apply: -var=apply_immediately=true."
  default     = false
}
