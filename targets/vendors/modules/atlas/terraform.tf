terraform {
  required_version = ">= 1.11.0"

  required_providers {
    mongodbatlas = {
      source  = "mongodb/mongodbatlas"
      version = ">= 1.41.1, < 2.0.0"
    }
  }
}
