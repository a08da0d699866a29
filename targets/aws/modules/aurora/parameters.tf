# What the next layer and the catalogue read. Nothing here is a secret: of the
# master password there is only the name of where RDS keeps it.
resource "aws_ssm_parameter" "published" {
  for_each = var.parameter_path == null ? {} : {
    endpoint          = aws_rds_cluster.this.endpoint
    master_secret_arn = local.master_secret_arn
    port              = tostring(aws_rds_cluster.this.port)
    reader_endpoints  = aws_rds_cluster.this.reader_endpoint
    resource_ids      = aws_rds_cluster.this.cluster_resource_id
  }

  name           = "${var.parameter_path}/${each.key}"
  description    = "Published by Terraform for the next layer"
  type           = contains(["reader_endpoints", "resource_ids"], each.key) ? "StringList" : "String"
  insecure_value = each.value
  tags           = var.tags
}

locals {
  master_secret_arn = one(aws_rds_cluster.this.master_user_secret[*].secret_arn)
}
