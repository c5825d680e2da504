//! Operations of IAM Access Analyzer.

crate::operations! {
    service: "access-analyzer", prefix: "access-analyzer";
    read LIST_ANALYZERS = "ListAnalyzers", "access-analyzer-read";
}
