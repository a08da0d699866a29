resource "aws_kms_key" "this" {
  for_each = var.keys

  description             = "Data of ${each.value.name}"
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_period_in_days
  deletion_window_in_days = var.deletion_window_in_days
  policy                  = local.policy
  tags                    = local.tags[each.key]

  lifecycle {
    # Without the key everything written under it is lost, backups too. Terraform
    # wants a literal here; README.md says how a key is let go on purpose.
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  for_each = var.keys

  name          = "alias/${var.alias_prefix}/${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  # Who may use a key is said by the account's IAM policies. CloudWatch, which is no
  # role of the account, may for the log groups of this account and region.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Logs"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*"
          }
        }
      },
    ]
  })

  # What is known of an entry; an absent fact is an absent tag.
  tags = {
    for id, key in var.keys : id => merge(
      var.tags,
      {
        for name, value in {
          data_class = key.data_class
          tenant     = key.tenant
          tier       = key.tier
        } : name => value if value != null
      },
    )
  }
}
