//! Operations of Secrets Manager; never one that reads a secret's value.

crate::operations! {
    service: "secretsmanager", prefix: "secretsmanager";
    read LIST_SECRETS = "ListSecrets", "secrets-read";
    read GET_RESOURCE_POLICY = "GetResourcePolicy", "secrets-read";
}
