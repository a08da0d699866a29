resource "clickhouse_service" "this" {
  name           = var.identifier
  cloud_provider = var.cloud
  region         = var.region
  tags           = var.tags

  release_channel       = "default"
  autoscaling_mode      = "vertical"
  min_replica_memory_gb = var.memory_gib
  max_replica_memory_gb = var.memory_gib
  num_replicas          = max(3, var.replicas + 1)

  # A store that sleeps answers its first question late, and its rules of retention wait.
  idle_scaling = false

  # Of the user `default`, who makes all others: sent once for each version, and never in the state.
  password_wo         = var.administrator_password
  password_wo_version = var.administrator_password_version

  # Nobody, where there is nobody.
  ip_access = [
    for cidr in sort(tolist(var.client_cidrs)) : { source = cidr, description = "Clients of the platform" }
  ]

  backup_configuration = {
    backup_period_in_hours           = var.backup_hours
    backup_retention_period_in_hours = var.backup_days * 24
  }

  lifecycle {
    # Terraform accepts only a literal here; README.md says how a store is let go on purpose.
    prevent_destroy = true
  }
}

# The ends in your network that may connect.
resource "clickhouse_service_private_endpoints_attachment" "this" {
  service_id           = clickhouse_service.this.id
  private_endpoint_ids = sort(tolist(var.private_endpoints))
}
