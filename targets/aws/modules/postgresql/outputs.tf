output "arn" {
  description = "ARN of the primary."
  value       = aws_db_instance.primary.arn
}

output "endpoint" {
  description = "Address of the primary."
  value       = aws_db_instance.primary.address
}

output "master_secret_arn" {
  description = "Secret in which RDS keeps the master password."
  value       = local.master_secret_arn
}

output "parameter_group_name" {
  description = "Parameter group of all instances."
  value       = aws_db_parameter_group.this.name
}

output "port" {
  description = "Port of all instances."
  value       = aws_db_instance.primary.port
}

output "reader_endpoints" {
  description = "Addresses to read from: the replicas', or the primary's where there are none."
  value       = local.reader_addresses
}

output "resource_ids" {
  description = "Ids by which IAM grants logins: the primary's, then each replica's."
  value       = local.resource_ids
}

output "security_group_id" {
  description = "Security group of all instances."
  value       = aws_security_group.this.id
}
