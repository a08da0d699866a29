output "key_ids" {
  description = "Id of each key without its version, by entry."
  value       = { for id, key in azurerm_key_vault_key.this : id => key.versionless_id }
}

output "stores_identity_id" {
  description = "Identity by which stores use the keys."
  value       = azurerm_user_assigned_identity.stores.id
}

output "vault_id" {
  description = "The vault."
  value       = azurerm_key_vault.this.id
}
