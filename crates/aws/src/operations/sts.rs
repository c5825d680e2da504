//! Operations of `sts`.

crate::operations! {
    service: "sts", prefix: "sts";
    read ASSUME_ROLE = "AssumeRole", "sts";
    read GET_CALLER_IDENTITY = "GetCallerIdentity", "sts";
}
