//! Names of images.

/// Whether an image is named by the digest of its content.
pub(crate) fn is_pinned(image: &str) -> bool {
    image
        .split_once("@sha256:")
        .is_some_and(|(_, digest)| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether an image is whatever is the latest: by that word, or by no word at all.
pub(crate) fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    !is_pinned(image) && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_digests() {
        let digest = "a".repeat(64);
        assert!(is_pinned(&format!("registry.example:5000/web@sha256:{digest}")));
        assert!(!is_pinned("web:1.2") && !is_pinned("web@sha256:12"));
        assert!(is_latest("registry.example:5000/web") && is_latest("web:latest"));
        assert!(!is_latest("web:1.2") && !is_latest(&format!("web@sha256:{digest}")));
    }
}
