# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "google" {
  override_during = plan
}

variables {
  name           = "streaming-production-row-1"
  region         = "europe-west1"
  project_number = "123456789012"
  keys = {
    cell = { id = "cell" }
    acme = { id = "tenant-acme", services = ["gcp-sa-secretmanager"], tenant = "acme", tier = "enterprise" }
  }
  labels = { layer = "foundation" }
}

run "every_key_renews_itself" {
  command = plan

  variables {
    rotation_days = 90
  }

  assert {
    condition     = alltrue([for key in google_kms_crypto_key.this : key.rotation_period == "7776000s" && key.destroy_scheduled_duration == "2592000s"])
    error_message = "90 days, and 30 to think again."
  }
}

run "labels" {
  command = plan

  assert {
    condition     = google_kms_crypto_key.this["acme"].labels == tomap({ layer = "foundation", tenant = "acme", tier = "enterprise" })
    error_message = "The facts of an entry are its labels."
  }

  assert {
    condition     = google_kms_crypto_key.this["cell"].labels == tomap({ layer = "foundation" })
    error_message = "What is not known is not labelled."
  }
}

run "services_use_every_key" {
  command = plan

  assert {
    condition     = length(google_kms_crypto_key_iam_member.service) == 4
    error_message = "The cell's key by each service, a tenant's by the one that keeps its secret."
  }

  assert {
    condition     = google_kms_crypto_key_iam_member.service["acme/gcp-sa-secretmanager"].member == "serviceAccount:service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com"
    error_message = "The project's own account of the service."
  }
}

run "refuses_two_entries_with_one_key" {
  command = plan

  variables {
    keys = { a = { id = "same" }, b = { id = "same" } }
  }

  expect_failures = [var.keys]
}
