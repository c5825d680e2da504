//! Operations of `cloudtrail`.

crate::operations! {
    service: "cloudtrail", prefix: "cloudtrail";
}
