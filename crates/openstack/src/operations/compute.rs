//! Nova.

crate::operations! {
    service: "compute", prefix: "os_compute_api";
    read GET_QUOTA_SET = "get_quota_set", "compute", permission "os_compute_api:os-quota-sets:show";
    read LIST_SERVERS = "list_servers", "compute", permission "os_compute_api:servers:index:get_all_tenants";
    write UPDATE_QUOTA_SET = "update_quota_set", "compute", permission "os_compute_api:os-quota-sets:update";
    write DELETE_QUOTA_SET = "delete_quota_set", "compute", permission "os_compute_api:os-quota-sets:delete";
}
