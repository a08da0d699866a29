output "key_ids" {
  description = "Id of each key, by entry."
  value       = { for id, key in google_kms_crypto_key.this : id => key.id }
}
