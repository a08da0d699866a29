output "parameter_paths" {
  description = "Under each of these SSM paths a database publishes endpoint, master_secret_arn, port, reader_endpoints and resource_ids."
  value = [
    "/streaming/production/eu-west-1-row-1/data/main",
  ]
}
