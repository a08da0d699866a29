mock_provider "google" {}

variables {
  name   = "streaming-production-row-1"
  cidr   = "10.20.0.0/16"
  region = "europe-west1"
}

run "the_range_is_cut_in_two" {
  command = plan

  assert {
    condition     = google_compute_subnetwork.clients.ip_cidr_range == "10.20.0.0/17"
    error_message = "Clients have the lower half."
  }

  assert {
    condition     = google_compute_global_address.services.address == "10.20.128.0" && google_compute_global_address.services.prefix_length == 17
    error_message = "Services have the upper half."
  }
}

run "nothing_leaves_but_to_the_stores" {
  command = plan

  variables {
    client_ports = [5432, 6379]
  }

  assert {
    condition     = google_compute_firewall.clients.destination_ranges == toset(["10.20.0.0/16"]) && google_compute_firewall.out.priority > google_compute_firewall.clients.priority
    error_message = "Into this network, and then nothing."
  }

  assert {
    condition     = one(google_compute_firewall.clients.allow).ports == tolist(["5432", "6379"])
    error_message = "Only the stores' ports."
  }

  assert {
    condition     = !google_compute_network.this.auto_create_subnetworks && google_compute_subnetwork.clients.private_ip_google_access
    error_message = "One subnet, and Google's own services from inside."
  }
}

run "refuses_a_network_too_small_to_cut" {
  command = plan

  variables {
    cidr = "10.20.0.0/28"
  }

  expect_failures = [var.cidr]
}
