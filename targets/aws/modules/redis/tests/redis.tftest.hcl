# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "aws" {
  override_during = plan

  mock_resource "aws_elasticache_replication_group" {
    defaults = {
      arn                            = "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:cache"
      configuration_endpoint_address = "all.example.internal"
      primary_endpoint_address       = "primary.example.internal"
      reader_endpoint_address        = "reader.example.internal"
    }
  }
}

variables {
  identifier             = "streaming-production-cache"
  engine                 = "valkey"
  engine_version         = "8.1"
  family                 = "valkey8"
  node_type              = "cache.m7g.large"
  replicas               = 1
  multi_az               = true
  snapshot_days          = 7
  kms_key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  vpc_id                 = "vpc-00000000000000001"
  subnet_ids             = ["subnet-00000000000000001", "subnet-00000000000000002"]
  client_security_groups = { clients = "sg-00000000000000001" }
  parameters             = [{ name = "maxmemory-policy", value = "allkeys-lfu" }]
  tags                   = { database = "cache" }
}

run "encrypted_at_rest_and_on_the_way" {
  command = plan

  assert {
    condition     = aws_elasticache_replication_group.this.at_rest_encryption_enabled && aws_elasticache_replication_group.this.kms_key_id == var.kms_key_arn
    error_message = "At rest with the given key."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    error_message = "TLS, and nothing but TLS."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.auth_token == null
    error_message = "No password in any state."
  }
}

run "the_default_user_may_do_nothing" {
  command = plan

  assert {
    condition     = aws_elasticache_user.default.user_name == "default" && aws_elasticache_user.default.access_string == "off resetkeys resetchannels -@all"
    error_message = "Who names no user is nobody."
  }

  assert {
    condition     = aws_elasticache_user_group.this.user_ids == toset([aws_elasticache_user.default.user_id])
    error_message = "The group begins with the default user alone."
  }
}

run "one_shard_fails_over" {
  command = plan

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "A replica in another zone takes over."
  }

  assert {
    condition     = output.endpoint == "primary.example.internal" && output.reader_endpoint == "reader.example.internal"
    error_message = "Writes go to the primary, reads may go elsewhere."
  }

  assert {
    condition     = { for parameter in aws_elasticache_parameter_group.this.parameter : parameter.name => parameter.value } == { maxmemory-policy = "allkeys-lfu" }
    error_message = "The given settings, nothing else."
  }
}

run "several_shards_are_a_cluster" {
  command = plan

  variables {
    shards = 3
  }

  assert {
    condition     = aws_elasticache_replication_group.this.num_node_groups == 3 && output.endpoint == "all.example.internal"
    error_message = "One address for all shards."
  }

  assert {
    condition     = { for parameter in aws_elasticache_parameter_group.this.parameter : parameter.name => parameter.value }["cluster-enabled"] == "yes"
    error_message = "The switch is on."
  }
}

run "publishes_for_the_next_layer" {
  command = plan

  variables {
    parameter_path = "/streaming/production/row-1/data/cache"
  }

  assert {
    condition = toset([for parameter in aws_ssm_parameter.published : parameter.name]) == toset([
      "/streaming/production/row-1/data/cache/arn",
      "/streaming/production/row-1/data/cache/endpoint",
      "/streaming/production/row-1/data/cache/user_group_id",
    ])
    error_message = "Three names under the path."
  }
}

run "refuses_a_family_of_another_version" {
  command = plan

  variables {
    family = "redis7"
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

run "every_node_is_watched" {
  command = plan

  assert {
    condition = toset([for alarm in values(aws_cloudwatch_metric_alarm.node) : alarm.dimensions.CacheClusterId]) == toset([
      "streaming-production-cache-001", "streaming-production-cache-002",
    ])
    error_message = "By the names that ElastiCache gives them."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.node) == 6
    error_message = "Processor, memory and lag of each."
  }
}

run "nodes_of_shards_are_watched" {
  command = plan

  variables {
    shards   = 2
    replicas = 0
    multi_az = false
  }

  assert {
    condition = toset([for alarm in values(aws_cloudwatch_metric_alarm.node) : alarm.dimensions.CacheClusterId]) == toset([
      "streaming-production-cache-0001-001", "streaming-production-cache-0002-001",
    ])
    error_message = "A node for each shard."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.node) == 4
    error_message = "Nobody is behind."
  }
}
