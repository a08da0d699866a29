module "network" {
  source = "../../../../modules/network"

  name                    = "streaming-production-eu-west-1-row-1"
  cidr                    = "10.20.0.0/16"
  zones                   = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  client_ports            = [5432]
  flow_log_retention_days = 90
  kms_key_arn             = module.cell_key.key_arns["cell"]
  parameter_path          = "/streaming/production/eu-west-1-row-1/foundation"
}

# Encrypts what the tenants of this cell share.
module "cell_key" {
  source = "../../../../modules/keys"

  alias_prefix            = "streaming/production/eu-west-1-row-1"
  rotation_period_in_days = 365

  keys = {
    cell = {
      name = "streaming-production-eu-west-1-row-1"
    }
  }
}

# Keys of the tenants that have one of their own: tenants.auto.tfvars.json.
module "tenant_keys" {
  source = "../../../../modules/keys"

  alias_prefix            = "streaming/production/eu-west-1-row-1/tenants"
  keys                    = var.tenants
  rotation_period_in_days = 365
}
