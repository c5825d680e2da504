//! Operations of `s3-control`.

crate::operations! {
    service: "s3-control", prefix: "s3";
}
