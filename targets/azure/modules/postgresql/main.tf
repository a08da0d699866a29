resource "azurerm_postgresql_flexible_server" "primary" {
  name                = var.identifier
  resource_group_name = var.resource_group_name
  location            = var.region
  version             = var.engine_version
  sku_name            = var.sku
  storage_mb          = local.storage_mb
  auto_grow_enabled   = true

  delegated_subnet_id           = var.subnet_id
  private_dns_zone_id           = var.private_dns_zone_id
  public_network_access_enabled = false

  # Written to Azure, never to a state.
  administrator_login               = var.administrator_login
  administrator_password_wo         = var.administrator_password
  administrator_password_wo_version = var.administrator_password_version

  backup_retention_days        = var.backup_days
  geo_redundant_backup_enabled = false
  tags                         = merge(var.tags, { role = "primary" })

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = true
    tenant_id                     = data.azurerm_client_config.current.tenant_id
  }

  customer_managed_key {
    key_vault_key_id                  = var.key_id
    primary_user_assigned_identity_id = var.identity_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  dynamic "high_availability" {
    for_each = var.multi_zone ? ["ZoneRedundant"] : []

    content {
      mode = high_availability.value
    }
  }

  maintenance_window {
    day_of_week  = var.maintenance.day
    start_hour   = var.maintenance.hour
    start_minute = 0
  }

  lifecycle {
    # Terraform accepts only a literal here; README.md says how a server is let go on purpose.
    prevent_destroy = true
    # A failover swaps the zones, and storage grows by itself and never shrinks.
    ignore_changes = [high_availability[0].standby_availability_zone, storage_mb, zone]

    precondition {
      condition     = !startswith(var.sku, "B_") || (!var.multi_zone && length(var.replicas) == 0)
      error_message = "A burstable server has neither a standby nor replicas."
    }
  }
}

# A replica is cheap to make again, so nothing prevents that one is taken away.
resource "azurerm_postgresql_flexible_server" "replica" {
  for_each = toset([for number in var.replicas : tostring(number)])

  name                          = "${var.identifier}-replica-${each.key}"
  resource_group_name           = var.resource_group_name
  location                      = var.region
  create_mode                   = "Replica"
  source_server_id              = azurerm_postgresql_flexible_server.primary.id
  version                       = var.engine_version
  sku_name                      = var.sku
  storage_mb                    = local.storage_mb
  auto_grow_enabled             = true
  delegated_subnet_id           = var.subnet_id
  private_dns_zone_id           = var.private_dns_zone_id
  public_network_access_enabled = false
  tags                          = merge(var.tags, { role = "replica" })

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = true
    tenant_id                     = data.azurerm_client_config.current.tenant_id
  }

  customer_managed_key {
    key_vault_key_id                  = var.key_id
    primary_user_assigned_identity_id = var.identity_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  lifecycle {
    ignore_changes = [storage_mb, zone]
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "this" {
  for_each = { for parameter in var.parameters : parameter.name => parameter.value }

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.primary.id
  value     = each.value
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = var.database_name
  server_id = azurerm_postgresql_flexible_server.primary.id
  charset   = "UTF8"

  lifecycle {
    prevent_destroy = true
  }
}

data "azurerm_client_config" "current" {}

locals {
  # Storage comes in these sizes, in GiB; the largest is a little less than it is called.
  sizes      = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32767]
  storage_mb = 1024 * [for size in local.sizes : size if size >= min(var.storage_gib, 32767)][0]
}
