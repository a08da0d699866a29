# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "azurerm" {
  override_during = plan

  mock_resource "azurerm_managed_redis" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Cache/redisEnterprise/x"
    }
  }
}

variables {
  identifier          = "streaming-production-cache"
  resource_group_name = "streaming-production-row-1"
  region              = "westeurope"
  sku                 = "Balanced_B10"
  eviction_policy     = "allkeys-lfu"
  persistence         = "RDB"
  highly_available    = true
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/x/subnets/endpoints"
  private_dns_zone_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
  identity_id         = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x"
  key_id              = "https://x.vault.azure.net/keys/cell"
}

run "only_entra_only_tls_only_private" {
  command = plan

  assert {
    condition     = !azurerm_managed_redis.this.default_database[0].access_keys_authentication_enabled && azurerm_managed_redis.this.default_database[0].client_protocol == "Encrypted"
    error_message = "No access keys, TLS."
  }

  assert {
    condition     = azurerm_managed_redis.this.public_network_access == "Disabled" && azurerm_managed_redis.this.customer_managed_key[0].key_vault_key_id == var.key_id
    error_message = "Private, with the given key."
  }
}

run "words_of_redis_become_azures" {
  command = plan

  assert {
    condition     = azurerm_managed_redis.this.default_database[0].eviction_policy == "AllKeysLFU" && azurerm_managed_redis.this.default_database[0].persistence_redis_database_backup_frequency == "1h" && azurerm_managed_redis.this.default_database[0].persistence_append_only_file_backup_frequency == null
    error_message = "The policy and the snapshots."
  }
}

run "refuses_another_policy" {
  command = plan

  variables {
    eviction_policy = "allkeys_lfu"
  }

  expect_failures = [var.eviction_policy]
}
