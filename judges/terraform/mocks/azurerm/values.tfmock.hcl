# What the mocked provider says of values that only Azure knows. Terraform makes
# up random letters for the rest; these have a form that configurations rely on.

mock_data "azurerm_client_config" {
  defaults = {
    tenant_id = "00000000-0000-0000-0000-000000000001"
    object_id = "00000000-0000-0000-0000-000000000002"
  }
}

mock_data "azurerm_key_vault" {
  defaults = {
    id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cell/providers/Microsoft.KeyVault/vaults/cell"
  }
}

mock_data "azurerm_key_vault_key" {
  defaults = {
    id             = "https://cell.vault.azure.net/keys/cell/00000000000000000000000000000000"
    versionless_id = "https://cell.vault.azure.net/keys/cell"
  }
}

mock_data "azurerm_subnet" {
  defaults = {
    id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cell/providers/Microsoft.Network/virtualNetworks/cell/subnets/stores"
  }
}

mock_data "azurerm_private_dns_zone" {
  defaults = {
    id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cell/providers/Microsoft.Network/privateDnsZones/cell.private.postgres.database.azure.com"
  }
}

mock_data "azurerm_user_assigned_identity" {
  defaults = {
    id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cell/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cell"
    principal_id = "00000000-0000-0000-0000-000000000003"
  }
}
