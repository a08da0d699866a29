# A place for each tenant's secret. What is in it is written by whoever makes it
# (a rotation function, Vault, an operator), never by Terraform: no state holds it.
resource "aws_secretsmanager_secret" "tenant" {
  for_each = var.tenants

  name                    = "${var.name_prefix}/tenants/${each.key}"
  description             = "Store credentials of ${each.value.name}"
  kms_key_id              = local.key_arns[each.key]
  recovery_window_in_days = var.recovery_window_in_days
  tags                    = local.tags[each.key]
}

# For the tenant's workloads: log in as its own database user, read its own
# secret, and nothing else.
resource "aws_iam_policy" "tenant" {
  for_each = var.tenants

  name        = "${replace(var.name_prefix, "/", "-")}-${each.key}"
  description = "Reaches the stores of one tenant"
  tags        = local.tags[each.key]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogIn"
        Effect   = "Allow"
        Action   = "rds-db:connect"
        Resource = local.login_arns[each.key]
      },
      {
        Sid      = "ReadOwnSecret"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = aws_secretsmanager_secret.tenant[each.key].arn
      },
      {
        Sid      = "DecryptOwnSecret"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = local.key_arns[each.key]
        Condition = {
          # The key opens other things too: this tenant's secret is all it opens here.
          StringEquals = {
            "kms:EncryptionContext:SecretARN" = aws_secretsmanager_secret.tenant[each.key].arn
            "kms:ViaService"                  = "secretsmanager.${data.aws_region.current.region}.amazonaws.com"
          }
        }
      },
    ]
  })
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

# A tenant with a key of its own has an alias under own_key_alias_prefix.
data "aws_kms_alias" "own" {
  for_each = toset([for id, tenant in var.tenants : id if tenant.own_key])

  name = "alias/${var.own_key_alias_prefix}/${each.key}"
}

locals {
  key_arns = {
    for id, tenant in var.tenants : id => tenant.own_key ? data.aws_kms_alias.own[id].target_key_arn : var.cell_key_arn
  }

  # One ARN for each instance of each database that the tenant uses.
  login_arns = {
    for id, tenant in var.tenants : id => flatten([
      for database in sort(tenant.databases) : [
        for resource_id in var.database_resource_ids[database] :
        "arn:${data.aws_partition.current.partition}:rds-db:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:dbuser:${resource_id}/${tenant.database_user}"
      ]
    ])
  }

  tags = {
    for id, tenant in var.tenants : id => merge(
      var.tags,
      {
        for name, value in {
          data_class = tenant.data_class
          tenant     = id
          tier       = tenant.tier
        } : name => value if value != null
      },
    )
  }
}
