resource "google_sql_database_instance" "primary" {
  name                = var.identifier
  region              = var.region
  database_version    = var.engine_version
  encryption_key_name = var.kms_key_id
  deletion_protection = var.deletion_protection # Terraform's own; below is Google's

  settings {
    tier                        = var.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.multi_zone ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = var.storage_gib
    disk_autoresize             = true
    disk_autoresize_limit       = var.max_storage_gib
    deletion_protection_enabled = var.deletion_protection
    retain_backups_on_delete    = true
    user_labels                 = merge(var.labels, { role = "primary" })

    backup_configuration {
      enabled                        = true
      start_time                     = var.backup_start
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = min(var.backup_days, 7)

      backup_retention_settings {
        retained_backups = var.backup_days
        retention_unit   = "COUNT"
      }
    }

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network_id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 1024
      record_application_tags = false
      record_client_address   = false
    }

    maintenance_window {
      day          = var.maintenance.day
      hour         = var.maintenance.hour
      update_track = "stable"
    }

    dynamic "database_flags" {
      for_each = local.flags

      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    # Terraform accepts only a literal here, so it cannot follow the
    # environment; deletion_protection_enabled, which Google enforces, does.
    prevent_destroy = true
    # The disk grows by itself and never shrinks.
    ignore_changes = [settings[0].disk_size]
  }
}

# A replica is cheap to make again, so nothing prevents that one is taken away.
resource "google_sql_database_instance" "replica" {
  for_each = toset([for number in var.replicas : tostring(number)])

  name                 = "${var.identifier}-replica-${each.key}"
  region               = var.region
  database_version     = var.engine_version
  master_instance_name = google_sql_database_instance.primary.name
  encryption_key_name  = var.kms_key_id
  deletion_protection  = var.deletion_protection

  settings {
    tier                        = var.tier
    edition                     = "ENTERPRISE"
    availability_type           = "ZONAL"
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    disk_autoresize_limit       = var.max_storage_gib
    deletion_protection_enabled = var.deletion_protection
    user_labels                 = merge(var.labels, { role = "replica" })

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network_id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 1024
      record_application_tags = false
      record_client_address   = false
    }

    dynamic "database_flags" {
      for_each = local.flags

      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }
}

resource "google_sql_database" "this" {
  name            = var.database_name
  instance        = google_sql_database_instance.primary.name
  deletion_policy = "ABANDON" # taken out of here, it stays where it is
}

locals {
  # People and jobs may log in by IAM; tenants have a password in the secret manager.
  flags = merge(
    { for parameter in var.parameters : parameter.name => parameter.value },
    { "cloudsql.iam_authentication" = "on" },
  )
}
