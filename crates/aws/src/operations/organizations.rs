//! Operations of AWS Organizations. Its service limits differ for lists, for single reads and for writes, hence the
//! three families; account creation and closing have quotas of their own.

crate::operations! {
    service: "organizations", prefix: "organizations";
    read DESCRIBE_ACCOUNT = "DescribeAccount", "organizations-read";
    read DESCRIBE_CREATE_ACCOUNT_STATUS = "DescribeCreateAccountStatus", "organizations-read";
    read DESCRIBE_EFFECTIVE_POLICY = "DescribeEffectivePolicy", "organizations-read";
    read DESCRIBE_ORGANIZATION = "DescribeOrganization", "organizations-read";
    read DESCRIBE_ORGANIZATIONAL_UNIT = "DescribeOrganizationalUnit", "organizations-read";
    read DESCRIBE_POLICY = "DescribePolicy", "organizations-read";
    read LIST_ACCOUNTS = "ListAccounts", "organizations-list";
    read LIST_ACCOUNTS_FOR_PARENT = "ListAccountsForParent", "organizations-list";
    read LIST_CHILDREN = "ListChildren", "organizations-list";
    read LIST_CREATE_ACCOUNT_STATUS = "ListCreateAccountStatus", "organizations-list";
    read LIST_DELEGATED_ADMINISTRATORS = "ListDelegatedAdministrators", "organizations-list";
    read LIST_DELEGATED_SERVICES = "ListDelegatedServicesForAccount", "organizations-list";
    read LIST_ORGANIZATIONAL_UNITS = "ListOrganizationalUnitsForParent", "organizations-list";
    read LIST_PARENTS = "ListParents", "organizations-list";
    read LIST_POLICIES = "ListPolicies", "organizations-list";
    read LIST_ROOTS = "ListRoots", "organizations-list";
    read LIST_SERVICE_ACCESS = "ListAWSServiceAccessForOrganization", "organizations-list";
    read LIST_TAGS = "ListTagsForResource", "organizations-list";
    read LIST_TARGETS = "ListTargetsForPolicy", "organizations-list";
    once CREATE_ACCOUNT = "CreateAccount", "organizations-create-account";
    once CREATE_ORGANIZATION = "CreateOrganization", "organizations-write";
    once CREATE_ORGANIZATIONAL_UNIT = "CreateOrganizationalUnit", "organizations-write";
    once CREATE_POLICY = "CreatePolicy", "organizations-write";
    write ATTACH_POLICY = "AttachPolicy", "organizations-write";
    write CLOSE_ACCOUNT = "CloseAccount", "organizations-write";
    write DELETE_ORGANIZATIONAL_UNIT = "DeleteOrganizationalUnit", "organizations-write";
    write DELETE_POLICY = "DeletePolicy", "organizations-write";
    write DEREGISTER_DELEGATED_ADMINISTRATOR = "DeregisterDelegatedAdministrator", "organizations-write";
    write DETACH_POLICY = "DetachPolicy", "organizations-write";
    write DISABLE_POLICY_TYPE = "DisablePolicyType", "organizations-write";
    write DISABLE_SERVICE_ACCESS = "DisableAWSServiceAccess", "organizations-write";
    write ENABLE_POLICY_TYPE = "EnablePolicyType", "organizations-write";
    write ENABLE_SERVICE_ACCESS = "EnableAWSServiceAccess", "organizations-write";
    write MOVE_ACCOUNT = "MoveAccount", "organizations-write";
    write REGISTER_DELEGATED_ADMINISTRATOR = "RegisterDelegatedAdministrator", "organizations-write";
    write TAG_RESOURCE = "TagResource", "organizations-write";
    write UNTAG_RESOURCE = "UntagResource", "organizations-write";
    write UPDATE_ORGANIZATIONAL_UNIT = "UpdateOrganizationalUnit", "organizations-write";
    write UPDATE_POLICY = "UpdatePolicy", "organizations-write";
}
