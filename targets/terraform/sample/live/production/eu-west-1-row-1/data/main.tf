# Published by the foundation layer.
data "aws_ssm_parameter" "foundation" {
  for_each = toset(["client_security_group_id", "db_subnet_group_name", "vpc_id"])

  name = "${local.foundation}/${each.key}"
}

data "aws_kms_alias" "cell" {
  name = "alias/streaming/production/eu-west-1-row-1/cell"
}

locals {
  foundation = "/streaming/production/eu-west-1-row-1/foundation"
}

module "main" {
  source = "../../../../modules/postgresql"

  identifier     = "streaming-production-eu-west-1-row-1-main"
  parameter_path = "/streaming/production/eu-west-1-row-1/data/main"

  engine_version  = "16"
  family          = "postgres16"
  database_name   = "main"
  instance_class  = "db.m7g.2xlarge"
  storage_gib     = 500
  max_storage_gib = 1000
  multi_az        = true
  replicas        = [1, 2]
  port            = 5432

  backup_days         = 30
  deletion_protection = true
  log_retention_days  = 90
  apply_immediately   = var.apply_immediately

  vpc_id               = data.aws_ssm_parameter.foundation["vpc_id"].insecure_value
  db_subnet_group_name = data.aws_ssm_parameter.foundation["db_subnet_group_name"].insecure_value
  kms_key_arn          = data.aws_kms_alias.cell.target_key_arn
  client_cidrs         = ["10.1.0.0/16"]

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
