resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = merge(var.tags, { Name = var.name })
}

# A subnet's range follows its zone's letter, so that adding or removing a zone
# moves no other: a is the first eighth of the network, b the second, …
resource "aws_subnet" "private" {
  for_each = var.zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(var.cidr, 3, index(local.zone_letters, substr(each.key, -1, 1)))
  map_public_ip_on_launch = false
  tags                    = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

# No route leads out: stores are reached from inside, or over a peering or a
# transit gateway that the platform team attaches to this table.
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-private" })
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  route_table_id = aws_route_table.private.id
  subnet_id      = each.value.id
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
  tags        = var.tags
}

locals {
  zone_letters = ["a", "b", "c", "d", "e", "f", "g", "h"]
}
