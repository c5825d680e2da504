//! Operations of Inspector.

crate::operations! {
    service: "inspector2", prefix: "inspector2";
    read BATCH_GET_ACCOUNT_STATUS = "BatchGetAccountStatus", "inspector-read";
}
