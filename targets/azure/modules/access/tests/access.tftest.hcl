mock_provider "azurerm" {
  override_during = plan

  mock_resource "azurerm_key_vault_secret" {
    defaults = {
      resource_versionless_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x/secrets/x"
    }
  }
}

variables {
  resource_group_name = "streaming-production-row-1"
  region              = "westeurope"
  vault_id            = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x"
  tenants = {
    acme = { identity = "acme-1a2b3c4d", slug = "acme", tier = "enterprise" }
    no   = { identity = "no-5e6f7a8b", slug = "no" }
  }
  tags = { layer = "access" }
}

run "each_tenant_has_an_identity_a_secret_and_its_right" {
  command = plan

  assert {
    condition     = azurerm_key_vault_secret.tenant["acme"].name == "tenants-acme" && azurerm_key_vault_secret.tenant["acme"].value == null && azurerm_key_vault_secret.tenant["acme"].value_wo == null
    error_message = "A place, and no value in the plan."
  }

  assert {
    condition     = alltrue([for assignment in azurerm_role_assignment.secret : assignment.role_definition_name == "Key Vault Secrets User" && endswith(assignment.scope, "/secrets/x")])
    error_message = "Reading, of one secret."
  }

  assert {
    condition     = azurerm_user_assigned_identity.tenant["no"].tags == tomap({ layer = "access", tenant = "no" })
    error_message = "What is not known is not tagged."
  }
}

run "refuses_two_tenants_with_one_name" {
  command = plan

  variables {
    tenants = {
      a = { identity = "a", slug = "same" }
      b = { identity = "b", slug = "same" }
    }
  }

  expect_failures = [var.tenants]
}
