terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                  = "us-east-1"
  access_key              = "AKIAEXAMPLEEXAMPLE00"
  secret_key              = "test"
  skip_metadata_api_check = true
  endpoints {
    budgets       = "ENDPOINT"
    iam           = "ENDPOINT"
    identitystore = "ENDPOINT"
    organizations = "ENDPOINT"
    s3control     = "ENDPOINT"
    ssoadmin      = "ENDPOINT"
    sts           = "ENDPOINT"
  }
}

data "aws_ssoadmin_instances" "all" {
  depends_on = [aws_organizations_organization.acme]
}

locals {
  instance = tolist(data.aws_ssoadmin_instances.all.arns)[0]
  store    = tolist(data.aws_ssoadmin_instances.all.identity_store_ids)[0]
}

resource "aws_organizations_organization" "acme" {
  feature_set                   = "ALL"
  aws_service_access_principals = ["sso.amazonaws.com", "guardduty.amazonaws.com"]
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = "Workloads"
  parent_id = aws_organizations_organization.acme.roots[0].id
  tags      = { owner = "platform" }
}

resource "aws_organizations_organizational_unit" "stage" {
  for_each  = toset(["Development", "Production"])
  name      = each.key
  parent_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_account" "shop" {
  for_each          = aws_organizations_organizational_unit.stage
  name              = "shop-${lower(each.key)}"
  email             = "aws+shop-${lower(each.key)}@acme.example"
  parent_id         = each.value.id
  close_on_deletion = true
  tags              = { env = each.key }
}

resource "aws_organizations_policy" "stay" {
  name        = "stay"
  description = "accounts stay in the organization"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Stay", Effect = "Deny", Action = "organizations:LeaveOrganization", Resource = "*" }]
  })
}

resource "aws_organizations_policy" "tags" {
  name    = "tags"
  type    = "TAG_POLICY"
  content = jsonencode({ tags = { env = { tag_key = { "@@assign" = "env" } } } })
}

resource "aws_organizations_policy_attachment" "stay" {
  policy_id = aws_organizations_policy.stay.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = aws_organizations_account.shop["Production"].id
}

resource "aws_organizations_delegated_administrator" "guardduty" {
  account_id        = aws_organizations_account.shop["Production"].id
  service_principal = "guardduty.amazonaws.com"
}

resource "aws_identitystore_group" "builders" {
  identity_store_id = local.store
  display_name      = "builders"
  description       = "who builds"
}

resource "aws_identitystore_user" "ada" {
  identity_store_id = local.store
  user_name         = "ada@acme.example"
  display_name      = "Ada Lovelace"
  name {
    given_name  = "Ada"
    family_name = "Lovelace"
  }
  emails {
    value   = "ada@acme.example"
    primary = true
    type    = "work"
  }
}

resource "aws_identitystore_group_membership" "ada" {
  identity_store_id = local.store
  group_id          = aws_identitystore_group.builders.group_id
  member_id         = aws_identitystore_user.ada.user_id
}

resource "aws_ssoadmin_permission_set" "developer" {
  name             = "Developer"
  description      = "builds and runs"
  instance_arn     = local.instance
  session_duration = "PT4H"
  tags             = { owner = "platform" }
}

resource "aws_ssoadmin_managed_policy_attachment" "developer" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.developer.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}

resource "aws_ssoadmin_permission_set_inline_policy" "developer" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.developer.arn
  inline_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "NoUsers", Effect = "Deny", Action = "iam:CreateUser", Resource = "*" }]
  })
}

resource "aws_ssoadmin_account_assignment" "builders" {
  for_each           = aws_organizations_account.shop
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.developer.arn
  principal_id       = aws_identitystore_group.builders.group_id
  principal_type     = "GROUP"
  target_id          = each.value.id
  target_type        = "AWS_ACCOUNT"
}
