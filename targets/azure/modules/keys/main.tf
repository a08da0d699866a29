resource "azurerm_key_vault" "this" {
  name                       = var.name
  resource_group_name        = var.resource_group_name
  location                   = var.region
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "premium"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90
  tags                       = var.tags

  # Azure's own services, and the ranges that Terraform runs in.
  network_acls {
    bypass         = "AzureServices"
    default_action = "Deny"
    ip_rules       = var.runner_cidrs
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_key_vault_key" "this" {
  for_each = var.keys

  name         = each.value.id
  key_vault_id = azurerm_key_vault.this.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["decrypt", "encrypt", "unwrapKey", "wrapKey"]
  tags = merge(
    var.tags,
    { for name, value in { tenant = each.value.tenant, tier = each.value.tier } : name => value if value != null },
  )

  rotation_policy {
    automatic {
      time_after_creation = "P${var.rotation_days}D"
    }
  }

  lifecycle {
    # Without the key everything written under it is lost, backups too. Terraform
    # wants a literal here; README.md says how a key is let go on purpose.
    prevent_destroy = true
  }
}

# Stores use the cell's key as this.
resource "azurerm_user_assigned_identity" "stores" {
  name                = "${var.name}-stores"
  resource_group_name = var.resource_group_name
  location            = var.region
  tags                = var.tags
}

resource "azurerm_role_assignment" "stores" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.stores.principal_id
  principal_type       = "ServicePrincipal"
}

data "azurerm_client_config" "current" {}
