output "endpoint" {
  description = "Address of the instance."
  value       = azurerm_managed_redis.this.hostname
}
