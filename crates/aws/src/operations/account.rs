//! Operations of AWS Account Management.

crate::operations! {
    service: "account", prefix: "account";
    read GET_ALTERNATE_CONTACT = "GetAlternateContact", "account";
    read GET_REGION_OPT_STATUS = "GetRegionOptStatus", "account";
    read LIST_REGIONS = "ListRegions", "account";
    write DELETE_ALTERNATE_CONTACT = "DeleteAlternateContact", "account";
    write DISABLE_REGION = "DisableRegion", "account";
    write ENABLE_REGION = "EnableRegion", "account";
    write PUT_ACCOUNT_NAME = "PutAccountName", "account";
    write PUT_ALTERNATE_CONTACT = "PutAlternateContact", "account";
}
