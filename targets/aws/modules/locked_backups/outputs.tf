output "vault_arn" {
  description = "Vault of the copies."
  value       = aws_backup_vault.this.arn
}
