//! Operations of `budgets`.

crate::operations! {
    service: "budgets", prefix: "budgets";
}
