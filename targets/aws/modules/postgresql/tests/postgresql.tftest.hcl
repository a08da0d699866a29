# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "aws" {
  override_during = plan

  mock_resource "aws_db_instance" {
    defaults = {
      address            = "main.example.internal"
      resource_id        = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds" }]
    }
  }

  mock_resource "aws_security_group" {
    defaults = {
      id = "sg-0000000000000000a"
    }
  }
}

variables {
  identifier             = "streaming-production-main"
  engine_version         = "16"
  family                 = "postgres16"
  instance_class         = "db.m7g.2xlarge"
  storage_gib            = 500
  max_storage_gib        = 1000
  multi_az               = true
  replicas               = [1, 3]
  backup_days            = 30
  kms_key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  vpc_id                 = "vpc-00000000000000001"
  db_subnet_group_name   = "streaming-production"
  client_security_groups = { clients = "sg-00000000000000001" }
  client_cidrs           = ["10.1.0.0/16", "10.2.0.0/16"]
  parameters = [
    { name = "log_min_duration_statement", value = "250", apply_method = "immediate" },
    { name = "shared_preload_libraries", value = "pg_stat_statements,pg_cron", apply_method = "pending-reboot" },
  ]
  tags = { database = "main" }
}

run "primary_is_encrypted_private_and_backed_up" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.storage_encrypted && aws_db_instance.primary.kms_key_id == var.kms_key_arn
    error_message = "Storage is encrypted with the given key."
  }

  assert {
    condition     = aws_db_instance.primary.manage_master_user_password == true && aws_db_instance.primary.password == null && aws_db_instance.primary.master_user_secret_kms_key_id == var.kms_key_arn
    error_message = "RDS keeps the password, under the same key."
  }

  assert {
    condition     = !aws_db_instance.primary.publicly_accessible && aws_db_instance.primary.iam_database_authentication_enabled
    error_message = "Private, with IAM logins."
  }

  assert {
    condition     = aws_db_instance.primary.backup_retention_period == 30 && !aws_db_instance.primary.skip_final_snapshot && aws_db_instance.primary.copy_tags_to_snapshot
    error_message = "Backups and a last snapshot."
  }

  assert {
    condition     = aws_db_instance.primary.deletion_protection && !aws_db_instance.primary.apply_immediately && aws_db_instance.primary.multi_az
    error_message = "Protected, patient and in two zones."
  }

  assert {
    condition     = aws_db_instance.primary.tags == tomap({ database = "main", role = "primary" })
    error_message = "The given tags and the role."
  }
}

run "replicas_by_number" {
  command = plan

  assert {
    condition     = toset(keys(aws_db_instance.replica)) == toset(["1", "3"])
    error_message = "One replica per number, keyed by it."
  }

  assert {
    condition     = aws_db_instance.replica["3"].identifier == "streaming-production-main-replica-3"
    error_message = "The number is in the name."
  }

  assert {
    condition     = alltrue([for replica in aws_db_instance.replica : replica.replicate_source_db == "streaming-production-main" && replica.storage_encrypted && replica.parameter_group_name == aws_db_parameter_group.this.name])
    error_message = "Replicas follow the primary, encrypted, with its settings."
  }

  assert {
    condition     = length(output.resource_ids) == 3 && length(output.reader_endpoints) == 2
    error_message = "Three instances to log in to, two to read from."
  }
}

run "logs_are_kept_as_long_as_asked" {
  command = plan

  variables {
    log_retention_days = 400
  }

  assert {
    condition     = length(aws_cloudwatch_log_group.this) == 6 && alltrue([for group in aws_cloudwatch_log_group.this : group.retention_in_days == 400])
    error_message = "Two groups an instance."
  }

  assert {
    condition     = contains(keys(aws_cloudwatch_log_group.this), "streaming-production-main-replica-3/upgrade")
    error_message = "Replicas too."
  }
}

run "without_replicas_reads_go_to_the_primary" {
  command = plan

  variables {
    replicas        = []
    max_storage_gib = null
  }

  assert {
    condition     = length(aws_db_instance.replica) == 0 && output.reader_endpoints == tolist([output.endpoint])
    error_message = "The primary answers reads."
  }
}

run "alarms" {
  command = plan

  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-west-1:123456789012:platform"]
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.instance)) == toset([
      "streaming-production-main/cpu", "streaming-production-main/storage",
      "streaming-production-main-replica-1/cpu", "streaming-production-main-replica-1/replica-lag", "streaming-production-main-replica-1/storage",
      "streaming-production-main-replica-3/cpu", "streaming-production-main-replica-3/replica-lag", "streaming-production-main-replica-3/storage",
    ])
    error_message = "Two an instance, and the lag of each replica."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.instance["streaming-production-main/storage"].threshold == 53687091200 && aws_cloudwatch_metric_alarm.instance["streaming-production-main/storage"].comparison_operator == "LessThanThreshold"
    error_message = "A tenth of 500 GiB."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.instance : length(alarm.alarm_actions) == 1])
    error_message = "Every alarm is heard."
  }
}

run "settings" {
  command = plan

  assert {
    condition     = aws_db_parameter_group.this.name == "streaming-production-main-postgres16" && aws_db_parameter_group.this.family == "postgres16"
    error_message = "The family is in the name, so that another family makes another group."
  }

  assert {
    condition = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => [parameter.value, parameter.apply_method] } == {
      log_min_duration_statement = ["250", "immediate"]
      shared_preload_libraries   = ["pg_stat_statements,pg_cron", "pending-reboot"]
    }
    error_message = "Each parameter once, as given."
  }
}

run "only_clients_get_in" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_ingress_rule.group["clients"].referenced_security_group_id == "sg-00000000000000001"
    error_message = "A rule per group, keyed by its name."
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.cidr)) == toset(["10.1.0.0/16", "10.2.0.0/16"])
    error_message = "A rule per range, keyed by it."
  }

  assert {
    condition = alltrue([
      for rule in concat(values(aws_vpc_security_group_ingress_rule.group), values(aws_vpc_security_group_ingress_rule.cidr)) :
      rule.from_port == 5432 && rule.to_port == 5432 && rule.ip_protocol == "tcp"
    ])
    error_message = "Only the one port."
  }
}

run "publishes_for_the_next_layer" {
  command = plan

  variables {
    parameter_path = "/streaming/production/row-1/data/main"
  }

  assert {
    condition = { for key, parameter in aws_ssm_parameter.published : parameter.name => parameter.type } == {
      "/streaming/production/row-1/data/main/endpoint"          = "String"
      "/streaming/production/row-1/data/main/master_secret_arn" = "String"
      "/streaming/production/row-1/data/main/port"              = "String"
      "/streaming/production/row-1/data/main/reader_endpoints"  = "StringList"
      "/streaming/production/row-1/data/main/resource_ids"      = "StringList"
    }
    error_message = "Five names under the path."
  }
}

run "refuses_a_family_of_another_version" {
  command = plan

  variables {
    family = "postgres15"
  }

  expect_failures = [var.family]
}

run "refuses_the_whole_internet" {
  command = plan

  variables {
    client_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.client_cidrs]
}

run "refuses_an_alias_for_a_key" {
  command = plan

  variables {
    kms_key_arn = "alias/streaming"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_a_parameter_twice" {
  command = plan

  variables {
    parameters = [
      { name = "work_mem", value = "4096", apply_method = "immediate" },
      { name = "work_mem", value = "8192", apply_method = "immediate" },
    ]
  }

  expect_failures = [var.parameters]
}

run "refuses_growth_below_the_start" {
  command = plan

  variables {
    max_storage_gib = 100
  }

  expect_failures = [var.max_storage_gib]
}

run "tls_or_nothing_in_14" {
  command = plan

  variables {
    engine_version = "14"
    family         = "postgres14"
  }

  assert {
    condition     = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value }["rds.force_ssl"] == "1"
    error_message = "14 lets clients in without TLS unless it is told not to."
  }
}
