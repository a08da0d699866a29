# The name holds the family and not the parameters: a new parameter changes the group in place, only a new family, which
# comes with a major version, makes another group before the old one goes. A cluster's group holds what its instances take, too.
resource "aws_rds_cluster_parameter_group" "this" {
  name        = "${var.identifier}-${replace(var.family, ".", "-")}"
  description = "PostgreSQL settings of ${var.identifier}"
  family      = var.family
  tags        = var.tags

  dynamic "parameter" {
    for_each = merge(
      # TLS or nothing; from 17 on Aurora has it so by itself, hence pending-reboot.
      { "rds.force_ssl" = { name = "rds.force_ssl", value = "1", apply_method = "pending-reboot" } },
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

resource "aws_rds_cluster" "this" {
  cluster_identifier = var.identifier

  engine                          = "aurora-postgresql"
  engine_version                  = var.engine_version
  allow_major_version_upgrade     = var.allow_major_version_upgrade
  apply_immediately               = var.apply_immediately
  preferred_maintenance_window    = var.maintenance_window
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name

  storage_encrypted = true
  kms_key_id        = var.kms_key_arn

  database_name                       = var.database_name
  port                                = var.port
  master_username                     = var.master_username
  manage_master_user_password         = true # RDS makes, keeps and rotates it; no state ever holds it
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true

  db_subnet_group_name   = var.db_subnet_group_name
  vpc_security_group_ids = [aws_security_group.this.id]

  backup_retention_period   = var.backup_days
  preferred_backup_window   = var.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.identifier}-final"

  enabled_cloudwatch_logs_exports = ["postgresql"]

  tags = var.tags

  lifecycle {
    # Terraform accepts only a literal here, so it cannot follow the environment; deletion_protection, which AWS enforces, does.
    prevent_destroy = true
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

# The writer and the readers. Which is which is Aurora's to say: a reader takes over when the writer fails. The data is the
# cluster's, so nothing prevents that an instance is taken away.
resource "aws_rds_cluster_instance" "this" {
  for_each = toset([for number in concat([0], var.replicas) : tostring(number)])

  identifier         = "${var.identifier}-${each.key}"
  cluster_identifier = aws_rds_cluster.this.id
  engine             = aws_rds_cluster.this.engine
  engine_version     = aws_rds_cluster.this.engine_version
  instance_class     = var.instance_class
  promotion_tier     = min(tonumber(each.key), 15)

  auto_minor_version_upgrade   = true
  apply_immediately            = var.apply_immediately
  preferred_maintenance_window = var.maintenance_window
  publicly_accessible          = false
  copy_tags_to_snapshot        = true

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7

  tags = var.tags
}

# Aurora would make it by itself and keep it for ever.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/rds/cluster/${var.identifier}/postgresql"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
