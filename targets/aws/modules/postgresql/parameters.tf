# What the next layer and the catalogue read. Nothing here is a secret: of the
# master password there is only the name of where RDS keeps it.
resource "aws_ssm_parameter" "published" {
  for_each = var.parameter_path == null ? {} : {
    endpoint          = aws_db_instance.primary.address
    master_secret_arn = local.master_secret_arn
    port              = tostring(aws_db_instance.primary.port)
    reader_endpoints  = join(",", local.reader_addresses)
    resource_ids      = join(",", local.resource_ids)
  }

  name           = "${var.parameter_path}/${each.key}"
  description    = "Published by Terraform for the next layer"
  type           = contains(["reader_endpoints", "resource_ids"], each.key) ? "StringList" : "String"
  insecure_value = each.value
  tags           = var.tags
}

locals {
  master_secret_arn = one(aws_db_instance.primary.master_user_secret[*].secret_arn)

  # Reads go to the replicas; where there are none, to the primary.
  reader_addresses = tolist(coalescelist(
    [for replica in aws_db_instance.replica : replica.address],
    [aws_db_instance.primary.address],
  ))

  # IAM grants a database login by these ids, one for each instance.
  resource_ids = concat(
    [aws_db_instance.primary.resource_id],
    [for replica in aws_db_instance.replica : replica.resource_id],
  )
}
