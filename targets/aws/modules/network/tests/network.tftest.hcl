mock_provider "aws" {}

variables {
  name  = "streaming-production-row-1"
  cidr  = "10.20.0.0/16"
  zones = ["eu-west-1c", "eu-west-1a"]
}

run "subnets_follow_the_zone_letter" {
  command = plan

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == {
      "eu-west-1a" = "10.20.0.0/19"
      "eu-west-1c" = "10.20.64.0/19"
    }
    error_message = "Zone c is the third eighth, whichever zones there are."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.private : !subnet.map_public_ip_on_launch])
    error_message = "No public addresses."
  }

  assert {
    condition     = length(aws_flow_log.this) == 0 && length(aws_ssm_parameter.published) == 0
    error_message = "Flow logs and parameters are asked for."
  }
}

run "publishes_for_the_next_layer" {
  variables {
    parameter_path          = "/streaming/production/row-1/foundation"
    flow_log_retention_days = 90
    client_ports            = [5432, 6379]
    tags                    = { layer = "foundation" }
  }

  assert {
    condition = toset([for parameter in aws_ssm_parameter.published : parameter.name]) == toset([
      "/streaming/production/row-1/foundation/client_security_group_id",
      "/streaming/production/row-1/foundation/db_subnet_group_name",
      "/streaming/production/row-1/foundation/private_subnet_ids",
      "/streaming/production/row-1/foundation/vpc_id",
    ])
    error_message = "Four names under the path."
  }

  assert {
    condition     = aws_ssm_parameter.published["vpc_id"].insecure_value == aws_vpc.this.id
    error_message = "The id of the VPC, in clear: it is no secret."
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.clients : rule.from_port]) == toset([5432, 6379])
    error_message = "A rule per port."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.clients : rule.cidr_ipv4 == "10.20.0.0/16" && rule.from_port == rule.to_port])
    error_message = "Only into this network, only the port."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow_logs[0].retention_in_days == 90
    error_message = "Flow logs are kept as long as asked."
  }

  assert {
    condition     = aws_vpc.this.tags == tomap({ Name = "streaming-production-row-1", layer = "foundation" })
    error_message = "The given tags and the name."
  }
}

run "refuses_one_zone" {
  command = plan

  variables {
    zones = ["eu-west-1a"]
  }

  expect_failures = [var.zones]
}

run "refuses_a_network_too_small_to_cut" {
  command = plan

  variables {
    cidr = "10.20.0.0/28"
  }

  expect_failures = [var.cidr]
}
