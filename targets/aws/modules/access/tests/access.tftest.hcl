mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }

  mock_data "aws_kms_alias" {
    defaults = {
      target_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/own"
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_region" {
    defaults = {
      region = "eu-west-1"
    }
  }
}

variables {
  name_prefix          = "streaming/production/row-1"
  own_key_alias_prefix = "streaming/production/row-1/tenants"
  cell_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/cell"
  database_resource_ids = {
    main    = ["db-MAIN", "db-MAINREPLICA"]
    reports = ["db-REPORTS"]
  }
  tenants = {
    acme  = { name = "Acme Media", database_user = "tenant_acme", databases = ["main", "reports"], own_key = true, tier = "enterprise", data_class = "personal" }
    globo = { name = "'; DROP TABLE x; --", database_user = "tenant_globo", databases = ["main"] }
  }
}

run "a_container_each_and_never_a_value" {
  assert {
    condition     = toset(keys(aws_secretsmanager_secret.tenant)) == toset(["acme", "globo"])
    error_message = "A secret per tenant, keyed by its id."
  }

  assert {
    condition     = aws_secretsmanager_secret.tenant["acme"].name == "streaming/production/row-1/tenants/acme"
    error_message = "The name is the prefix and the id."
  }

  assert {
    condition     = aws_secretsmanager_secret.tenant["acme"].kms_key_id == "arn:aws:kms:eu-west-1:123456789012:key/own" && aws_secretsmanager_secret.tenant["globo"].kms_key_id == "arn:aws:kms:eu-west-1:123456789012:key/cell"
    error_message = "Its own key where there is one, else the cell's."
  }

  assert {
    condition     = aws_secretsmanager_secret.tenant["acme"].tags == tomap({ tenant = "acme", tier = "enterprise", data_class = "personal" })
    error_message = "The facts of a tenant are its tags."
  }

  assert {
    condition     = aws_secretsmanager_secret.tenant["globo"].tags == tomap({ tenant = "globo" })
    error_message = "A name is no tag: AWS refuses most punctuation there."
  }
}

run "a_tenant_logs_in_as_itself_only" {
  assert {
    condition = toset(jsondecode(aws_iam_policy.tenant["acme"].policy).Statement[0].Resource) == toset([
      "arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-MAIN/tenant_acme",
      "arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-MAINREPLICA/tenant_acme",
      "arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-REPORTS/tenant_acme",
    ])
    error_message = "Every instance of its databases, its own user."
  }

  assert {
    condition = toset(jsondecode(aws_iam_policy.tenant["globo"].policy).Statement[0].Resource) == toset([
      "arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-MAIN/tenant_globo",
      "arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-MAINREPLICA/tenant_globo",
    ])
    error_message = "Not the database that it does not use."
  }

  assert {
    condition = alltrue([
      for id, policy in aws_iam_policy.tenant : jsondecode(policy.policy).Statement[1].Resource == aws_secretsmanager_secret.tenant[id].arn
    ])
    error_message = "Its own secret."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.tenant : !strcontains(policy.policy, "*")])
    error_message = "No wildcard in any policy."
  }
}

run "refuses_a_wildcard_user" {
  command = plan

  variables {
    tenants = {
      acme = { name = "Acme", database_user = "*", databases = ["main"] }
    }
  }

  expect_failures = [var.tenants]
}

run "refuses_two_tenants_with_one_user" {
  command = plan

  variables {
    tenants = {
      acme  = { name = "Acme", database_user = "app", databases = ["main"] }
      globo = { name = "Globo", database_user = "app", databases = ["main"] }
    }
  }

  expect_failures = [var.tenants]
}

run "refuses_a_database_that_is_not_there" {
  command = plan

  variables {
    tenants = {
      acme = { name = "Acme", database_user = "tenant_acme", databases = ["mian"] }
    }
  }

  expect_failures = [var.tenants]
}
