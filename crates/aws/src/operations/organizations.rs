//! Operations of AWS Organizations.

crate::operations! {
    service: "organizations", prefix: "organizations";
    read LIST_ROOTS = "ListRoots", "organizations-list";
}
