//! Rules on source files: size, names of clouds, sockets, purity, words that must not stay.

use super::{Breach, File};

/// Crates that know no cloud by name.
const NAMELESS: &[&str] = &["model", "manifest", "planner", "controls", "provider", "engine"];
/// Crates without clock, environment, files or randomness.
const PURE: &[&str] = &["model", "manifest", "planner", "controls", "iac"];
const CLOUDS: &[&str] = &[
    "aws",
    "amazon",
    "amazonaws",
    "azure",
    "entra",
    "gcp",
    "google",
    "googleapis",
    "openstack",
    "keystone",
    "kubernetes",
    "k8s",
];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "fastrand",
];
const SOCKETS: &[&str] = &["reqwest", "TcpStream", "TcpListener", "UdpSocket", "UnixStream", "hyper::"];
/// Longest file, without its tests.
const LINES: usize = 500;
const LIB_LINES: usize = 80;

/// Checks one file.
pub(super) fn check(file: &File, breaches: &mut Vec<Breach>) {
    if file.path.ends_with(".snap.new") {
        breaches.push(Breach::new(&file.path, 1, "snapshots", "a snapshot waits for review: accept or delete it"));
        return;
    }
    words(file, breaches);
    let Some(code) = Code::of(file) else { return };
    size(file, &code, breaches);
    opening(file, breaches);
    find(file, &code, breaches);
}

/// Where a Rust file stands.
struct Code<'a> {
    /// Name of the crate's folder.
    room: &'a str,
    /// Whether the whole file is test code.
    test: bool,
    /// Number of lines before the test module.
    lines: usize,
}

impl<'a> Code<'a> {
    fn of(file: &'a File) -> Option<Self> {
        let (room, rest) = file.path.strip_prefix("crates/").and_then(|path| path.split_once('/')).unwrap_or(("", ""));
        if !file.path.ends_with(".rs") || (room.is_empty() && !file.path.starts_with("xtask/")) {
            return None;
        }
        let test = rest.starts_with("tests/") || rest.ends_with("/tests.rs") || rest.contains("/tests/");
        let lines = file.text.lines().position(|line| line.trim() == "#[cfg(test)]");
        Some(Self { room, test, lines: lines.unwrap_or_else(|| file.text.lines().count()) })
    }
}

fn size(file: &File, code: &Code<'_>, breaches: &mut Vec<Breach>) {
    let most = if file.path.ends_with("/src/lib.rs") { LIB_LINES } else { LINES };
    if !code.test && code.lines > most {
        let message = format!("{} lines without tests, {most} are allowed: split it by purpose", code.lines);
        breaches.push(Breach::new(&file.path, code.lines, "size", message));
    }
}

fn opening(file: &File, breaches: &mut Vec<Breach>) {
    if !file.path.starts_with("crates/") || !file.path.ends_with("/src/lib.rs") {
        return;
    }
    let opening: Vec<&str> = file.text.lines().take_while(|line| line.starts_with("//!")).collect();
    if opening.is_empty() || !opening.iter().any(|line| line.contains("**Never here:**")) {
        let message = "a crate opens with its purpose and, after `**Never here:**`, what it must not hold";
        breaches.push(Breach::new(&file.path, 1, "opening", message));
    }
}

fn find(file: &File, code: &Code<'_>, breaches: &mut Vec<Breach>) {
    // Calls go out by the one, and come in to simulated clouds by the other.
    let wire = file.path.starts_with("crates/provider/src/wire") || file.path == "crates/sandbox/src/server.rs";
    for (index, line) in file.text.lines().enumerate() {
        let mut push = |rule, message: String| breaches.push(Breach::new(&file.path, index + 1, rule, message));
        if NAMELESS.contains(&code.room)
            && let Some(cloud) = cloud_in(line)
        {
            push("clouds", format!("`{cloud}`: this crate names no cloud, invent a platform type"));
        }
        if code.test || index >= code.lines || line.trim_start().starts_with("//") {
            continue;
        }
        // What builds a crate reads files; the crate does not.
        if PURE.contains(&code.room)
            && !file.path.ends_with("/build.rs")
            && let Some(word) = IMPURE.iter().find(|word| line.contains(*word))
        {
            push("purity", format!("`{word}`: this crate is pure, its caller hands such things in"));
        }
        if !code.room.is_empty()
            && !wire
            && let Some(word) = SOCKETS.iter().find(|word| line.contains(*word))
        {
            push(
                "sockets",
                format!("`{word}`: sockets are opened in the wire, and listened to in the sandbox's server, alone"),
            );
        }
    }
}

/// The first cloud's name among the words of a line, whatever case and joining they are written in.
fn cloud_in(line: &str) -> Option<&'static str> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in line.chars() {
        // `AwsClient` and `aws_client` both hold the word `aws`; `laws` does not.
        if !character.is_ascii_alphanumeric() || (character.is_ascii_uppercase() && lower) {
            words.push(String::new());
        }
        lower = character.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| character.is_ascii_alphanumeric()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    CLOUDS.iter().find(|cloud| words.iter().any(|word| word == *cloud)).copied()
}

fn words(file: &File, breaches: &mut Vec<Breach>) {
    // The lists of words themselves stand in these folders.
    if file.path.starts_with("xtask/src/tidy/") || file.path == "Cargo.lock" {
        return;
    }
    for (index, line) in file.text.lines().enumerate() {
        for word in ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!("] {
            if line.contains(word) {
                breaches.push(Breach::new(&file.path, index + 1, "left over", format!("`{word}`: do it or drop it")));
            }
        }
        for word in ["/home/", "/root/", "/work/", "/Users/", "C:\\Users"] {
            if line.contains(word) {
                let message = format!("`{word}`: a path of one machine");
                breaches.push(Breach::new(&file.path, index + 1, "machine", message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let mut breaches = Vec::new();
        check(&File { path: path.into(), text: text.into() }, &mut breaches);
        breaches.into_iter().map(|breach| breach.rule).collect()
    }

    #[test]
    fn long_files_are_seen_without_their_tests() {
        let long = "fn a() {}\n".repeat(501);
        assert_eq!(rules("crates/engine/src/a.rs", &long), ["size"]);
        let tested = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert!(rules("crates/engine/src/a.rs", &tested).is_empty());
        assert!(rules("crates/engine/tests/a.rs", &long).is_empty());
    }

    #[test]
    fn clouds_are_seen_in_any_spelling_and_only_as_words() {
        for line in ["let aws = 1;", "struct AwsThing;", "let x = \"Azure\";", "// on GCP", "aws_client()"] {
            assert_eq!(rules("crates/planner/src/a.rs", line), ["clouds"], "{line}");
        }
        assert!(rules("crates/planner/src/a.rs", "// laws, drawsOn, entrance").is_empty());
        assert!(rules("crates/aws/src/a.rs", "let aws = 1;").is_empty());
    }

    #[test]
    fn sockets_and_impurity_are_seen_outside_tests() {
        assert_eq!(rules("crates/aws/src/a.rs", "use reqwest::Client;"), ["sockets"]);
        assert!(rules("crates/provider/src/wire/http.rs", "use reqwest::Client;").is_empty());
        assert_eq!(rules("crates/planner/src/a.rs", "let now = Timestamp::now();"), ["purity"]);
        assert!(rules("crates/planner/src/a.rs", "#[cfg(test)]\nuse std::fs;").is_empty());
    }

    #[test]
    fn openings_and_left_overs_are_seen() {
        assert_eq!(rules("crates/model/src/lib.rs", "//! Purpose.\n"), ["opening"]);
        assert!(rules("crates/model/src/lib.rs", "//! Purpose.\n//! **Never here:** x.\n").is_empty());
        assert_eq!(rules("docs/a.md", "TODO"), ["left over"]);
        assert_eq!(rules("docs/a.md", "see /home/ada"), ["machine"]);
        assert_eq!(rules("crates/a/b.snap.new", ""), ["snapshots"]);
    }
}
