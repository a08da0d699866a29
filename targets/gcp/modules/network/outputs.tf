output "network_id" {
  description = "Id of the network."
  value       = google_compute_network.this.id
}

output "subnetwork_id" {
  description = "Subnet of clients and endpoints."
  value       = google_compute_subnetwork.clients.id
}
