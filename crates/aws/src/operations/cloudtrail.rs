//! Operations of `cloudtrail`.

crate::operations! {
    service: "cloudtrail", prefix: "cloudtrail";
    read LOOKUP_EVENTS = "LookupEvents", "cloudtrail-lookup";
}
