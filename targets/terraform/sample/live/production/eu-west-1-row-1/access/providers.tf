provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      cell        = "eu-west-1-row-1"
      environment = "production"
      layer       = "access"
      managed_by  = "terraform"
      owner       = "platform-team"
      platform    = "streaming"
    }
  }
}
