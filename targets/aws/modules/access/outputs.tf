output "policy_arns" {
  description = "Policy to attach to the role of each tenant's workloads, by tenant."
  value       = { for id, policy in aws_iam_policy.tenant : id => policy.arn }
}

output "secret_arns" {
  description = "Where each tenant's credentials belong, by tenant."
  value       = { for id, secret in aws_secretsmanager_secret.tenant : id => secret.arn }
}
