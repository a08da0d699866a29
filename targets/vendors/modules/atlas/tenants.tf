# For each tenant a role and a user: its own database, or views of its own documents, and nothing else.
# A tenant that is closed has neither.

resource "mongodbatlas_custom_db_role" "tenant" {
  for_each = local.open

  project_id = mongodbatlas_project.this.id
  role_name  = each.value.role

  dynamic "actions" {
    for_each = each.value.views ? ["FIND"] : concat(local.read, local.write, local.follow, ["LIST_COLLECTIONS"])

    content {
      action = actions.value

      dynamic "resources" {
        for_each = each.value.views ? concat(
          [for name in var.collections : "${each.value.role}.${name}"],
          tolist(var.shared_collections),
        ) : [""]

        content {
          database_name   = each.value.views ? var.database_name : each.value.database
          collection_name = resources.value
        }
      }
    }
  }

  lifecycle {
    # In Atlas an empty name is every database there is.
    precondition {
      condition     = each.value.views ? var.database_name != "" : each.value.database != ""
      error_message = "A role without a database would see all of them."
    }
    precondition {
      condition     = !each.value.views || length(var.collections) + length(var.shared_collections) > 0
      error_message = "There is nothing to see: a store whose tenants share collections has to name them."
    }
  }
}

resource "mongodbatlas_database_user" "tenant" {
  for_each = local.open

  project_id         = mongodbatlas_project.this.id
  username           = "CN=${each.value.user}"
  auth_database_name = "$external"
  x509_type          = "CUSTOMER"

  roles {
    role_name     = mongodbatlas_custom_db_role.tenant[each.key].role_name
    database_name = "admin"
  }

  scopes {
    name = mongodbatlas_advanced_cluster.this.name
    type = "CLUSTER"
  }

  depends_on = [mongodbatlas_x509_authentication_database_user.this]
}

# The application, which puts the tenant into every document of the shared collections.
resource "mongodbatlas_custom_db_role" "application" {
  count = local.shares ? 1 : 0

  project_id = mongodbatlas_project.this.id
  role_name  = "${var.database_name}_app"

  dynamic "actions" {
    for_each = concat(local.read, local.write, local.follow)

    content {
      action = actions.value

      dynamic "resources" {
        for_each = setunion(var.collections, var.shared_collections, var.file_collections)

        content {
          database_name   = var.database_name
          collection_name = resources.value
        }
      }
    }
  }
}

resource "mongodbatlas_database_user" "application" {
  count = local.shares ? 1 : 0

  project_id         = mongodbatlas_project.this.id
  username           = "CN=${var.identifier}-app"
  auth_database_name = "$external"
  x509_type          = "CUSTOMER"

  roles {
    role_name     = mongodbatlas_custom_db_role.application[0].role_name
    database_name = "admin"
  }

  scopes {
    name = mongodbatlas_advanced_cluster.this.name
    type = "CLUSTER"
  }

  depends_on = [mongodbatlas_x509_authentication_database_user.this]
}

locals {
  read   = ["FIND", "LIST_INDEXES", "COLL_STATS"]
  write  = ["INSERT", "UPDATE", "REMOVE"]
  follow = var.change_streams ? ["CHANGE_STREAM"] : []

  open   = { for id, tenant in var.tenants : id => tenant if !tenant.closed }
  shares = length([for tenant in var.tenants : tenant if tenant.views]) > 0
}
