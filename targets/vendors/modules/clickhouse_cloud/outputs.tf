output "id" {
  description = "Id of the service."
  value       = clickhouse_service.this.id
}

output "private_endpoint_config" {
  description = "What the endpoint in your network connects to, and the name that clients use then."
  value       = clickhouse_service.this.private_endpoint_config
}
