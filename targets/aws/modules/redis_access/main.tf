# A user for each tenant on each store. It proves who it is by IAM, so its id is its name, and there is no password.
resource "aws_elasticache_user" "tenant" {
  for_each = local.users

  user_id       = each.value.user
  user_name     = each.value.user
  engine        = "redis"
  access_string = each.value.closed ? "off resetkeys resetchannels -@all" : "on resetkeys ~tenant:${each.value.tenant}:* resetchannels &tenant:${each.value.tenant}:* ${local.commands}"
  tags          = local.tags[each.value.tenant]

  authentication_mode {
    type = "iam"
  }
}

resource "aws_elasticache_user_group_association" "tenant" {
  for_each = local.users

  user_group_id = var.databases[each.value.database].user_group_id
  user_id       = aws_elasticache_user.tenant[each.key].user_id
}

# For the tenant's workloads: connect as its own user to its own stores, and nothing else.
resource "aws_iam_policy" "tenant" {
  for_each = var.tenants

  name        = "${replace(var.name_prefix, "/", "-")}-${each.key}-redis"
  description = "Connects to the caches of one tenant"
  tags        = local.tags[each.key]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "Connect"
      Effect = "Allow"
      Action = "elasticache:Connect"
      Resource = flatten([
        for database in sort(keys(each.value.users)) : [
          var.databases[database].arn,
          aws_elasticache_user.tenant["${each.key}/${database}"].arn,
        ]
      ])
    }]
  })
}

locals {
  # What a tenant may do with its own keys: the same words as in users.acl of a server of one's own.
  commands = "-@all +@read +@write +@connection +@pubsub +@transaction -@dangerous -@admin -@scripting -scan -randomkey -dbsize -select -swapdb -move -copy -pfmerge -pubsub"

  users = merge([
    for id, tenant in var.tenants : {
      for database, user in tenant.users : "${id}/${database}" => {
        closed   = tenant.closed
        database = database
        tenant   = id
        user     = user
      }
    }
  ]...)

  tags = {
    for id, tenant in var.tenants : id => merge(
      var.tags,
      { for name, value in { tenant = id, tier = tenant.tier } : name => value if value != null },
    )
  }
}
