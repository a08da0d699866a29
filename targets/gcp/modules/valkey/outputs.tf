output "endpoints" {
  description = "Where the instance is reached."
  value       = google_memorystore_instance.this.endpoints
}
