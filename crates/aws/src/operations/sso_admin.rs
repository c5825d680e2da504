//! Operations of `sso-admin`.

crate::operations! {
    service: "sso-admin", prefix: "sso";
}
