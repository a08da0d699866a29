# Whom a tenant's workloads run as.
resource "azurerm_user_assigned_identity" "tenant" {
  for_each = var.tenants

  name                = each.value.identity
  resource_group_name = var.resource_group_name
  location            = var.region
  tags                = local.tags[each.key]
}

# A place for each tenant's secret. What is in it is written by whoever makes it (a rotation job, Vault, an operator) as a new
# version: Terraform puts a word there once, write-only, and never reads it.
resource "azurerm_key_vault_secret" "tenant" {
  for_each = var.tenants

  name             = "tenants-${each.value.slug}"
  key_vault_id     = var.vault_id
  content_type     = "store credentials"
  value_wo         = "not written yet"
  value_wo_version = 1
  tags             = local.tags[each.key]
}

# Its own secret, and nothing else.
resource "azurerm_role_assignment" "secret" {
  for_each = var.tenants

  scope                = azurerm_key_vault_secret.tenant[each.key].resource_versionless_id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.tenant[each.key].principal_id
  principal_type       = "ServicePrincipal"
}

locals {
  tags = {
    for id, tenant in var.tenants : id => merge(
      var.tags,
      { for name, value in { tenant = id, tier = tenant.tier } : name => value if value != null },
    )
  }
}
