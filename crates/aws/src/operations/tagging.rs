//! Operations of the Resource Groups Tagging API.

crate::operations! {
    service: "tagging", prefix: "tag";
    read GET_RESOURCES = "GetResources", "tagging";
}
