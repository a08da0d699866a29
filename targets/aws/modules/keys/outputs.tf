output "alias_names" {
  description = "Alias of each key, by id."
  value       = { for id, alias in aws_kms_alias.this : id => alias.name }
}

output "key_arns" {
  description = "ARN of each key, by id."
  value       = { for id, key in aws_kms_key.this : id => key.arn }
}
