//! Operations of `sts`.

crate::operations! {
    service: "sts", prefix: "sts";
}
