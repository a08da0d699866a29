# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name         = "streaming-production-main"
  resource_arn = "arn:aws:rds:eu-west-1:123456789012:db:streaming-production-main"
  kms_key_arn  = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  days         = 30
}

run "locked_for_as_long_as_copies_are_kept" {
  command = plan

  assert {
    condition     = aws_backup_vault_lock_configuration.this.min_retention_days == 30 && one(one(aws_backup_plan.this.rule).lifecycle).delete_after == 30
    error_message = "No copy goes before its time, and each goes then."
  }

  assert {
    condition     = aws_backup_vault_lock_configuration.this.changeable_for_days == 3
    error_message = "After three days the lock is for good: without this it could be taken off."
  }

  assert {
    condition     = aws_backup_vault.this.kms_key_arn == var.kms_key_arn && one(aws_backup_plan.this.rule).target_vault_name == var.name
    error_message = "Under the given key, into the vault that is locked."
  }

  assert {
    condition     = aws_backup_selection.this.resources == toset([var.resource_arn])
    error_message = "This database, and nothing else."
  }
}

run "refuses_a_lock_that_comes_at_once" {
  command = plan

  variables {
    changeable_for_days = 0
  }

  expect_failures = [var.changeable_for_days]
}
