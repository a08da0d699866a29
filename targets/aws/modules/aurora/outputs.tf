output "arn" {
  description = "ARN of the cluster."
  value       = aws_rds_cluster.this.arn
}

output "endpoint" {
  description = "Address of the writer."
  value       = aws_rds_cluster.this.endpoint
}

output "master_secret_arn" {
  description = "Secret in which RDS keeps the master password."
  value       = local.master_secret_arn
}

output "parameter_group_name" {
  description = "Parameter group of the cluster."
  value       = aws_rds_cluster_parameter_group.this.name
}

output "port" {
  description = "Port of all instances."
  value       = aws_rds_cluster.this.port
}

output "reader_endpoint" {
  description = "Address to read from: the readers', or the writer's where there are none."
  value       = aws_rds_cluster.this.reader_endpoint
}

output "resource_ids" {
  description = "The id by which IAM grants logins."
  value       = [aws_rds_cluster.this.cluster_resource_id]
}

output "security_group_id" {
  description = "Security group of all instances."
  value       = aws_security_group.this.id
}
