# What the next layer reads, instead of this layer's whole state. Nothing here
# is a secret.
resource "aws_ssm_parameter" "published" {
  for_each = var.parameter_path == null ? {} : {
    client_security_group_id = aws_security_group.clients.id
    db_subnet_group_name     = aws_db_subnet_group.this.name
    private_subnet_ids       = join(",", sort([for subnet in aws_subnet.private : subnet.id]))
    vpc_id                   = aws_vpc.this.id
  }

  name           = "${var.parameter_path}/${each.key}"
  description    = "Published by Terraform for the next layer"
  type           = each.key == "private_subnet_ids" ? "StringList" : "String"
  insecure_value = each.value
  tags           = var.tags
}
