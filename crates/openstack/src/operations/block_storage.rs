//! Cinder.

crate::operations! {
    service: "block-storage", prefix: "volume";
    read GET_QUOTA_SET = "get_quota_set", "block-storage", permission "volume_extension:quotas:show";
    read LIST_VOLUMES = "list_volumes", "block-storage", permission "volume:get_all";
    write UPDATE_QUOTA_SET = "update_quota_set", "block-storage", permission "volume_extension:quotas:update";
    write DELETE_QUOTA_SET = "delete_quota_set", "block-storage", permission "volume_extension:quotas:delete";
}
