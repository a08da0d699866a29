# The name holds the family and not the parameters: a new parameter changes the
# group in place (and takes effect by its apply_method), whereas a new group
# would need a restart of every instance. Only a new family, which comes with a
# major version, makes another group, under another name, before the old one goes.
resource "aws_db_parameter_group" "this" {
  name        = "${var.identifier}-${replace(var.family, ".", "-")}"
  description = "PostgreSQL settings of ${var.identifier}"
  family      = var.family
  tags        = var.tags

  dynamic "parameter" {
    for_each = merge(
      # TLS or nothing. From 15 on it is so by itself.
      var.family == "postgres14" ? { "rds.force_ssl" = { name = "rds.force_ssl", value = "1", apply_method = "pending-reboot" } } : {},
      { for parameter in var.parameters : parameter.name => parameter },
    )

    content {
      name         = parameter.value.name
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "primary" {
  identifier = var.identifier

  engine                      = "postgres"
  engine_version              = var.engine_version
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = var.allow_major_version_upgrade
  apply_immediately           = var.apply_immediately
  maintenance_window          = var.maintenance_window
  parameter_group_name        = aws_db_parameter_group.this.name

  instance_class        = var.instance_class
  multi_az              = var.multi_az
  storage_type          = "gp3"
  allocated_storage     = var.storage_gib
  max_allocated_storage = var.max_storage_gib
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  db_name                             = var.database_name
  port                                = var.port
  username                            = var.master_username
  manage_master_user_password         = true # RDS makes, keeps and rotates it; no state ever holds it
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true

  db_subnet_group_name   = var.db_subnet_group_name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false

  backup_retention_period   = var.backup_days
  backup_window             = var.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.identifier}-final"

  enabled_cloudwatch_logs_exports       = local.log_exports
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7

  tags = merge(var.tags, { role = "primary" })

  lifecycle {
    # Terraform accepts only a literal here, so it cannot follow the
    # environment; deletion_protection, which AWS enforces, does.
    prevent_destroy = true
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

# A replica is cheap to make again, so nothing prevents that one is taken away.
# Its storage key, subnets and credentials come from the primary.
resource "aws_db_instance" "replica" {
  for_each = toset([for number in var.replicas : tostring(number)])

  identifier          = "${var.identifier}-replica-${each.key}"
  replicate_source_db = aws_db_instance.primary.identifier

  auto_minor_version_upgrade = true
  apply_immediately          = var.apply_immediately
  maintenance_window         = var.maintenance_window
  parameter_group_name       = aws_db_parameter_group.this.name

  instance_class        = var.instance_class
  storage_type          = "gp3"
  max_allocated_storage = var.max_storage_gib
  storage_encrypted     = true

  port                                = var.port
  iam_database_authentication_enabled = true
  vpc_security_group_ids              = [aws_security_group.this.id]
  publicly_accessible                 = false

  backup_retention_period = 0
  copy_tags_to_snapshot   = true
  deletion_protection     = var.deletion_protection
  skip_final_snapshot     = true

  enabled_cloudwatch_logs_exports       = local.log_exports
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7

  tags = merge(var.tags, { role = "replica" })

  depends_on = [aws_cloudwatch_log_group.this]
}

# RDS would make these by itself and keep them for ever.
resource "aws_cloudwatch_log_group" "this" {
  for_each = toset([for pair in setproduct(local.identifiers, local.log_exports) : join("/", pair)])

  name              = "/aws/rds/instance/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

locals {
  identifiers = concat([var.identifier], [for number in var.replicas : "${var.identifier}-replica-${number}"])
  log_exports = ["postgresql", "upgrade"]
}
