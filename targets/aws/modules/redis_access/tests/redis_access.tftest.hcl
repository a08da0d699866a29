mock_provider "aws" {
  override_during = plan

  mock_resource "aws_elasticache_user" {
    defaults = {
      arn = "arn:aws:elasticache:eu-west-1:123456789012:user:acme"
    }
  }
}

variables {
  name_prefix = "streaming/production/row-1"
  databases = {
    cache = { arn = "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:cache", user_group_id = "cache" }
    queue = { arn = "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:queue", user_group_id = "queue" }
  }
  tenants = {
    acme = { users = { cache = "acme-1a2b3c4d" }, tier = "enterprise" }
    gone = { users = { cache = "gone-1a2b3c4d", queue = "gone-5e6f7a8b" }, closed = true }
  }
}

run "each_tenant_has_its_own_keys_and_channels" {
  command = plan

  assert {
    condition     = startswith(aws_elasticache_user.tenant["acme/cache"].access_string, "on resetkeys ~tenant:acme:* resetchannels &tenant:acme:* -@all ")
    error_message = "Its prefix, and nothing before it."
  }

  assert {
    condition     = alltrue([for user in aws_elasticache_user.tenant : user.user_id == user.user_name && user.authentication_mode[0].type == "iam"])
    error_message = "IAM says who it is: the id is the name, and there is no password."
  }
}

run "a_closed_tenant_is_off" {
  command = plan

  assert {
    condition     = aws_elasticache_user.tenant["gone/queue"].access_string == "off resetkeys resetchannels -@all"
    error_message = "Closed means closed."
  }
}

run "a_user_and_a_place_in_the_group_for_each_store" {
  command = plan

  assert {
    condition     = toset(keys(aws_elasticache_user_group_association.tenant)) == toset(["acme/cache", "gone/cache", "gone/queue"])
    error_message = "One for each tenant and store."
  }

  assert {
    condition     = aws_elasticache_user.tenant["gone/queue"].user_name == "gone-5e6f7a8b" && aws_elasticache_user_group_association.tenant["gone/queue"].user_group_id == "queue"
    error_message = "A user of its own on each store."
  }
}

run "no_wildcard_in_any_policy" {
  command = plan

  assert {
    condition     = alltrue([for policy in aws_iam_policy.tenant : !strcontains(policy.policy, "*")])
    error_message = "No wildcard in any policy."
  }
}

run "refuses_an_id_that_opens_other_keys" {
  command = plan

  variables {
    tenants = { "*" = { users = { cache = "a" } } }
  }

  expect_failures = [var.tenants]
}

run "refuses_two_tenants_with_one_user" {
  command = plan

  variables {
    tenants = {
      a = { users = { cache = "same" } }
      b = { users = { cache = "same" } }
    }
  }

  expect_failures = [var.tenants]
}
