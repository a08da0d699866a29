resource "google_memorystore_instance" "this" {
  instance_id                 = var.identifier
  location                    = var.region
  engine_version              = var.engine_version
  engine_configs              = { for parameter in var.parameters : parameter.name => parameter.value }
  mode                        = var.shards > 1 ? "CLUSTER" : "CLUSTER_DISABLED"
  shard_count                 = var.shards
  replica_count               = var.replicas
  node_type                   = var.node_type
  authorization_mode          = "IAM_AUTH"
  transit_encryption_mode     = "SERVER_AUTHENTICATION"
  kms_key                     = var.kms_key_id
  deletion_protection_enabled = var.deletion_protection
  labels                      = var.labels

  desired_auto_created_endpoints {
    network    = var.network_id
    project_id = var.project
  }

  persistence_config {
    mode = var.persistence

    dynamic "rdb_config" {
      for_each = var.persistence == "RDB" ? ["ONE_HOUR"] : []

      content {
        rdb_snapshot_period = rdb_config.value
      }
    }

    dynamic "aof_config" {
      for_each = var.persistence == "AOF" ? ["EVERY_SEC"] : []

      content {
        append_fsync = aof_config.value
      }
    }
  }

  dynamic "automated_backup_config" {
    for_each = var.backup_days > 0 ? [var.backup_days] : []

    content {
      retention = "${automated_backup_config.value * 86400}s"

      fixed_frequency_schedule {
        start_time {
          hours = 2
        }
      }
    }
  }

  maintenance_policy {
    weekly_maintenance_window {
      day = var.maintenance.day

      start_time {
        hours = var.maintenance.hour
      }
    }
  }

  lifecycle {
    # Terraform accepts only a literal here; deletion_protection_enabled, which Google enforces, follows the environment.
    prevent_destroy = true
  }
}
