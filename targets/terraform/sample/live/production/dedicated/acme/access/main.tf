# Published by the data layer, for each database.
data "aws_ssm_parameter" "resource_ids" {
  for_each = local.databases

  name = "${each.value}/resource_ids"
}

data "aws_kms_alias" "cell" {
  name = "alias/streaming/production/dedicated/acme/cell"
}

locals {
  databases = {
    for database in [
      { name = "main", path = "/streaming/production/dedicated/acme/data/main" },
      { name = "reports", path = "/streaming/production/dedicated/acme/data/reports" },
    ] : database.name => database.path
  }
}

module "access" {
  source = "../../../../../modules/access"

  name_prefix          = "streaming/production/dedicated/acme"
  own_key_alias_prefix = "streaming/production/dedicated/acme/tenants"
  cell_key_arn         = data.aws_kms_alias.cell.target_key_arn
  tenants              = var.tenants

  database_resource_ids = {
    for name, parameter in data.aws_ssm_parameter.resource_ids : name => split(",", parameter.insecure_value)
  }
}
