output "endpoint" {
  description = "Address of the primary."
  value       = azurerm_postgresql_flexible_server.primary.fqdn
}

output "reader_endpoints" {
  description = "Addresses to read from: the replicas', or the primary's where there are none."
  value = tolist(coalescelist(
    [for replica in azurerm_postgresql_flexible_server.replica : replica.fqdn],
    [azurerm_postgresql_flexible_server.primary.fqdn],
  ))
}
