# A project for each store: users, roles and what Atlas allows of them are the project's.
resource "mongodbatlas_project" "this" {
  name   = var.identifier
  org_id = var.org_id
  tags   = var.tags

  # Nobody reads documents in the browser past the roles below.
  is_data_explorer_enabled = false

  lifecycle {
    # Terraform accepts only a literal here; README.md says how a store is let go on purpose.
    prevent_destroy = true
  }
}

resource "mongodbatlas_advanced_cluster" "this" {
  project_id   = mongodbatlas_project.this.id
  name         = var.identifier
  cluster_type = var.shards > 1 ? "SHARDED" : "REPLICASET"

  mongo_db_major_version         = var.engine_version
  backup_enabled                 = true
  pit_enabled                    = var.point_in_time
  retain_backups_enabled         = true
  termination_protection_enabled = var.deletion_protection
  redact_client_log_data         = true
  disk_size_gb                   = var.storage_gib

  advanced_configuration {
    javascript_enabled           = lookup(local.parameters, "security.javascriptEnabled", "false") == "true"
    minimum_enabled_tls_protocol = "TLS1_2"
    oplog_size_mb                = try(tonumber(local.parameters["replication.oplogSizeMB"]), null)
    oplog_min_retention_hours    = try(tonumber(local.parameters["storage.oplogMinRetentionHours"]), null)
  }

  # One for each shard.
  dynamic "replication_specs" {
    for_each = range(var.shards)

    content {
      region_configs {
        provider_name = var.cloud
        region_name   = var.region
        priority      = 7

        electable_specs {
          instance_size = var.instance_size
          node_count    = local.nodes
        }
      }
    }
  }

  dynamic "tags" {
    for_each = var.tags

    content {
      key   = tags.key
      value = tags.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "mongodbatlas_cloud_backup_schedule" "this" {
  project_id   = mongodbatlas_project.this.id
  cluster_name = mongodbatlas_advanced_cluster.this.name

  restore_window_days = var.point_in_time ? min(var.backup_days, 7) : null

  policy_item_daily {
    frequency_interval = 1
    retention_unit     = "days"
    retention_value    = var.backup_days
  }
}

# Who came in, who was refused, and what was changed about users and roles.
resource "mongodbatlas_auditing" "this" {
  project_id                  = mongodbatlas_project.this.id
  enabled                     = true
  audit_authorization_success = false

  audit_filter = jsonencode({
    atype = {
      "$in" = [
        "authenticate", "createCollection", "createDatabase", "createIndex", "createRole", "createUser", "dropCollection",
        "dropDatabase", "dropIndex", "dropRole", "dropUser", "updateRole", "updateUser",
      ]
    }
  })
}

# Whose certificates are believed. Their keys are made where they are used, and never come here.
resource "mongodbatlas_x509_authentication_database_user" "this" {
  project_id        = mongodbatlas_project.this.id
  customer_x509_cas = var.client_authority
}

# The end in Atlas's network. The other end stands in yours; it is let in when its id is known.
resource "mongodbatlas_privatelink_endpoint" "this" {
  project_id    = mongodbatlas_project.this.id
  provider_name = var.cloud
  region        = var.region
}

resource "mongodbatlas_privatelink_endpoint_service" "this" {
  for_each = var.private_endpoints

  project_id                  = mongodbatlas_project.this.id
  private_link_id             = mongodbatlas_privatelink_endpoint.this.private_link_id
  provider_name               = var.cloud
  endpoint_service_id         = each.value.id
  private_endpoint_ip_address = each.value.address
  gcp_project_id              = each.value.project
}

locals {
  # Members that vote are odd in number.
  nodes      = max(3, var.replicas + 1 + (var.replicas % 2))
  parameters = { for parameter in var.parameters : parameter.name => parameter.value }
}
