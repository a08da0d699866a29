# Whom a tenant's workloads run as.
resource "google_service_account" "tenant" {
  for_each = var.tenants

  account_id   = each.value.account
  display_name = "Tenant ${each.key}"
  description  = "Reaches the stores of one tenant"
}

# A place for each tenant's secret. What is in it is written by whoever makes it
# (a rotation job, Vault, an operator), never by Terraform: no state holds it.
resource "google_secret_manager_secret" "tenant" {
  for_each = var.tenants

  secret_id           = "${replace(var.name_prefix, "/", "-")}-tenants-${each.key}"
  deletion_protection = true
  version_destroy_ttl = "2592000s"
  labels = merge(
    var.labels,
    { for name, value in { tenant = each.value.label, tier = each.value.tier } : name => value if value != null },
  )

  replication {
    user_managed {
      replicas {
        location = var.region

        customer_managed_encryption {
          kms_key_name = local.keys[each.key]
        }
      }
    }
  }
}

# Its own secret, and nothing else.
resource "google_secret_manager_secret_iam_member" "tenant" {
  for_each = var.tenants

  secret_id = google_secret_manager_secret.tenant[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.tenant[each.key].member
}

# A tenant with a key of its own has it in the cell's ring.
data "google_kms_crypto_key" "own" {
  for_each = { for id, tenant in var.tenants : id => tenant.own_key if tenant.own_key != null }

  name     = each.value
  key_ring = var.key_ring_id
}

locals {
  keys = {
    for id, tenant in var.tenants : id => tenant.own_key == null ? var.cell_key_id : data.google_kms_crypto_key.own[id].id
  }
}
