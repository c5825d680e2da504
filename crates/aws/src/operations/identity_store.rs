//! Operations of `identitystore`.

crate::operations! {
    service: "identitystore", prefix: "identitystore";
}
