# Neither a ring nor a key can ever be made again under its name.
resource "google_kms_key_ring" "this" {
  name     = var.name
  location = var.region

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key" "this" {
  for_each = var.keys

  name                       = each.value.id
  key_ring                   = google_kms_key_ring.this.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.rotation_days * 86400}s"
  destroy_scheduled_duration = "2592000s"

  labels = merge(
    var.labels,
    { for name, value in { tenant = each.value.tenant, tier = each.value.tier } : name => value if value != null },
  )

  lifecycle {
    # Without the key everything written under it is lost, backups too. Terraform
    # wants a literal here; README.md says how a key is let go on purpose.
    prevent_destroy = true
  }
}

# Google's services use a key as accounts of their own.
resource "google_kms_crypto_key_iam_member" "service" {
  for_each = merge([
    for key, entry in var.keys : {
      for service in coalesce(entry.services, var.services) : "${key}/${service}" => { key = key, service = service }
    }
  ]...)

  crypto_key_id = google_kms_crypto_key.this[each.value.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:service-${var.project_number}@${each.value.service}.iam.gserviceaccount.com"
}
