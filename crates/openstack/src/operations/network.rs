//! Neutron.

crate::operations! {
    service: "network", prefix: "network";
    read GET_QUOTA = "get_quota", "network", permission "get_quota";
    read LIST_NETWORKS = "list_networks", "network", permission "get_network";
    write UPDATE_QUOTA = "update_quota", "network", permission "update_quota";
    write DELETE_QUOTA = "delete_quota", "network", permission "delete_quota";
}
