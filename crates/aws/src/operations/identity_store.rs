//! Operations of the Identity Store: users, groups and memberships.

crate::operations! {
    service: "identitystore", prefix: "identitystore";
    read LIST_USERS = "ListUsers", "identity-store-read";
    read DESCRIBE_USER = "DescribeUser", "identity-store-read";
    read LIST_GROUPS = "ListGroups", "identity-store-read";
    read DESCRIBE_GROUP = "DescribeGroup", "identity-store-read";
    read LIST_GROUP_MEMBERSHIPS = "ListGroupMemberships", "identity-store-read";
    read DESCRIBE_GROUP_MEMBERSHIP = "DescribeGroupMembership", "identity-store-read";
    once CREATE_USER = "CreateUser", "identity-store-write";
    once CREATE_GROUP = "CreateGroup", "identity-store-write";
    once CREATE_GROUP_MEMBERSHIP = "CreateGroupMembership", "identity-store-write";
    write UPDATE_USER = "UpdateUser", "identity-store-write";
    write DELETE_USER = "DeleteUser", "identity-store-write";
    write UPDATE_GROUP = "UpdateGroup", "identity-store-write";
    write DELETE_GROUP = "DeleteGroup", "identity-store-write";
    write DELETE_GROUP_MEMBERSHIP = "DeleteGroupMembership", "identity-store-write";
}
