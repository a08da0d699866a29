output "cell_key_arn" {
  description = "Key of what the tenants of this cell share."
  value       = module.cell_key.key_arns["cell"]
}

output "client_security_group_id" {
  description = "Security group whose members may connect to the stores."
  value       = module.network.client_security_group_id
}

output "tenant_key_arns" {
  description = "Key of each tenant that has its own, by tenant."
  value       = module.tenant_keys.key_arns
}

output "vpc_id" {
  description = "VPC of this cell."
  value       = module.network.vpc_id
}
