# The family is in the name: another family, which comes with a major version, makes
# another group before the old one goes. Settings change the group in place.
resource "aws_elasticache_parameter_group" "this" {
  name        = "${var.identifier}-${var.family}"
  description = "Settings of ${var.identifier}"
  family      = var.family
  tags        = var.tags

  # More than one shard is a cluster, which has a switch of its own.
  dynamic "parameter" {
    for_each = merge(
      { for parameter in var.parameters : parameter.name => parameter.value },
      var.shards > 1 ? { cluster-enabled = "yes" } : {},
    )

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.identifier
  description = "Private subnets of ${var.identifier}"
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

# Whoever names no user gets this one, which may do nothing.
resource "aws_elasticache_user" "default" {
  user_id       = "${var.identifier}-default"
  user_name     = "default"
  engine        = "redis"
  access_string = "off resetkeys resetchannels -@all"
  tags          = var.tags

  authentication_mode {
    type = "no-password-required"
  }
}

# Tenants' users join in the layer of access, so the group's own list is not looked at again.
resource "aws_elasticache_user_group" "this" {
  user_group_id = var.identifier
  engine        = "redis"
  user_ids      = [aws_elasticache_user.default.user_id]
  tags          = var.tags

  lifecycle {
    ignore_changes = [user_ids]
  }
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.identifier
  description          = "Keys and values of ${var.identifier}"

  engine                     = var.engine
  engine_version             = var.engine_version
  auto_minor_version_upgrade = true
  parameter_group_name       = aws_elasticache_parameter_group.this.name
  apply_immediately          = var.apply_immediately
  maintenance_window         = var.maintenance_window

  node_type                  = var.node_type
  num_node_groups            = var.shards
  replicas_per_node_group    = var.replicas
  automatic_failover_enabled = var.replicas > 0
  multi_az_enabled           = var.multi_az && var.replicas > 0
  port                       = var.port

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  user_group_ids             = [aws_elasticache_user_group.this.user_group_id]

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [aws_security_group.this.id]

  snapshot_retention_limit  = var.snapshot_days
  snapshot_window           = var.snapshot_window
  final_snapshot_identifier = var.snapshot_days > 0 ? "${var.identifier}-final" : null

  tags = var.tags

  lifecycle {
    # Terraform accepts only a literal here; README.md says how a store is let go on purpose.
    prevent_destroy = true
  }
}

resource "aws_security_group" "this" {
  name        = "${var.identifier}-redis"
  description = "Who reaches ${var.identifier}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.identifier}-redis" })
}

resource "aws_vpc_security_group_ingress_rule" "group" {
  for_each = var.client_security_groups

  security_group_id            = aws_security_group.this.id
  description                  = "Redis from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "cidr" {
  for_each = var.client_cidrs

  security_group_id = aws_security_group.this.id
  description       = "Redis from ${each.key}"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
  tags              = var.tags
}

# What the next layer reads. Nothing here is a secret.
resource "aws_ssm_parameter" "published" {
  for_each = var.parameter_path == null ? {} : {
    arn           = aws_elasticache_replication_group.this.arn
    endpoint      = local.endpoint
    user_group_id = aws_elasticache_user_group.this.user_group_id
  }

  name           = "${var.parameter_path}/${each.key}"
  description    = "Published by Terraform for the next layer"
  type           = "String"
  insecure_value = each.value
  tags           = var.tags
}

locals {
  # A group of several shards has one address for all of them, which clients of clusters ask.
  endpoint = var.shards > 1 ? aws_elasticache_replication_group.this.configuration_endpoint_address : aws_elasticache_replication_group.this.primary_endpoint_address
}
