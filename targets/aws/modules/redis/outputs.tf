output "arn" {
  description = "ARN of the replication group."
  value       = aws_elasticache_replication_group.this.arn
}

output "endpoint" {
  description = "Address of the primary; with several shards, of the whole cluster."
  value       = local.endpoint
}

output "reader_endpoint" {
  description = "Address to read from; null with several shards."
  value       = var.shards > 1 ? null : aws_elasticache_replication_group.this.reader_endpoint_address
}

output "user_group_id" {
  description = "Group that users of this store join."
  value       = aws_elasticache_user_group.this.user_group_id
}
