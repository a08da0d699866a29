resource "aws_kms_key" "this" {
  for_each = var.keys

  description             = "Data of ${each.value.name}"
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_period_in_days
  deletion_window_in_days = var.deletion_window_in_days
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

locals {
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
