//! Manifest folders that are part of the binary, so that an installed one needs no checkout.

use polity_manifest::File;

/// A folder: relative paths and what the files hold.
pub(crate) type Folder = &'static [(&'static str, &'static str)];

macro_rules! folder {
    ($base:literal: $($path:literal)*) => {
        &[$(($path, include_str!(concat!("../", $base, "/", $path)))),*]
    };
}

/// The example organization on three clouds.
pub(crate) const MERCATOR: Folder = folder! { "../../examples/mercator":
    "guardrails.yaml"
    "landing-zones.yaml"
    "organization.yaml"
    "people.yaml"
    "platforms.yaml"
    "projects/atlas.yaml"
    "projects/survey.yaml"
    "roles.yaml"
};

/// What a single team begins with.
pub(crate) const TEAM: Folder = folder! { "starters/team":
    "guardrails.yaml"
    "landing-zones.yaml"
    "organization.yaml"
    "people.yaml"
    "platform.yaml"
    "projects.yaml"
    "roles.yaml"
};

/// What a mid-size company begins with.
pub(crate) const COMPANY: Folder = folder! { "starters/company":
    "guardrails.yaml"
    "landing-zones.yaml"
    "organization.yaml"
    "people.yaml"
    "platform.yaml"
    "projects/analytics.yaml"
    "projects/platform.yaml"
    "projects/web-shop.yaml"
    "roles.yaml"
    "teams.yaml"
    "units.yaml"
};

/// What an enterprise under regulation begins with.
pub(crate) const REGULATED: Folder = folder! { "starters/regulated":
    "guardrails/audit.yaml"
    "guardrails/data.yaml"
    "guardrails/identity.yaml"
    "guardrails/regions.yaml"
    "landing-zones.yaml"
    "organization.yaml"
    "people.yaml"
    "platform.yaml"
    "projects/customer-portal.yaml"
    "projects/infrastructure.yaml"
    "projects/payments.yaml"
    "projects/security.yaml"
    "roles.yaml"
    "teams.yaml"
    "units.yaml"
};

/// The folder as files of a manifest.
pub(crate) fn files(folder: Folder) -> Vec<File> {
    // A checkout on Windows may have turned the ends of lines.
    let file =
        |(path, text): &(&str, &str)| File { path: (*path).to_owned(), bytes: text.replace("\r\n", "\n").into() };
    folder.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folders_is_in_the_binary() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = [
            ("../../examples/mercator", MERCATOR),
            ("starters/team", TEAM),
            ("starters/company", COMPANY),
            ("starters/regulated", REGULATED),
        ];
        for (base, folder) in folders {
            let on_disk = crate::folder::read(&here.join(base)).unwrap();
            assert!(on_disk.diagnostics.is_empty());
            let paths: Vec<&str> = on_disk.files.iter().map(|file| file.path.as_str()).collect();
            let mut embedded: Vec<&str> = folder.iter().map(|(path, _)| *path).collect();
            embedded.sort_unstable();
            assert_eq!(embedded, paths, "{base}");
        }
    }
}
