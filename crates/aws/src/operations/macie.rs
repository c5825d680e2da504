//! Operations of Macie.

crate::operations! {
    service: "macie2", prefix: "macie2";
    read GET_MACIE_SESSION = "GetMacieSession", "macie-read";
}
