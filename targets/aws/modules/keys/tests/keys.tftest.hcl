# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
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
  alias_prefix = "streaming/production/row-1/tenants"
  keys = {
    acme = { name = "Acme $${not.expanded} Media", tenant = "acme", tier = "enterprise", data_class = "personal" }
    no   = { name = "no", tenant = "no" }
  }
  tags = { layer = "foundation" }
}

run "one_key_and_alias_per_entry" {
  command = plan

  assert {
    condition     = toset(keys(aws_kms_key.this)) == toset(["acme", "no"])
    error_message = "A key per entry, by its id."
  }

  assert {
    condition     = aws_kms_alias.this["acme"].name == "alias/streaming/production/row-1/tenants/acme"
    error_message = "The alias is the prefix and the id."
  }

  assert {
    condition     = aws_kms_key.this["acme"].description == "Data of Acme $${not.expanded} Media"
    error_message = "A name is text, whatever it looks like."
  }
}

run "rotation_and_deletion" {
  command = plan

  variables {
    rotation_period_in_days = 90
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.rotation_period_in_days == 90])
    error_message = "Every key rotates."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.deletion_window_in_days == 30])
    error_message = "The longest window is the default."
  }
}

run "tags" {
  command = plan

  assert {
    condition = aws_kms_key.this["acme"].tags == tomap({
      data_class = "personal"
      layer      = "foundation"
      tenant     = "acme"
      tier       = "enterprise"
    })
    error_message = "The facts of an entry are its tags."
  }

  assert {
    condition     = aws_kms_key.this["no"].tags == tomap({ layer = "foundation", tenant = "no" })
    error_message = "What is not known is not tagged."
  }
}

run "refuses_a_short_rotation" {
  command = plan

  variables {
    rotation_period_in_days = 30
  }

  expect_failures = [var.rotation_period_in_days]
}

run "refuses_an_id_that_is_no_alias" {
  command = plan

  variables {
    keys = { "'; DROP TABLE x; --" = { name = "x" } }
  }

  expect_failures = [var.keys]
}

run "policy" {
  command = plan

  assert {
    condition = alltrue([
      for key in aws_kms_key.this : jsondecode(key.policy).Statement[0].Principal.AWS == "arn:aws:iam::123456789012:root"
    ])
    error_message = "The account says who may use a key."
  }

  assert {
    condition = alltrue([
      for key in aws_kms_key.this : jsondecode(key.policy).Statement[1].Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"] == "arn:aws:logs:eu-west-1:123456789012:log-group:*"
    ])
    error_message = "CloudWatch uses a key for logs of this account alone."
  }
}
