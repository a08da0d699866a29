output "accounts" {
  description = "Whom each tenant's workloads run as, by tenant."
  value       = { for id, account in google_service_account.tenant : id => account.email }
}

output "secret_ids" {
  description = "Where each tenant's credentials belong, by tenant."
  value       = { for id, secret in google_secret_manager_secret.tenant : id => secret.id }
}
