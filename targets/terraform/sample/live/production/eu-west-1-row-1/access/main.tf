# Published by the data layer, for each database.
data "aws_ssm_parameter" "resource_ids" {
  for_each = local.databases

  name = "${each.value}/resource_ids"
}

data "aws_kms_alias" "cell" {
  name = "alias/streaming/production/eu-west-1-row-1/cell"
}

locals {
  databases = {
    for database in [
      { name = "main", path = "/streaming/production/eu-west-1-row-1/data/main" },
    ] : database.name => database.path
  }
}

module "access" {
  source = "../../../../modules/access"

  name_prefix          = "streaming/production/eu-west-1-row-1"
  own_key_alias_prefix = "streaming/production/eu-west-1-row-1/tenants"
  cell_key_arn         = data.aws_kms_alias.cell.target_key_arn
  tenants              = var.tenants

  database_resource_ids = {
    for name, parameter in data.aws_ssm_parameter.resource_ids : name => split(",", parameter.insecure_value)
  }
}
