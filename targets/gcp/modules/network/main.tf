resource "google_compute_network" "this" {
  name                            = var.name
  auto_create_subnetworks         = false
  delete_default_routes_on_create = true
  routing_mode                    = "REGIONAL"
}

# The lower half of the range is for clients and endpoints, the upper half for what Google runs for us.
resource "google_compute_subnetwork" "clients" {
  name                     = "${var.name}-clients"
  network                  = google_compute_network.this.id
  region                   = var.region
  ip_cidr_range            = cidrsubnet(var.cidr, 1, 0)
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_global_address" "services" {
  name          = "${var.name}-services"
  network       = google_compute_network.this.id
  address_type  = "INTERNAL"
  purpose       = "VPC_PEERING"
  address       = cidrhost(cidrsubnet(var.cidr, 1, 1), 0)
  prefix_length = tonumber(split("/", var.cidr)[1]) + 1
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
}

# Endpoints of Memorystore are made in the clients' subnet.
resource "google_network_connectivity_service_connection_policy" "memorystore" {
  name          = "${var.name}-memorystore"
  location      = var.region
  network       = google_compute_network.this.id
  service_class = "gcp-memorystore"

  psc_config {
    subnetworks = [google_compute_subnetwork.clients.id]
  }
}

# Nothing gets in that is not a client; nothing gets out but to this network.
resource "google_compute_firewall" "clients" {
  name               = "${var.name}-clients"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = [var.cidr]

  allow {
    protocol = "tcp"
    ports    = [for port in sort([for port in var.client_ports : tostring(port)]) : port]
  }
}

resource "google_compute_firewall" "out" {
  name               = "${var.name}-out"
  network            = google_compute_network.this.id
  direction          = "EGRESS"
  priority           = 65000
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }
}
