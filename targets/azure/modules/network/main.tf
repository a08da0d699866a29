resource "azurerm_resource_group" "this" {
  name     = var.name
  location = var.region
  tags     = var.tags
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  address_space       = [var.cidr]
  tags                = var.tags
}

# The upper half of the range is for clients; the lower half for stores, of which PostgreSQL wants a subnet for itself.
resource "azurerm_subnet" "clients" {
  name                            = "clients"
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [local.clients]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet" "postgresql" {
  name                            = "postgresql"
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.cidr, 3, 0)]
  default_outbound_access_enabled = false
  service_endpoints               = ["Microsoft.Storage"]

  delegation {
    name = "postgresql"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                              = "endpoints"
  resource_group_name               = azurerm_resource_group.this.name
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [cidrsubnet(var.cidr, 3, 1)]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled"
}

# Stores are reached by clients, on the stores' ports, and by each other.
resource "azurerm_network_security_group" "stores" {
  name                = "${var.name}-stores"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = var.tags
}

resource "azurerm_network_security_rule" "clients" {
  name                        = "clients"
  description                 = "Clients reach the stores' ports"
  resource_group_name         = azurerm_resource_group.this.name
  network_security_group_name = azurerm_network_security_group.stores.name
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefixes     = setunion([local.clients], var.client_cidrs)
  source_port_range           = "*"
  destination_address_prefix  = local.stores
  destination_port_ranges     = [for port in var.client_ports : tostring(port)]
}

resource "azurerm_network_security_rule" "stores" {
  name                        = "stores"
  description                 = "Stores and their standbys reach each other"
  resource_group_name         = azurerm_resource_group.this.name
  network_security_group_name = azurerm_network_security_group.stores.name
  priority                    = 110
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = local.stores
  source_port_range           = "*"
  destination_address_prefix  = local.stores
  destination_port_range      = "*"
}

resource "azurerm_network_security_rule" "nobody" {
  name                        = "nobody"
  description                 = "Nobody else does"
  resource_group_name         = azurerm_resource_group.this.name
  network_security_group_name = azurerm_network_security_group.stores.name
  priority                    = 4096
  direction                   = "Inbound"
  access                      = "Deny"
  protocol                    = "*"
  source_address_prefix       = "*"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = { endpoints = azurerm_subnet.endpoints.id, postgresql = azurerm_subnet.postgresql.id }

  subnet_id                 = each.value
  network_security_group_id = azurerm_network_security_group.stores.id
}

# Names of the stores, inside this network alone.
resource "azurerm_private_dns_zone" "this" {
  for_each = { postgresql = "${var.name}.private.postgres.database.azure.com", redis = "privatelink.redis.azure.net" }

  name                = each.value
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = azurerm_private_dns_zone.this

  name                  = each.key
  resource_group_name   = azurerm_resource_group.this.name
  private_dns_zone_name = each.value.name
  virtual_network_id    = azurerm_virtual_network.this.id
  tags                  = var.tags
}

locals {
  clients = cidrsubnet(var.cidr, 1, 1)
  stores  = cidrsubnet(var.cidr, 1, 0)
}
