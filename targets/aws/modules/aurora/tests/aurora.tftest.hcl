# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "aws" {
  override_during = plan

  mock_resource "aws_rds_cluster" {
    defaults = {
      id                  = "streaming-production-main"
      endpoint            = "writer.example.internal"
      reader_endpoint     = "reader.example.internal"
      cluster_resource_id = "cluster-ABCDEFGHIJKL"
      master_user_secret  = [{ secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds", secret_status = "active", kms_key_id = "" }]
    }
  }
}

variables {
  identifier             = "streaming-production-main"
  engine_version         = "16"
  family                 = "aurora-postgresql16"
  database_name          = "main"
  instance_class         = "db.r7g.large"
  replicas               = [1, 2]
  backup_days            = 14
  kms_key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  vpc_id                 = "vpc-00000000000000001"
  db_subnet_group_name   = "streaming-production-row-1"
  client_security_groups = { clients = "sg-00000000000000001" }
  parameters             = [{ name = "work_mem", value = "8192", apply_method = "immediate" }]
  tags                   = { database = "main" }
}

run "encrypted_and_without_a_password" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.kms_key_id == var.kms_key_arn
    error_message = "At rest with the given key."
  }

  assert {
    condition     = aws_rds_cluster.this.manage_master_user_password && aws_rds_cluster.this.master_password == null
    error_message = "RDS keeps the password, no state does."
  }

  assert {
    condition     = alltrue([for instance in values(aws_rds_cluster_instance.this) : !instance.publicly_accessible && instance.performance_insights_kms_key_id == var.kms_key_arn])
    error_message = "Private, and figures under the key, too."
  }
}

run "a_writer_and_its_readers" {
  command = plan

  assert {
    condition     = toset([for instance in values(aws_rds_cluster_instance.this) : instance.identifier]) == toset(["streaming-production-main-0", "streaming-production-main-1", "streaming-production-main-2"])
    error_message = "An instance for each reader, and one to write."
  }

  assert {
    condition     = aws_rds_cluster_instance.this["0"].promotion_tier == 0 && length(aws_cloudwatch_metric_alarm.cpu) == 3 && length(aws_cloudwatch_metric_alarm.replica_lag) == 1
    error_message = "Each is watched."
  }

  assert {
    condition     = { for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.name => parameter.value } == { "rds.force_ssl" = "1", work_mem = "8192" }
    error_message = "TLS, the given settings, nothing else."
  }
}

run "nothing_is_lost_by_mistake" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.deletion_protection && !aws_rds_cluster.this.skip_final_snapshot && !aws_rds_cluster.this.delete_automated_backups && aws_rds_cluster.this.backup_retention_period == 14
    error_message = "Protected, with a last snapshot, and backups that outlive it."
  }
}

run "publishes_for_the_next_layer" {
  command = plan

  variables {
    parameter_path = "/streaming/production/row-1/data/main"
  }

  assert {
    condition     = aws_ssm_parameter.published["resource_ids"].insecure_value == "cluster-ABCDEFGHIJKL" && aws_ssm_parameter.published["endpoint"].insecure_value == "writer.example.internal"
    error_message = "What the layer of access needs."
  }

  assert {
    condition     = length(aws_ssm_parameter.published) == 5
    error_message = "Five names under the path."
  }
}

run "refuses_a_family_of_another_version" {
  command = plan

  variables {
    family = "aurora-postgresql15"
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
