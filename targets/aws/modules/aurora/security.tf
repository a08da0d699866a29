resource "aws_security_group" "this" {
  name        = "${var.identifier}-postgresql"
  description = "Who reaches ${var.identifier}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.identifier}-postgresql" })
}

resource "aws_vpc_security_group_ingress_rule" "group" {
  for_each = var.client_security_groups

  security_group_id            = aws_security_group.this.id
  description                  = "PostgreSQL from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "cidr" {
  for_each = var.client_cidrs

  security_group_id = aws_security_group.this.id
  description       = "PostgreSQL from ${each.key}"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
  tags              = var.tags
}
