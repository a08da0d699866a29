# Published by the foundation layer.
data "aws_ssm_parameter" "foundation" {
  for_each = toset(["client_security_group_id", "db_subnet_group_name", "vpc_id"])

  name = "${local.foundation}/${each.key}"
}

data "aws_kms_alias" "cell" {
  name = "alias/streaming/production/dedicated/acme/cell"
}

locals {
  foundation = "/streaming/production/dedicated/acme/foundation"
}

module "main" {
  source = "../../../../../modules/postgresql"

  identifier     = "streaming-production-acme-main"
  parameter_path = "/streaming/production/dedicated/acme/data/main"

  engine_version  = "16"
  family          = "postgres16"
  database_name   = "main"
  instance_class  = "db.r7g.2xlarge"
  storage_gib     = 500
  max_storage_gib = 1000
  multi_az        = true
  replicas        = [1, 2, 3]
  port            = 5432

  backup_days         = 30
  deletion_protection = true
  log_retention_days  = 90
  apply_immediately   = var.apply_immediately

  vpc_id               = data.aws_ssm_parameter.foundation["vpc_id"].insecure_value
  db_subnet_group_name = data.aws_ssm_parameter.foundation["db_subnet_group_name"].insecure_value
  kms_key_arn          = data.aws_kms_alias.cell.target_key_arn
  client_cidrs         = []

  client_security_groups = {
    clients = data.aws_ssm_parameter.foundation["client_security_group_id"].insecure_value
  }

  # What differs from the family's default, in the units that RDS wants.
  parameters = [
    { name = "idle_in_transaction_session_timeout", value = "60000", apply_method = "immediate" },
    { name = "log_min_duration_statement", value = "250", apply_method = "immediate" },
    { name = "max_connections", value = "400", apply_method = "pending-reboot" },
    { name = "shared_preload_libraries", value = "pg_stat_statements,pg_cron", apply_method = "pending-reboot" },
  ]

  tags = {
    database = "main"
  }
}

module "reports" {
  source = "../../../../../modules/postgresql"

  identifier     = "streaming-production-acme-reports"
  parameter_path = "/streaming/production/dedicated/acme/data/reports"

  engine_version  = "17"
  family          = "postgres17"
  database_name   = "reports"
  instance_class  = "db.t4g.medium"
  storage_gib     = 20
  max_storage_gib = null
  multi_az        = false
  replicas        = []
  port            = 5432

  backup_days         = 7
  deletion_protection = true
  log_retention_days  = 90
  apply_immediately   = var.apply_immediately

  vpc_id               = data.aws_ssm_parameter.foundation["vpc_id"].insecure_value
  db_subnet_group_name = data.aws_ssm_parameter.foundation["db_subnet_group_name"].insecure_value
  kms_key_arn          = data.aws_kms_alias.cell.target_key_arn
  client_cidrs         = []

  client_security_groups = {
    clients = data.aws_ssm_parameter.foundation["client_security_group_id"].insecure_value
  }

  # What differs from the family's default, in the units that RDS wants.
  parameters = []

  tags = {
    database = "reports"
  }
}
