output "application_user" {
  description = "Subject of the application's certificate; null where tenants share no collections."
  value       = local.shares ? mongodbatlas_database_user.application[0].username : null
}

output "private_link_service" {
  description = "What the endpoint in your network connects to: a service of AWS, an alias of Azure, attachments of Google Cloud."
  value = coalescelist(
    compact([
      mongodbatlas_privatelink_endpoint.this.endpoint_service_name,
      mongodbatlas_privatelink_endpoint.this.private_link_service_resource_id,
    ]),
    mongodbatlas_privatelink_endpoint.this.service_attachment_names,
    ["not made yet"],
  )
}

output "project_id" {
  description = "Project of the store."
  value       = mongodbatlas_project.this.id
}

output "users" {
  description = "Subject of each tenant's certificate, by tenant."
  value       = { for id, user in mongodbatlas_database_user.tenant : id => user.username }
}
