# What belongs to what: by name, by key, by something that is known only after apply.
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

resource "aws_s3_bucket" "each" {
  for_each = toset(["eu.west", "us"])
  bucket   = "shop-${each.key}"
}

# Each for its own.
resource "aws_s3_bucket_public_access_block" "each" {
  for_each                = aws_s3_bucket.each
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Only for one of them.
resource "aws_s3_bucket_versioning" "one" {
  bucket = aws_s3_bucket.each["us"].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket" "unnamed" {
  bucket_prefix = "shop-"
}

locals {
  chosen = aws_s3_bucket.unnamed.id
}

# Which bucket that is, the plan does not say.
resource "aws_s3_bucket_logging" "chosen" {
  bucket        = local.chosen
  target_bucket = "logs"
  target_prefix = "x/"
}

# A bucket that is somewhere else.
resource "aws_s3_bucket_versioning" "elsewhere" {
  bucket = "made-by-somebody-else"
  versioning_configuration {
    status = "Enabled"
  }
}

# The policy names what is not known yet, so nothing of it is.
resource "aws_s3_bucket_policy" "unnamed" {
  bucket = aws_s3_bucket.unnamed.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.unnamed.arn}/*" }]
  })
}

resource "aws_security_group" "dynamic" {
  name = "dynamic"
  dynamic "ingress" {
    for_each = toset(["22", "80"])
    content {
      from_port   = tonumber(ingress.key)
      to_port     = tonumber(ingress.key)
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}

resource "aws_security_group" "nothing_said" {
  name = "nothing-said"
}
