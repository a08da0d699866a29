output "client_ids" {
  description = "Whom each tenant's workloads run as, by tenant."
  value       = { for id, identity in azurerm_user_assigned_identity.tenant : id => identity.client_id }
}

output "secret_ids" {
  description = "Where each tenant's credentials belong, by tenant."
  value       = { for id, secret in azurerm_key_vault_secret.tenant : id => secret.versionless_id }
}
