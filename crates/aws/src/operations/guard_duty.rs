//! Operations of GuardDuty.

crate::operations! {
    service: "guardduty", prefix: "guardduty";
    read LIST_DETECTORS = "ListDetectors", "guardduty-read";
    read GET_DETECTOR = "GetDetector", "guardduty-read";
}
