//! Operations of the container registry.

crate::operations! {
    service: "ecr", prefix: "ecr";
    read GET_REGISTRY_SCANNING_CONFIGURATION = "GetRegistryScanningConfiguration", "ecr-read";
}
