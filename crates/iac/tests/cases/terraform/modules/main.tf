# The parts of a bucket in three modules.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

module "store" {
  for_each = toset(["a", "b"])
  source   = "./store"
  name     = each.key
}

module "single" {
  source = "./store"
  name   = "single"
}

module "guard" {
  source = "./guard"
  bucket = module.single.id
}
