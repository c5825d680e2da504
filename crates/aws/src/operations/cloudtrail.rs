//! Operations of CloudTrail.

crate::operations! {
    service: "cloudtrail", prefix: "cloudtrail";
    read LOOKUP_EVENTS = "LookupEvents", "cloudtrail-lookup";
    read DESCRIBE_TRAILS = "DescribeTrails", "cloudtrail-read";
    read GET_TRAIL_STATUS = "GetTrailStatus", "cloudtrail-read";
    read GET_EVENT_SELECTORS = "GetEventSelectors", "cloudtrail-read";
    read LIST_TAGS = "ListTags", "cloudtrail-read";
}
