# Taken into Terraform's care in order to be emptied: nothing may rely on it.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-default-unused" })
}

# Members may open connections to the stores. A store lets this group in; who
# gets the group is who gets to the stores.
resource "aws_security_group" "clients" {
  name        = "${var.name}-clients"
  description = "May connect to the stores of ${var.name}"
  vpc_id      = aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${var.name}-clients" })
}

resource "aws_vpc_security_group_egress_rule" "clients" {
  for_each = { for port in var.client_ports : tostring(port) => port }

  security_group_id = aws_security_group.clients.id
  description       = "To the stores in this network"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  tags              = var.tags
}
