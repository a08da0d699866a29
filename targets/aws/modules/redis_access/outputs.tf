output "policy_arns" {
  description = "Policy to attach to the role of each tenant's workloads, by tenant."
  value       = { for id, policy in aws_iam_policy.tenant : id => policy.arn }
}

output "users" {
  description = "Whom a tenant logs in as: tenant/database to user."
  value       = { for key, user in aws_elasticache_user.tenant : key => user.user_name }
}
