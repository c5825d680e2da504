//! Operations of `iam`.

crate::operations! {
    service: "iam", prefix: "iam";
}
