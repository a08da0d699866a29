# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "google" {
  override_during = plan

  mock_resource "google_sql_database_instance" {
    defaults = {
      private_ip_address = "10.20.128.5"
    }
  }
}

variables {
  identifier      = "streaming-production-main"
  region          = "europe-west1"
  engine_version  = "POSTGRES_16"
  database_name   = "main"
  tier            = "db-custom-8-32768"
  storage_gib     = 500
  max_storage_gib = 1000
  multi_zone      = true
  replicas        = [1, 3]
  backup_days     = 30
  network_id      = "projects/example/global/networks/cell"
  kms_key_id      = "projects/example/locations/europe-west1/keyRings/cell/cryptoKeys/cell"
  parameters = [
    { name = "log_min_duration_statement", value = "250" },
  ]
  labels = { database = "main" }
}

run "primary_is_encrypted_private_and_backed_up" {
  command = plan

  assert {
    condition     = google_sql_database_instance.primary.encryption_key_name == var.kms_key_id && google_sql_database_instance.primary.root_password == null
    error_message = "The given key, and no password."
  }

  assert {
    condition     = !google_sql_database_instance.primary.settings[0].ip_configuration[0].ipv4_enabled && google_sql_database_instance.primary.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "Private, and nothing but TLS."
  }

  assert {
    condition     = google_sql_database_instance.primary.settings[0].backup_configuration[0].backup_retention_settings[0].retained_backups == 30 && google_sql_database_instance.primary.settings[0].backup_configuration[0].transaction_log_retention_days == 7
    error_message = "As many backups as asked, and seconds for a week."
  }

  assert {
    condition     = google_sql_database_instance.primary.settings[0].availability_type == "REGIONAL" && google_sql_database_instance.primary.settings[0].deletion_protection_enabled && google_sql_database_instance.primary.settings[0].retain_backups_on_delete
    error_message = "Two zones, protected; backups outlive it."
  }

  assert {
    condition     = google_sql_database_instance.primary.settings[0].user_labels == tomap({ database = "main", role = "primary" })
    error_message = "The given labels and the role."
  }
}

run "replicas_by_number" {
  command = plan

  assert {
    condition     = toset(keys(google_sql_database_instance.replica)) == toset(["1", "3"]) && google_sql_database_instance.replica["3"].name == "streaming-production-main-replica-3"
    error_message = "One replica per number, keyed by it."
  }

  assert {
    condition     = alltrue([for replica in google_sql_database_instance.replica : replica.master_instance_name == "streaming-production-main" && replica.encryption_key_name == var.kms_key_id])
    error_message = "Replicas follow the primary, encrypted."
  }

  assert {
    condition     = length(output.reader_endpoints) == 2
    error_message = "Two to read from."
  }
}

run "flags" {
  command = plan

  assert {
    condition = { for flag in google_sql_database_instance.primary.settings[0].database_flags : flag.name => flag.value } == {
      "cloudsql.iam_authentication" = "on"
      log_min_duration_statement    = "250"
    }
    error_message = "The given flags, and logins by IAM."
  }
}

run "without_replicas_reads_go_to_the_primary" {
  command = plan

  variables {
    replicas = []
  }

  assert {
    condition     = output.reader_endpoints == tolist([output.endpoint])
    error_message = "The primary answers reads."
  }
}

run "refuses_a_tier_of_another_engine" {
  command = plan

  variables {
    tier = "db-n1-standard-2"
  }

  expect_failures = [var.tier]
}

run "refuses_a_flag_twice" {
  command = plan

  variables {
    parameters = [{ name = "work_mem", value = "4096" }, { name = "work_mem", value = "8192" }]
  }

  expect_failures = [var.parameters]
}
