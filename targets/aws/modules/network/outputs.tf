output "client_security_group_id" {
  description = "Security group whose members may connect to the stores."
  value       = aws_security_group.clients.id
}

output "db_subnet_group_name" {
  description = "Subnet group for RDS instances."
  value       = aws_db_subnet_group.this.name
}

output "private_subnet_ids" {
  description = "Id of the private subnet of each zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}
