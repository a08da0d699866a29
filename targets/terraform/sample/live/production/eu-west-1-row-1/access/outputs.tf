output "policy_arns" {
  description = "Policy to attach to the role of each tenant's workloads, by tenant."
  value       = module.access.policy_arns
}

output "secret_arns" {
  description = "Where each tenant's credentials belong, by tenant."
  value       = module.access.secret_arns
}
