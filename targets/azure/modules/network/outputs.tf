output "resource_group_name" {
  description = "Group that everything of this cell is in."
  value       = azurerm_resource_group.this.name
}

output "subnet_ids" {
  description = "Subnets: clients, endpoints, postgresql."
  value = {
    clients    = azurerm_subnet.clients.id
    endpoints  = azurerm_subnet.endpoints.id
    postgresql = azurerm_subnet.postgresql.id
  }
}
