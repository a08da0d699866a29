output "connection_name" {
  description = "Name by which connectors reach the primary."
  value       = google_sql_database_instance.primary.connection_name
}

output "endpoint" {
  description = "Private address of the primary."
  value       = google_sql_database_instance.primary.private_ip_address
}

output "reader_endpoints" {
  description = "Addresses to read from: the replicas', or the primary's where there are none."
  value = tolist(coalescelist(
    [for replica in google_sql_database_instance.replica : replica.private_ip_address],
    [google_sql_database_instance.primary.private_ip_address],
  ))
}
