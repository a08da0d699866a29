mock_provider "azurerm" {
  mock_resource "azurerm_subnet" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/x/subnets/x"
    }
  }
}

variables {
  name   = "streaming-production-row-1"
  cidr   = "10.20.0.0/16"
  region = "westeurope"
  tags   = { layer = "foundation" }
}

run "the_range_is_cut" {
  command = plan

  assert {
    condition     = azurerm_subnet.clients.address_prefixes == tolist(["10.20.128.0/17"]) && azurerm_subnet.postgresql.address_prefixes == tolist(["10.20.0.0/19"]) && azurerm_subnet.endpoints.address_prefixes == tolist(["10.20.32.0/19"])
    error_message = "Clients above, stores below."
  }

  assert {
    condition     = alltrue([for subnet in [azurerm_subnet.clients, azurerm_subnet.postgresql, azurerm_subnet.endpoints] : !subnet.default_outbound_access_enabled])
    error_message = "No way out."
  }
}

run "only_clients_get_in" {
  command = plan

  variables {
    client_ports = [5432, 10000]
    client_cidrs = ["10.1.0.0/16"]
  }

  assert {
    condition     = azurerm_network_security_rule.clients.destination_port_ranges == toset(["5432", "10000"]) && azurerm_network_security_rule.clients.source_address_prefixes == toset(["10.1.0.0/16", "10.20.128.0/17"])
    error_message = "From clients, to the ports."
  }

  assert {
    condition     = azurerm_network_security_rule.nobody.access == "Deny" && azurerm_network_security_rule.nobody.priority > azurerm_network_security_rule.stores.priority
    error_message = "Everything else is refused, last."
  }

  assert {
    condition     = toset(keys(azurerm_subnet_network_security_group_association.this)) == toset(["endpoints", "postgresql"])
    error_message = "Both subnets of stores are guarded."
  }
}

run "refuses_the_whole_internet" {
  command = plan

  variables {
    client_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.client_cidrs]
}
