mock_provider "google" {
  override_during = plan

  mock_data "google_kms_crypto_key" {
    defaults = {
      id = "projects/example/locations/europe-west1/keyRings/cell/cryptoKeys/tenant-acme"
    }
  }

  mock_resource "google_service_account" {
    defaults = {
      member = "serviceAccount:acme@example.iam.gserviceaccount.com"
    }
  }
}

variables {
  name_prefix = "streaming/production/row-1"
  region      = "europe-west1"
  key_ring_id = "projects/example/locations/europe-west1/keyRings/cell"
  cell_key_id = "projects/example/locations/europe-west1/keyRings/cell/cryptoKeys/cell"
  tenants = {
    acme = { account = "acme-1a2b3c4d", label = "acme", own_key = "tenant-acme", tier = "enterprise" }
    no   = { account = "no-5e6f7a8b", label = "no" }
  }
}

run "each_tenant_has_an_account_a_secret_and_its_right" {
  command = plan

  assert {
    condition     = toset(keys(google_service_account.tenant)) == toset(["acme", "no"]) && length(google_secret_manager_secret_iam_member.tenant) == 2
    error_message = "One of each."
  }

  assert {
    condition     = google_secret_manager_secret.tenant["no"].secret_id == "streaming-production-row-1-tenants-no"
    error_message = "The prefix and the id."
  }

  assert {
    condition     = alltrue([for member in google_secret_manager_secret_iam_member.tenant : member.role == "roles/secretmanager.secretAccessor" && startswith(member.member, "serviceAccount:")])
    error_message = "Reading, by the tenant's own account."
  }
}

run "own_key_or_the_cells" {
  command = plan

  assert {
    condition     = endswith(google_secret_manager_secret.tenant["acme"].replication[0].user_managed[0].replicas[0].customer_managed_encryption[0].kms_key_name, "/tenant-acme")
    error_message = "A tenant's own key."
  }

  assert {
    condition     = google_secret_manager_secret.tenant["no"].replication[0].user_managed[0].replicas[0].customer_managed_encryption[0].kms_key_name == var.cell_key_id
    error_message = "The cell's key otherwise."
  }
}

run "refuses_two_tenants_with_one_account" {
  command = plan

  variables {
    tenants = {
      a = { account = "same-account", label = "a" }
      b = { account = "same-account", label = "b" }
    }
  }

  expect_failures = [var.tenants]
}
