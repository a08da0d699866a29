provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      cell        = "dedicated-acme"
      environment = "production"
      layer       = "foundation"
      managed_by  = "terraform"
      owner       = "platform-team"
      platform    = "streaming"
    }
  }
}
