module "network" {
  source = "../../../../../modules/network"

  name                    = "streaming-production-acme"
  cidr                    = "10.21.0.0/20"
  zones                   = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  client_ports            = [5432]
  flow_log_retention_days = 90
  kms_key_arn             = module.cell_key.key_arns["cell"]
  parameter_path          = "/streaming/production/dedicated/acme/foundation"
}

# Encrypts what the tenants of this cell share.
module "cell_key" {
  source = "../../../../../modules/keys"

  alias_prefix            = "streaming/production/dedicated/acme"
  rotation_period_in_days = 365

  keys = {
    cell = {
      name = "streaming-production-acme"
    }
  }
}

# Keys of the tenants that have one of their own: tenants.auto.tfvars.json.
module "tenant_keys" {
  source = "../../../../../modules/keys"

  alias_prefix            = "streaming/production/dedicated/acme/tenants"
  keys                    = var.tenants
  rotation_period_in_days = 365
}
