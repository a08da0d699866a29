# The bucket, its region and its key are the account's, not this cell's:
#   terraform init -backend-config=bucket=… -backend-config=region=… -backend-config=kms_key_id=…
# or one file for all roots: terraform init -backend-config=backend.hcl
terraform {
  backend "s3" {
    key          = "streaming/production/dedicated/acme/data.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
