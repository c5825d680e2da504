//! Operations of Identity Center's administration: permission sets and account assignments.
//!
//! Families: assignments and provisioning run in the background, ten at a time in one Identity Center, so their
//! writers have a family of their own.

crate::operations! {
    service: "sso-admin", prefix: "sso";
    read LIST_INSTANCES = "ListInstances", "sso-admin-list";
    read LIST_PERMISSION_SETS = "ListPermissionSets", "sso-admin-list";
    read DESCRIBE_PERMISSION_SET = "DescribePermissionSet", "sso-admin-read";
    read LIST_MANAGED_POLICIES = "ListManagedPoliciesInPermissionSet", "sso-admin-read";
    read LIST_CUSTOMER_MANAGED_POLICIES = "ListCustomerManagedPolicyReferencesInPermissionSet", "sso-admin-read";
    read GET_INLINE_POLICY = "GetInlinePolicyForPermissionSet", "sso-admin-read";
    read GET_PERMISSIONS_BOUNDARY = "GetPermissionsBoundaryForPermissionSet", "sso-admin-read";
    read LIST_TAGS_FOR_RESOURCE = "ListTagsForResource", "sso-admin-read";
    read LIST_ACCOUNTS_FOR_PERMISSION_SET = "ListAccountsForProvisionedPermissionSet", "sso-admin-read";
    read DESCRIBE_PROVISIONING = "DescribePermissionSetProvisioningStatus", "sso-admin-read";
    read LIST_ASSIGNMENTS = "ListAccountAssignments", "sso-admin-read";
    read LIST_ASSIGNMENTS_FOR_PRINCIPAL = "ListAccountAssignmentsForPrincipal", "sso-admin-read";
    read DESCRIBE_ASSIGNMENT_CREATION = "DescribeAccountAssignmentCreationStatus", "sso-admin-read";
    read DESCRIBE_ASSIGNMENT_DELETION = "DescribeAccountAssignmentDeletionStatus", "sso-admin-read";
    once CREATE_PERMISSION_SET = "CreatePermissionSet", "sso-admin-write";
    once ATTACH_MANAGED_POLICY = "AttachManagedPolicyToPermissionSet", "sso-admin-write";
    once DETACH_MANAGED_POLICY = "DetachManagedPolicyFromPermissionSet", "sso-admin-write";
    once ATTACH_CUSTOMER_MANAGED_POLICY = "AttachCustomerManagedPolicyReferenceToPermissionSet", "sso-admin-write";
    once DETACH_CUSTOMER_MANAGED_POLICY = "DetachCustomerManagedPolicyReferenceFromPermissionSet", "sso-admin-write";
    once CREATE_ASSIGNMENT = "CreateAccountAssignment", "sso-admin-assign";
    once DELETE_ASSIGNMENT = "DeleteAccountAssignment", "sso-admin-assign";
    once PROVISION_PERMISSION_SET = "ProvisionPermissionSet", "sso-admin-assign";
    write UPDATE_PERMISSION_SET = "UpdatePermissionSet", "sso-admin-write";
    write DELETE_PERMISSION_SET = "DeletePermissionSet", "sso-admin-write";
    write PUT_INLINE_POLICY = "PutInlinePolicyToPermissionSet", "sso-admin-write";
    write DELETE_INLINE_POLICY = "DeleteInlinePolicyFromPermissionSet", "sso-admin-write";
    write PUT_PERMISSIONS_BOUNDARY = "PutPermissionsBoundaryToPermissionSet", "sso-admin-write";
    write DELETE_PERMISSIONS_BOUNDARY = "DeletePermissionsBoundaryFromPermissionSet", "sso-admin-write";
    write TAG_RESOURCE = "TagResource", "sso-admin-write";
    write UNTAG_RESOURCE = "UntagResource", "sso-admin-write";
}
