//! Keystone. The permission of a call is the rule of its policy that has the same name.

crate::operations! {
    service: "identity", prefix: "identity";
    read LIST_DOMAINS = "list_domains", "identity";
    read GET_DOMAIN = "get_domain", "identity";
    read LIST_PROJECTS = "list_projects", "identity";
    read GET_PROJECT = "get_project", "identity";
    read LIST_USERS = "list_users", "identity";
    read GET_USER = "get_user", "identity";
    read LIST_GROUPS = "list_groups", "identity";
    read GET_GROUP = "get_group", "identity";
    read LIST_USERS_IN_GROUP = "list_users_in_group", "identity";
    read CHECK_USER_IN_GROUP = "check_user_in_group", "identity";
    read LIST_ROLES = "list_roles", "identity";
    read GET_ROLE = "get_role", "identity";
    read LIST_ROLE_INFERENCES = "list_role_inference_rules", "identity", permission "identity:list_role_inference_rules";
    read LIST_ROLE_ASSIGNMENTS = "list_role_assignments", "identity";
    read CHECK_GRANT = "check_grant", "identity";
    read LIST_REGISTERED_LIMITS = "list_registered_limits", "identity";
    read LIST_LIMITS = "list_limits", "identity";
    read GET_LIMIT = "get_limit", "identity";
    read LIST_SERVICES = "list_services", "identity";
    once CREATE_DOMAIN = "create_domain", "identity";
    once CREATE_PROJECT = "create_project", "identity";
    once CREATE_USER = "create_user", "identity";
    once CREATE_GROUP = "create_group", "identity";
    once CREATE_ROLE = "create_role", "identity";
    once CREATE_LIMITS = "create_limits", "identity";
    write UPDATE_DOMAIN = "update_domain", "identity";
    write DELETE_DOMAIN = "delete_domain", "identity";
    write UPDATE_PROJECT = "update_project", "identity";
    write DELETE_PROJECT = "delete_project", "identity";
    write UPDATE_PROJECT_TAGS = "update_project_tags", "identity";
    write UPDATE_USER = "update_user", "identity";
    write DELETE_USER = "delete_user", "identity";
    write UPDATE_GROUP = "update_group", "identity";
    write DELETE_GROUP = "delete_group", "identity";
    write ADD_USER_TO_GROUP = "add_user_to_group", "identity";
    write REMOVE_USER_FROM_GROUP = "remove_user_from_group", "identity";
    write UPDATE_ROLE = "update_role", "identity";
    write DELETE_ROLE = "delete_role", "identity";
    write CREATE_IMPLIED_ROLE = "create_implied_role", "identity";
    write DELETE_IMPLIED_ROLE = "delete_implied_role", "identity";
    write CREATE_GRANT = "create_grant", "identity";
    write REVOKE_GRANT = "revoke_grant", "identity";
    write UPDATE_LIMIT = "update_limit", "identity";
    write DELETE_LIMIT = "delete_limit", "identity";
}
