//! Operations of `account`.

crate::operations! {
    service: "account", prefix: "account";
}
