# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "clickhouse" {
  override_during = plan
}

variables {
  identifier             = "streaming-production-reports"
  cloud                  = "aws"
  region                 = "eu-west-1"
  memory_gib             = 16
  replicas               = 1
  backup_days            = 14
  administrator_password = "for-this-test-alone"
  tags                   = { environment = "production" }
}

run "no_password_in_the_state" {
  command = plan

  assert {
    condition     = clickhouse_service.this.password == null && clickhouse_service.this.password_hash == null && clickhouse_service.this.double_sha1_password_hash == null
    error_message = "Neither the password nor its hash."
  }

  assert {
    condition     = clickhouse_service.this.password_wo_version == 1
    error_message = "It is sent for a version."
  }
}

run "nobody_over_the_internet" {
  command = plan

  assert {
    condition     = length(clickhouse_service.this.ip_access) == 0 && length(clickhouse_service_private_endpoints_attachment.this.private_endpoint_ids) == 0
    error_message = "Nobody before somebody is named."
  }
}

run "three_replicas_that_stay_awake" {
  command = plan

  assert {
    condition     = clickhouse_service.this.num_replicas == 3 && clickhouse_service.this.min_replica_memory_gb == 16 && clickhouse_service.this.max_replica_memory_gb == 16
    error_message = "Three at least, each with the memory that is said."
  }

  assert {
    condition     = !clickhouse_service.this.idle_scaling
    error_message = "It does not sleep."
  }
}

run "backups_as_said" {
  command = plan

  assert {
    condition     = clickhouse_service.this.backup_configuration.backup_retention_period_in_hours == 336 && clickhouse_service.this.backup_configuration.backup_period_in_hours == 24
    error_message = "Each day, for fourteen."
  }
}

run "refuses_the_whole_internet" {
  command = plan

  variables {
    client_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.client_cidrs]
}

run "refuses_memory_that_is_no_size" {
  command = plan

  variables {
    memory_gib = 10
  }

  expect_failures = [var.memory_gib]
}
