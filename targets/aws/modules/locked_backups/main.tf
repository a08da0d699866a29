# Copies that nobody can delete or shorten before their time: not who runs Terraform, not the account's owner, not Amazon.
# The database's own backups, which restore to any second, are beside them and can be deleted.
resource "aws_backup_vault" "this" {
  name        = var.name
  kms_key_arn = var.kms_key_arn
  tags        = var.tags

  lifecycle {
    # A vault with copies in it can't go anyway; a plan says so earlier.
    prevent_destroy = true
  }
}

# With changeable_for_days the lock is for good once those days are over; before, it can be taken off again.
resource "aws_backup_vault_lock_configuration" "this" {
  backup_vault_name   = aws_backup_vault.this.name
  min_retention_days  = var.days
  changeable_for_days = var.changeable_for_days
}

resource "aws_backup_plan" "this" {
  name = var.name
  tags = var.tags

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.this.name
    schedule          = var.schedule
    start_window      = 60
    completion_window = 600

    lifecycle {
      delete_after = var.days
    }
  }

  # A copy that is due before the lock could go before its time.
  depends_on = [aws_backup_vault_lock_configuration.this]
}

resource "aws_backup_selection" "this" {
  name         = var.name
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.this.arn
  resources    = [var.resource_arn]
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-backup"
  description = "AWS Backup copies ${var.name}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
}

data "aws_partition" "current" {}
