//! The commits behind the places of a manifest, from `git blame`: one call per file, and nothing at all where there is
//! no git or no repository.
//!
//! A place is more than its line: who raised the `session:` of a role changed the role, though not the line that names
//! it. So the newest commit counts among the lines that belong to the place.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
};

use polity_model::{
    Origin,
    plan::{Because, Notice, Plan},
};

use crate::views::plan::Commit;

mod block;

/// Files that are asked about in one run; a plan with more of them is not read line by line anyway.
const MOST_FILES: usize = 300;

/// Commits by file and line.
pub(crate) type Commits = BTreeMap<(String, u32), Commit>;

/// The commits behind every place that a plan names.
pub(crate) fn of_plan(folder: &Path, plan: &Plan) -> Commits {
    let mut places: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    let mut add = |origins: &[Origin]| {
        // Views name the first place only.
        if let Some(origin) = origins.first() {
            places.entry(origin.file.to_string()).or_default().insert(origin.line);
        }
    };
    for change in &plan.changes {
        match &change.because {
            Because::Written(origins) | Because::Drifted(origins) | Because::Retired { origin: origins, .. } => {
                add(origins);
            }
            Because::Removed | Because::Foreign => {}
        }
    }
    for notice in &plan.notices {
        if let Notice::Conflict { origins, .. } | Notice::Blocked { origins, .. } | Notice::Note { origins, .. } =
            notice
        {
            add(origins);
        }
    }
    if places.is_empty() || !is_repository(folder) {
        return Commits::new();
    }
    let mut commits = Commits::new();
    for (file, lines) in places.iter().take(MOST_FILES) {
        for (line, commit) in of_places(folder, file, lines) {
            commits.insert((file.clone(), line), commit);
        }
    }
    commits
}

/// The e-mail address that git knows its user by.
pub(crate) fn user_email(folder: &Path) -> Option<String> {
    let text = git(folder, &["config", "user.email"])?;
    let email = text.trim();
    (!email.is_empty()).then(|| email.to_owned())
}

fn is_repository(folder: &Path) -> bool {
    git(folder, &["rev-parse", "--is-inside-work-tree"]).is_some_and(|answer| answer.trim() == "true")
}

/// The newest commit behind each of these places of a file.
fn of_places(folder: &Path, file: &str, places: &BTreeSet<u32>) -> BTreeMap<u32, Commit> {
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else { return BTreeMap::new() };
    let lines: Vec<&str> = text.lines().collect();
    let blocks: BTreeMap<u32, (u32, u32)> =
        places.iter().filter_map(|line| Some((*line, block::around(&lines, *line)?))).collect();
    let asked: BTreeSet<u32> = blocks.values().flat_map(|(first, last)| *first..=*last).collect();
    let commits = of_file(folder, file, &asked);
    let newest = |(first, last): (u32, u32), place: u32| {
        let own = commits.get(&place);
        // Of equally old lines, the one that names the place.
        let others = commits.range(first..=last).map(|(_, commit)| commit);
        own.into_iter().chain(others).reduce(|best, other| if other.time > best.time { other } else { best })
    };
    blocks.into_iter().filter_map(|(place, range)| Some((place, newest(range, place)?.clone()))).collect()
}

fn of_file(folder: &Path, file: &str, lines: &BTreeSet<u32>) -> BTreeMap<u32, Commit> {
    let mut arguments = vec!["blame".to_owned(), "--porcelain".to_owned()];
    for (first, last) in ranges(lines) {
        arguments.push("-L".to_owned());
        arguments.push(format!("{first},{last}"));
    }
    arguments.push("--".to_owned());
    arguments.push(file.to_owned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut commits = git(folder, &arguments).map(|text| parse(&text)).unwrap_or_default();
    commits.retain(|line, _| lines.contains(line));
    commits
}

/// Neighbouring lines as ranges; lines that are near each other share one, which keeps the command line short.
fn ranges(lines: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *line <= *last + 20 => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    ranges
}

/// Runs git where it can neither ask nor wait nor write; `None` when it fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("--no-optional-locks")
        .args(["-c", "core.quotePath=false", "-C"])
        .arg(folder)
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Reads `git blame --porcelain`: a header per line, and what is known of a commit only the first time it occurs.
fn parse(text: &str) -> BTreeMap<u32, Commit> {
    let mut known: BTreeMap<&str, Commit> = BTreeMap::new();
    let (mut found, mut current) = (BTreeMap::new(), None);
    for line in text.split('\n') {
        if line.starts_with('\t') {
            // The text of the line itself ends its header.
            if let Some((id, number)) = current.take()
                && let Some(commit) = known.get(id)
            {
                // What is not committed yet is newer than all that is.
                let time = if commit.id.is_none() { i64::MAX } else { commit.time };
                found.insert(number, Commit { line: number, time, ..commit.clone() });
            }
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if is_id(word) {
            let number = rest.split(' ').nth(1).and_then(|number| number.parse().ok());
            current = number.map(|number| (word, number));
            known.entry(word).or_insert_with(|| Commit {
                id: word.bytes().any(|byte| byte != b'0').then(|| word.to_owned()),
                line: 0,
                time: 0,
                author: String::new(),
                date: String::new(),
                summary: String::new(),
            });
            continue;
        }
        let Some(commit) = current.and_then(|(id, _)| known.get_mut(id)) else { continue };
        match word {
            "author" => commit.author = rest.to_owned(),
            "author-time" => commit.time = rest.parse().unwrap_or_default(),
            "author-tz" => commit.date = day(commit.time, rest),
            "summary" => commit.summary = rest.to_owned(),
            _ => {}
        }
    }
    found
}

fn is_id(word: &str) -> bool {
    word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The day on which the author wrote it, where the author was.
fn day(seconds: i64, zone: &str) -> String {
    let number: i64 = zone.parse().unwrap_or_default();
    let offset = (number / 100) * 3_600 + (number % 100) * 60;
    jiff::Timestamp::from_second(seconds.saturating_add(offset))
        .map(|time| time.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
3f2a1bc4d5e6f7083f2a1bc4d5e6f7083f2a1bc4 3 3 2
author Ada Lovelace
author-mail <ada@acme.example>
author-time 1793577600
author-tz +0100
committer Ada Lovelace
summary Open the second region
filename org.yaml
\tkind: team
3f2a1bc4d5e6f7083f2a1bc4d5e6f7083f2a1bc4 4 4
\tname: author of this
0000000000000000000000000000000000000000 9 12 1
author Not Committed Yet
author-time 1793577600
author-tz -0800
summary Version of org.yaml from org.yaml
filename org.yaml
\tsummary: fake
";

    #[test]
    fn reads_the_porcelain() {
        let found = parse(TEXT);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), [3, 4, 12]);
        assert_eq!(found[&3].author, "Ada Lovelace");
        assert_eq!(found[&3].summary, "Open the second region");
        assert_eq!(found[&3].date, "2026-11-02");
        assert_eq!((found[&4].line, &found[&4].id), (4, &found[&3].id));
        assert_eq!(found[&12].id, None);
        assert_eq!(found[&12].date, "2026-11-01");
    }

    #[test]
    fn near_lines_share_a_range() {
        assert_eq!(ranges(&[1, 2, 15, 90, 300].into()), [(1, 15), (90, 90), (300, 300)]);
    }

    #[test]
    fn asks_git_for_lines_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("org.yaml"), "kind: team\nname: a\n").unwrap();
        assert!(!is_repository(folder.path()) || git(folder.path(), &["rev-parse", "--show-toplevel"]).is_some());
        let run = |arguments: &[&str]| assert!(git(folder.path(), arguments).is_some(), "{arguments:?}");
        run(&["init", "-q"]);
        run(&["config", "user.email", "ada@acme.example"]);
        run(&["config", "user.name", "Ada"]);
        run(&["add", "org.yaml"]);
        run(&["commit", "-q", "-m", "Begin"]);
        std::fs::write(folder.path().join("org.yaml"), "kind: team\nname: b\n").unwrap();
        let found = of_file(folder.path(), "org.yaml", &[1, 2].into());
        assert_eq!((found[&1].author.as_str(), found[&1].summary.as_str()), ("Ada", "Begin"));
        assert_eq!(found[&2].id, None);
        assert_eq!(user_email(folder.path()).as_deref(), Some("ada@acme.example"));
        assert!(of_file(folder.path(), "missing.yaml", &[1].into()).is_empty());
        let behind = of_places(folder.path(), "org.yaml", &[1].into());
        assert_eq!((behind[&1].line, &behind[&1].id), (2, &None), "the newest line of the document counts");
        assert!(of_places(folder.path(), "org.yaml", &[9].into()).is_empty());
    }
}
