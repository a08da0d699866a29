# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "azurerm" {
  override_during = plan

  mock_resource "azurerm_key_vault" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x"
    }
  }
}

variables {
  name                = "row-1-1a2b3c4d"
  resource_group_name = "streaming-production-row-1"
  region              = "westeurope"
  keys = {
    cell = { id = "cell" }
    acme = { id = "tenant-acme", tenant = "acme", tier = "enterprise" }
  }
  tags = { layer = "foundation" }
}

run "nothing_can_be_purged" {
  command = plan

  assert {
    condition     = azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.soft_delete_retention_days == 90
    error_message = "90 days to think again, and roles instead of policies."
  }

  assert {
    condition     = azurerm_key_vault.this.network_acls[0].default_action == "Deny"
    error_message = "Closed to the internet."
  }
}

run "every_key_renews_itself" {
  command = plan

  variables {
    rotation_days = 90
  }

  assert {
    condition     = alltrue([for key in azurerm_key_vault_key.this : key.rotation_policy[0].automatic[0].time_after_creation == "P90D" && key.key_type == "RSA-HSM"])
    error_message = "90 days, in hardware."
  }

  assert {
    condition     = azurerm_key_vault_key.this["acme"].tags == tomap({ layer = "foundation", tenant = "acme", tier = "enterprise" })
    error_message = "The facts of an entry are its tags."
  }
}

run "refuses_two_entries_with_one_key" {
  command = plan

  variables {
    keys = { a = { id = "same" }, b = { id = "same" } }
  }

  expect_failures = [var.keys]
}
