# What the mocked provider says of values that only Google Cloud knows. Terraform makes
# up random letters for the rest; these have a form that configurations rely on.

mock_data "google_project" {
  defaults = {
    number     = "123456789012"
    project_id = "example-project"
  }
}

mock_data "google_kms_key_ring" {
  defaults = {
    id = "projects/example-project/locations/europe-west1/keyRings/cell"
  }
}

mock_data "google_kms_crypto_key" {
  defaults = {
    id = "projects/example-project/locations/europe-west1/keyRings/cell/cryptoKeys/cell"
  }
}

mock_data "google_compute_network" {
  defaults = {
    id = "projects/example-project/global/networks/cell"
  }
}
