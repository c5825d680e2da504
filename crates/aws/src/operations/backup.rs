//! Operations of AWS Backup.

crate::operations! {
    service: "backup", prefix: "backup";
    read LIST_PROTECTED_RESOURCES = "ListProtectedResources", "backup-read";
}
