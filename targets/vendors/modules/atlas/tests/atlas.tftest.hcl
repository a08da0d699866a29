# Plans only: prevent_destroy would refuse the clean-up after an apply.
mock_provider "mongodbatlas" {
  override_during = plan

  mock_resource "mongodbatlas_privatelink_endpoint" {
    defaults = {
      endpoint_service_name            = "com.amazonaws.vpce.eu-west-1.vpce-svc-00000000000000001"
      private_link_service_resource_id = ""
      service_attachment_names         = []
    }
  }
}

variables {
  identifier          = "streaming-production-catalog"
  org_id              = "0123456789abcdef01234567"
  cloud               = "AWS"
  region              = "EU_WEST_1"
  engine_version      = "8.0"
  instance_size       = "M30"
  storage_gib         = 40
  replicas            = 2
  backup_days         = 30
  point_in_time       = true
  deletion_protection = true
  database_name       = "catalog"
  collections         = ["releases", "artists"]
  shared_collections  = ["genres"]
  client_authority    = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
  tags                = { environment = "production" }

  tenants = {
    acme = { user = "acme-1a2b3c4d", role = "t_acme", database = "t_acme", views = false }
    bolt = { user = "bolt-1a2b3c4d", role = "t_bolt", database = "catalog", views = true }
    gone = { user = "gone-1a2b3c4d", role = "t_gone", database = "t_gone", views = false, closed = true }
  }
}

run "no_password_and_no_open_address" {
  command = plan

  assert {
    condition = alltrue([
      for user in values(mongodbatlas_database_user.tenant) : user.x509_type == "CUSTOMER" && user.password == null && user.auth_database_name == "$external"
    ])
    error_message = "Tenants log in by certificate."
  }

  assert {
    condition     = mongodbatlas_x509_authentication_database_user.this.months_until_expiration == null && mongodbatlas_x509_authentication_database_user.this.username == null
    error_message = "Atlas makes no certificate, whose key would be in the state."
  }

  assert {
    condition     = length(mongodbatlas_privatelink_endpoint_service.this) == 0 && one(output.private_link_service) == "com.amazonaws.vpce.eu-west-1.vpce-svc-00000000000000001"
    error_message = "Nobody connects before an endpoint is known."
  }
}

run "each_tenant_sees_its_own" {
  command = plan

  assert {
    condition     = toset(keys(mongodbatlas_custom_db_role.tenant)) == toset(["acme", "bolt"]) && output.users == { acme = "CN=acme-1a2b3c4d", bolt = "CN=bolt-1a2b3c4d" }
    error_message = "A closed tenant has neither a role nor a user."
  }

  assert {
    condition = alltrue(flatten([
      for action in mongodbatlas_custom_db_role.tenant["acme"].actions : [
        for resource in action.resources : resource.database_name == "t_acme" && resource.collection_name == ""
      ]
    ]))
    error_message = "Its own database, and nothing else."
  }

  assert {
    condition     = toset([for action in mongodbatlas_custom_db_role.tenant["acme"].actions : action.action]) == toset(["FIND", "LIST_INDEXES", "COLL_STATS", "INSERT", "UPDATE", "REMOVE", "LIST_COLLECTIONS"])
    error_message = "It reads and writes, and changes no users."
  }

  assert {
    condition = toset(flatten([
      for action in mongodbatlas_custom_db_role.tenant["bolt"].actions : [
        for resource in action.resources : "${action.action} ${resource.database_name}.${resource.collection_name}"
      ]
    ])) == toset(["FIND catalog.t_bolt.releases", "FIND catalog.t_bolt.artists", "FIND catalog.genres"])
    error_message = "Who shares collections reads its views and what is the same for all."
  }

  assert {
    condition     = alltrue([for user in values(mongodbatlas_database_user.tenant) : alltrue([for scope in user.scopes : scope.name == var.identifier])])
    error_message = "A user is of this cluster."
  }
}

run "the_application_is_there_where_tenants_share" {
  command = plan

  assert {
    condition     = output.application_user == "CN=streaming-production-catalog-app"
    error_message = "It logs in by certificate, too."
  }

  assert {
    condition = alltrue(flatten([
      for action in mongodbatlas_custom_db_role.application[0].actions : [
        for resource in action.resources : resource.database_name == "catalog" && contains(["releases", "artists", "genres"], resource.collection_name)
      ]
    ]))
    error_message = "It sees the collections, and no tenant's own database."
  }
}

run "nobody_shares" {
  command = plan

  variables {
    tenants = { acme = { user = "acme-1a2b3c4d", role = "t_acme", database = "t_acme", views = false } }
  }

  assert {
    condition     = length(mongodbatlas_database_user.application) == 0 && output.application_user == null
    error_message = "No application that sees everybody's documents."
  }
}

run "kept_and_protected" {
  command = plan

  assert {
    condition     = mongodbatlas_advanced_cluster.this.backup_enabled && mongodbatlas_advanced_cluster.this.pit_enabled && mongodbatlas_advanced_cluster.this.retain_backups_enabled && mongodbatlas_advanced_cluster.this.termination_protection_enabled
    error_message = "Backups outlive the cluster, and Atlas refuses to delete it."
  }

  assert {
    condition     = mongodbatlas_cloud_backup_schedule.this.policy_item_daily[0].retention_value == 30 && mongodbatlas_cloud_backup_schedule.this.restore_window_days == 7
    error_message = "Snapshots of a month, every second of a week."
  }

  assert {
    condition     = mongodbatlas_auditing.this.enabled && mongodbatlas_advanced_cluster.this.advanced_configuration[0].minimum_enabled_tls_protocol == "TLS1_2" && !mongodbatlas_advanced_cluster.this.advanced_configuration[0].javascript_enabled
    error_message = "Audited, TLS 1.2 at least, no JavaScript in servers."
  }
}

run "nodes_are_odd" {
  command = plan

  variables {
    replicas = 3
    shards   = 2
  }

  assert {
    condition     = mongodbatlas_advanced_cluster.this.cluster_type == "SHARDED" && length(mongodbatlas_advanced_cluster.this.replication_specs) == 2
    error_message = "A set for each shard."
  }

  assert {
    condition     = alltrue([for set in mongodbatlas_advanced_cluster.this.replication_specs : set.region_configs[0].electable_specs[0].node_count == 5])
    error_message = "Four nodes become five."
  }
}

run "refuses_a_key" {
  command = plan

  variables {
    client_authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n"
  }

  expect_failures = [var.client_authority]
}

run "refuses_a_longer_subject" {
  command = plan

  variables {
    tenants = { acme = { user = "acme,OU=bolt", role = "t_acme", database = "t_acme", views = false } }
  }

  expect_failures = [var.tenants]
}

run "refuses_a_role_for_every_database" {
  command = plan

  variables {
    tenants = { acme = { user = "acme", role = "t_acme", database = "", views = false } }
  }

  expect_failures = [mongodbatlas_custom_db_role.tenant["acme"]]
}

run "refuses_shards_of_small_nodes" {
  command = plan

  variables {
    instance_size = "M10"
    shards        = 2
  }

  expect_failures = [var.shards]
}
