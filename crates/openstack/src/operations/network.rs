//! Neutron.

crate::operations! {
    service: "network", prefix: "network";
    read GET_QUOTA = "get_quota", "network", permission "get_quota";
    read LIST_NETWORKS = "list_networks", "network", permission "get_network";
    read GET_NETWORK = "get_network", "network", permission "get_network";
    read LIST_RBAC_POLICIES = "list_rbac_policies", "network", permission "get_rbac_policy";
    read GET_RBAC_POLICY = "get_rbac_policy", "network", permission "get_rbac_policy";
    read LIST_SECURITY_GROUPS = "list_security_groups", "network", permission "get_security_group";
    read GET_SECURITY_GROUP = "get_security_group", "network", permission "get_security_group";
    read LIST_DEFAULT_RULES = "list_default_security_group_rules", "network", permission "get_default_security_group_rule";
    once CREATE_SECURITY_GROUP_RULE = "create_security_group_rule", "network", permission "create_security_group_rule";
    once CREATE_RBAC_POLICY = "create_rbac_policy", "network", permission "create_rbac_policy";
    write DELETE_SECURITY_GROUP_RULE = "delete_security_group_rule", "network", permission "delete_security_group_rule";
    write DELETE_RBAC_POLICY = "delete_rbac_policy", "network", permission "delete_rbac_policy";
    write UPDATE_QUOTA = "update_quota", "network", permission "update_quota";
    write DELETE_QUOTA = "delete_quota", "network", permission "delete_quota";
}
