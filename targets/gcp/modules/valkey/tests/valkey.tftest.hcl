# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "google" {
  override_during = plan
}

variables {
  identifier     = "streaming-production-cache"
  region         = "europe-west1"
  project        = "example"
  engine_version = "VALKEY_8_0"
  node_type      = "HIGHMEM_MEDIUM"
  replicas       = 1
  persistence    = "RDB"
  backup_days    = 7
  network_id     = "projects/example/global/networks/cell"
  kms_key_id     = "projects/example/locations/europe-west1/keyRings/cell/cryptoKeys/cell"
  parameters     = [{ name = "maxmemory-policy", value = "allkeys-lfu" }]
}

run "only_iam_only_tls" {
  command = plan

  assert {
    condition     = google_memorystore_instance.this.authorization_mode == "IAM_AUTH" && google_memorystore_instance.this.transit_encryption_mode == "SERVER_AUTHENTICATION" && google_memorystore_instance.this.kms_key == var.kms_key_id
    error_message = "Users by IAM, TLS, the given key."
  }
}

run "one_shard_is_no_cluster" {
  command = plan

  assert {
    condition     = google_memorystore_instance.this.mode == "CLUSTER_DISABLED" && google_memorystore_instance.this.persistence_config[0].rdb_config[0].rdb_snapshot_period == "ONE_HOUR" && length(google_memorystore_instance.this.persistence_config[0].aof_config) == 0
    error_message = "One primary, with snapshots."
  }

  assert {
    condition     = google_memorystore_instance.this.automated_backup_config[0].retention == "604800s"
    error_message = "Backups of a week."
  }
}

run "several_shards_are_a_cluster" {
  command = plan

  variables {
    shards      = 3
    persistence = "DISABLED"
    backup_days = 0
  }

  assert {
    condition     = google_memorystore_instance.this.mode == "CLUSTER" && length(google_memorystore_instance.this.automated_backup_config) == 0
    error_message = "A cluster without backups."
  }
}

run "refuses_another_persistence" {
  command = plan

  variables {
    persistence = "both"
  }

  expect_failures = [var.persistence]
}
