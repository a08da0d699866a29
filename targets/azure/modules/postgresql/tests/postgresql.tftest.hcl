# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "azurerm" {
  override_during = plan

  mock_resource "azurerm_postgresql_flexible_server" {
    defaults = {
      fqdn = "main.example.internal"
      id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.DBforPostgreSQL/flexibleServers/x"
    }
  }
}

variables {
  identifier             = "streaming-production-main"
  resource_group_name    = "streaming-production-row-1"
  region                 = "westeurope"
  engine_version         = "16"
  database_name          = "main"
  sku                    = "GP_Standard_D8ds_v5"
  storage_gib            = 500
  multi_zone             = true
  replicas               = [1, 3]
  backup_days            = 30
  administrator_password = "only-for-this-test"
  subnet_id              = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/x/subnets/postgresql"
  private_dns_zone_id    = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/privateDnsZones/x.private.postgres.database.azure.com"
  identity_id            = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x"
  key_id                 = "https://x.vault.azure.net/keys/cell"
  parameters             = [{ name = "log_min_duration_statement", value = "250" }]
  tags                   = { database = "main" }
}

run "primary_is_encrypted_private_and_backed_up" {
  command = plan

  assert {
    condition     = azurerm_postgresql_flexible_server.primary.customer_managed_key[0].key_vault_key_id == var.key_id && !azurerm_postgresql_flexible_server.primary.public_network_access_enabled
    error_message = "The given key, and private."
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.primary.administrator_password == null && azurerm_postgresql_flexible_server.primary.administrator_password_wo == null
    error_message = "No password is in a plan or a state."
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.primary.backup_retention_days == 30 && azurerm_postgresql_flexible_server.primary.high_availability[0].mode == "ZoneRedundant"
    error_message = "Backups, and a standby in another zone."
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.primary.tags == tomap({ database = "main", role = "primary" })
    error_message = "The given tags and the role."
  }
}

run "storage_comes_in_sizes" {
  command = plan

  assert {
    condition     = azurerm_postgresql_flexible_server.primary.storage_mb == 524288
    error_message = "500 GiB are 512."
  }
}

run "replicas_by_number" {
  command = plan

  assert {
    condition     = toset(keys(azurerm_postgresql_flexible_server.replica)) == toset(["1", "3"]) && azurerm_postgresql_flexible_server.replica["3"].name == "streaming-production-main-replica-3"
    error_message = "One replica per number, keyed by it."
  }

  assert {
    condition     = alltrue([for replica in azurerm_postgresql_flexible_server.replica : replica.create_mode == "Replica" && replica.customer_managed_key[0].key_vault_key_id == var.key_id])
    error_message = "Replicas follow the primary, encrypted."
  }
}

run "parameters" {
  command = plan

  assert {
    condition     = { for name, parameter in azurerm_postgresql_flexible_server_configuration.this : name => parameter.value } == { log_min_duration_statement = "250" }
    error_message = "Each parameter once, as given."
  }
}

run "a_burstable_server_has_no_standby" {
  command = plan

  variables {
    sku = "B_Standard_B2s"
  }

  expect_failures = [azurerm_postgresql_flexible_server.primary]
}

run "refuses_a_size_without_its_tier" {
  command = plan

  variables {
    sku = "Standard_D8ds_v5"
  }

  expect_failures = [var.sku]
}
