resource "azurerm_managed_redis" "this" {
  name                      = var.identifier
  resource_group_name       = var.resource_group_name
  location                  = var.region
  sku_name                  = var.sku
  high_availability_enabled = var.highly_available
  public_network_access     = "Disabled"
  tags                      = var.tags

  default_database {
    access_keys_authentication_enabled            = false # Entra alone: no key in any state
    client_protocol                               = "Encrypted"
    clustering_policy                             = var.shards > 1 ? "OSSCluster" : "EnterpriseCluster"
    eviction_policy                               = local.policies[var.eviction_policy]
    persistence_append_only_file_backup_frequency = var.persistence == "AOF" ? "1s" : null
    persistence_redis_database_backup_frequency   = var.persistence == "RDB" ? "1h" : null
  }

  customer_managed_key {
    key_vault_key_id          = var.key_id
    user_assigned_identity_id = var.identity_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  lifecycle {
    # Terraform accepts only a literal here; README.md says how a store is let go on purpose.
    prevent_destroy = true
  }
}

resource "azurerm_private_endpoint" "this" {
  name                = var.identifier
  resource_group_name = var.resource_group_name
  location            = var.region
  subnet_id           = var.subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = var.identifier
    private_connection_resource_id = azurerm_managed_redis.this.id
    subresource_names              = ["redisEnterprise"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "redis"
    private_dns_zone_ids = [var.private_dns_zone_id]
  }
}

locals {
  # Redis' own words, and Azure's.
  policies = {
    allkeys-lfu     = "AllKeysLFU"
    allkeys-lru     = "AllKeysLRU"
    allkeys-random  = "AllKeysRandom"
    noeviction      = "NoEviction"
    volatile-lfu    = "VolatileLFU"
    volatile-lru    = "VolatileLRU"
    volatile-random = "VolatileRandom"
    volatile-ttl    = "VolatileTTL"
  }
}
