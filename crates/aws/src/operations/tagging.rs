//! Operations of `tagging`.

crate::operations! {
    service: "tagging", prefix: "tag";
}
