//! The journal: what is ours, what is open, whose it is, and every kind of tampering.

use std::{path::Path, sync::Arc};

use polity_engine::{
    Exit, Journal,
    journal::{Error, Filter, Owner, Verification},
};
use polity_model::{
    Map, Value,
    journal::{Event, Outcome},
    plan::Action,
};
use rusqlite::Connection;

use crate::support::{at, house::Ticking, map};

fn open(path: &Path, organization: &str) -> Result<Journal, Error> {
    Journal::open(path, organization, Arc::new(Ticking::default()))
}

fn owner(name: &str) -> Owner {
    Owner { name: name.to_owned(), host: "here".to_owned() }
}

fn intent(name: &str) -> Event {
    let (scope, after) = ("nimbus".to_owned(), map([("name", name.into())]));
    Event::Intent { address: at("zone", name), action: Action::Create, scope, id: None, after }
}

fn done(name: &str, action: Action) -> Event {
    let result = Outcome::Done {
        scope: "nimbus".to_owned(),
        id: format!("zone-{name}"),
        attributes: map([("name", name.into()), ("size", Value::Int(3)), ("rate", Value::Decimal("1.5".to_owned()))]),
    };
    Event::Outcome { address: at("zone", name), action, result }
}

/// A journal of two writes, and its folder.
fn sample() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"), "acme").unwrap();
    journal.append("run-2", intent("a")).unwrap();
    journal.append("run-2", done("a", Action::Create)).unwrap();
    journal.append_all("run-2", vec![intent("b"), done("b", Action::Create)]).unwrap();
    (folder, journal)
}

fn broken(journal: &Journal) -> (u64, String) {
    match journal.verify().unwrap() {
        Verification::Broken { number, reason } => (number, reason),
        Verification::Whole { .. } => panic!("the tampering was not noticed"),
    }
}

fn tamper(journal: &Journal, sql: &str) {
    let changed = Connection::open(journal.path()).unwrap().execute_batch(sql);
    changed.unwrap();
}

#[test]
fn what_is_written_is_read_back_and_whole() {
    let (_folder, journal) = sample();
    let entries = journal.entries().unwrap();
    assert_eq!(entries.len(), 5);
    assert_eq!(entries[0].event, Event::Founded { organization: "acme".to_owned() });
    assert_eq!(entries[4].event, done("b", Action::Create));
    assert!(entries.iter().all(|entry| entry.digest == entry.expected_digest()));
    let (number, head) = journal.head().unwrap();
    assert_eq!(journal.verify().unwrap(), Verification::Whole { entries: number, head });
}

#[test]
fn history_is_filtered() {
    let (_folder, journal) = sample();
    let of = |filter| journal.history(&filter).unwrap().iter().map(|entry| entry.number).collect::<Vec<_>>();
    assert_eq!(of(Filter { address: Some(at("zone", "b")), ..Filter::default() }), [4, 5]);
    assert_eq!(of(Filter { run: Some("founding".to_owned()), ..Filter::default() }), [1]);
    assert_eq!(of(Filter { from: Some(3), ..Filter::default() }), [3, 4, 5]);
    assert_eq!(of(Filter { last: Some(2), ..Filter::default() }), [4, 5]);
}

#[test]
fn it_knows_what_is_ours_and_what_is_open() {
    let (_folder, journal) = sample();
    assert_eq!(journal.last_applied().unwrap().len(), 2);
    assert_eq!(journal.open_intents().unwrap(), []);
    journal.append("run-6", intent("c")).unwrap();
    let note = Event::Progress { address: at("zone", "c"), name: "order".to_owned(), value: "7".to_owned() };
    journal.append("run-6", note).unwrap();
    assert_eq!(journal.open_intents().unwrap().len(), 1);
    assert_eq!(journal.noted(&at("zone", "c")).unwrap()["order"], "7");
    journal.append("run-6", Event::Settled { address: at("zone", "c"), finding: "not there".to_owned() }).unwrap();
    assert_eq!(journal.open_intents().unwrap(), []);
    assert_eq!(journal.noted(&at("zone", "c")).unwrap()["order"], "7", "a noted request may still be under way");
    journal.append("run-6", done("c", Action::Create)).unwrap();
    assert!(journal.noted(&at("zone", "c")).unwrap().is_empty());
    journal.append("run-6", done("a", Action::Delete)).unwrap();
    journal.append("run-6", Event::Forgotten { address: at("zone", "b"), id: "zone-b".to_owned() }).unwrap();
    let ours: Vec<String> = journal.last_applied().unwrap().keys().map(ToString::to_string).collect();
    assert_eq!(ours, ["nimbus/zone/c"]);
    assert!(matches!(journal.verify().unwrap(), Verification::Whole { entries: 11, .. }));
}

#[test]
fn it_goes_on_where_it_was_left() {
    let (folder, journal) = sample();
    let head = journal.head().unwrap();
    drop(journal);
    let journal = open(&folder.path().join("journal.db"), "acme").unwrap();
    assert_eq!(journal.head().unwrap(), head);
    assert_eq!(journal.append("run-6", intent("c")).unwrap().previous, head.1);
}

#[test]
fn two_that_are_open_at_once_keep_one_chain() {
    let (folder, one) = sample();
    let other = open(&folder.path().join("journal.db"), "acme").unwrap();
    for number in 0..20 {
        let writer = if number % 2 == 0 { &one } else { &other };
        writer.append("run", intent(&format!("z{number}"))).unwrap();
    }
    assert!(matches!(one.verify().unwrap(), Verification::Whole { entries: 25, .. }));
}

#[test]
fn one_of_another_organization_is_refused() {
    let (folder, journal) = sample();
    drop(journal);
    let error = open(&folder.path().join("journal.db"), "globex").err().unwrap();
    assert!(matches!(&error, Error::OtherOrganization { found, .. } if found == "acme"), "{error}");
    assert!(error.to_string().contains("belongs to the organization `acme`, not to `globex`"));
}

#[test]
fn what_is_no_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database at all, but some lines of text that go on for a while\n".repeat(40)).unwrap();
    assert!(matches!(open(&text, "acme").err().unwrap(), Error::Foreign { .. }));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    assert!(matches!(open(&other, "acme").err().unwrap(), Error::Foreign { .. }));
}

#[test]
fn one_of_a_later_format_is_refused() {
    let (folder, journal) = sample();
    tamper(&journal, "PRAGMA user_version = 99");
    drop(journal);
    let error = open(&folder.path().join("journal.db"), "acme").err().unwrap();
    assert!(matches!(error, Error::Newer { found: 99, known: 2, .. }), "{error}");
}

#[test]
fn none_is_made_where_none_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/journal.db");
    assert!(Journal::open_if_there(&path, "acme", Arc::new(Ticking::default())).unwrap().is_none());
    assert!(!path.exists() && !path.parent().unwrap().exists());
    open(&path, "acme").unwrap();
    assert!(Journal::open_if_there(&path, "acme", Arc::new(Ticking::default())).unwrap().is_some());
}

#[test]
fn an_edit_is_found() {
    let (_folder, journal) = sample();
    tamper(&journal, "UPDATE entries SET event = replace(event, 'zone-a', 'zone-x') WHERE number = 3");
    assert_eq!(broken(&journal), (3, "its content does not fit its digest: it was changed".to_owned()));
}

#[test]
fn an_edit_with_a_new_digest_is_found() {
    let (_folder, journal) = sample();
    let mut entry = journal.entries().unwrap()[2].clone();
    entry.run = "run-9".to_owned();
    let digest = entry.expected_digest();
    tamper(&journal, &format!("UPDATE entries SET run = 'run-9', digest = '{digest}' WHERE number = 3"));
    assert_eq!(broken(&journal), (4, "it does not follow from the entry before it".to_owned()));
}

#[test]
fn an_edit_of_time_run_or_address_is_found() {
    for column in ["at = '2020-01-01T00:00:00Z'", "run = 'x'", "address = 'nimbus/zone/q'", "event = event || ' '"] {
        let (_folder, journal) = sample();
        tamper(&journal, &format!("UPDATE entries SET {column} WHERE number = 2"));
        assert_eq!(broken(&journal).0, 2, "{column}");
    }
}

#[test]
fn a_hole_is_found() {
    let (_folder, journal) = sample();
    tamper(&journal, "DELETE FROM entries WHERE number = 3");
    assert_eq!(broken(&journal), (3, "it is missing; entry 4 follows".to_owned()));
}

#[test]
fn a_closed_hole_is_found() {
    let (_folder, journal) = sample();
    tamper(&journal, "DELETE FROM entries WHERE number = 3; UPDATE entries SET number = number - 1 WHERE number > 3");
    assert_eq!(broken(&journal).0, 3);
}

#[test]
fn two_entries_that_change_places_are_found() {
    let (_folder, journal) = sample();
    tamper(
        &journal,
        "UPDATE entries SET number = 99 WHERE number = 2; UPDATE entries SET number = 2 WHERE number = 3;
         UPDATE entries SET number = 3 WHERE number = 99",
    );
    assert_eq!(broken(&journal).0, 2);
}

#[test]
fn a_cut_off_end_is_found() {
    let (_folder, journal) = sample();
    tamper(&journal, "DELETE FROM entries WHERE number > 3");
    let (number, reason) = broken(&journal);
    assert_eq!(number, 4);
    assert!(reason.contains("the head names entry 5, but the last one is 3"), "{reason}");
}

#[test]
fn an_end_that_was_added_to_is_found() {
    let (_folder, journal) = sample();
    let mut entry = journal.entries().unwrap()[4].clone();
    (entry.number, entry.previous) = (6, entry.digest.clone());
    let digest = entry.expected_digest();
    let (at, event) = (entry.at, serde_json::to_string(&entry.event).unwrap());
    let sql = format!(
        "INSERT INTO entries VALUES (6, '{at}', 'run-2', 'nimbus/zone/b', '{event}', '{}', '{digest}')",
        entry.previous
    );
    tamper(&journal, &sql);
    assert!(broken(&journal).1.contains("the head names entry 5"));
}

#[test]
fn tampering_with_what_is_derived_is_found_and_repaired() {
    for sql in [
        "DELETE FROM last_applied WHERE address = 'nimbus/zone/a'",
        "UPDATE last_applied SET id = 'zone-x'",
        "INSERT INTO open_intents VALUES ('nimbus/zone/a', 2)",
        "INSERT INTO notes VALUES ('nimbus/zone/a', 'order', '7')",
        "INSERT INTO platforms VALUES ('nimbus', 'n-9')",
    ] {
        let (_folder, journal) = sample();
        tamper(&journal, sql);
        assert!(broken(&journal).1.contains("derived"), "{sql}");
        journal.rebuild().unwrap();
        assert!(matches!(journal.verify().unwrap(), Verification::Whole { entries: 5, .. }), "{sql}");
        assert_eq!(journal.last_applied().unwrap()[&at("zone", "a")].id, "zone-a");
    }
}

#[test]
fn a_secret_is_never_written_down() {
    let (folder, journal) = sample();
    let after: Map = map([("key", Value::Secret(polity_model::Secret::new("hunter2")))]);
    let scope = "nimbus".to_owned();
    let event = Event::Intent { address: at("zone", "s"), action: Action::Create, scope, id: None, after };
    journal.append("run", event).unwrap();
    assert!(matches!(journal.verify().unwrap(), Verification::Whole { .. }));
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
    }
}

#[test]
fn only_one_holds_the_lock_and_the_other_is_told_who() {
    let (folder, journal) = sample();
    let other = open(&folder.path().join("journal.db"), "acme").unwrap();
    let lock = journal.lock(&owner("ada")).unwrap();
    assert_eq!(lock.left_by, None);
    let error = other.lock(&owner("bob")).unwrap_err();
    let pid = std::process::id();
    assert!(error.to_string().contains(&format!("is locked by ada on here (process {pid}) since 20")), "{error}");
    assert_eq!(polity_engine::Error::from(error).exit(), Exit::Locked);
    drop(lock);
    assert_eq!(other.lock(&owner("bob")).unwrap().left_by, None);
}

#[cfg(unix)]
#[test]
fn a_journal_that_is_named_through_a_link_has_the_same_lock() {
    let (folder, journal) = sample();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(journal.path(), &link).unwrap();
    let other = open(&link, "acme").unwrap();
    let lock = journal.lock(&owner("ada")).unwrap();
    assert_eq!(polity_engine::Error::from(other.lock(&owner("bob")).unwrap_err()).exit(), Exit::Locked);
    drop(lock);
    let _lock = other.lock(&owner("bob")).unwrap();
    assert!(journal.lock(&owner("ada")).unwrap_err().to_string().contains("bob"));
}

#[test]
fn a_lock_that_a_dead_process_left_behind_is_taken_over() {
    let (folder, journal) = sample();
    std::fs::write(folder.path().join("journal.db.lock"), "ada on there (process 4711) since 2026\n").unwrap();
    let lock = journal.lock(&owner("bob")).unwrap();
    assert_eq!(lock.left_by.as_deref(), Some("ada on there (process 4711) since 2026"));
}

#[test]
fn a_copy_goes_on_by_itself_and_leaves_the_journal_as_it_was() {
    let (_folder, journal) = sample();
    journal.append("run-6", intent("c")).unwrap();
    let before = journal.head().unwrap();
    let copy = journal.copy(Arc::new(Ticking::default())).unwrap();
    assert_eq!(copy.entries().unwrap(), journal.entries().unwrap());
    assert_eq!(copy.last_applied().unwrap(), journal.last_applied().unwrap());
    assert_eq!(copy.open_intents().unwrap().len(), 1);

    let held = copy.lock(&owner("ada")).unwrap();
    let elsewhere = journal.lock(&owner("grace")).unwrap();
    copy.append("run-8", done("c", Action::Create)).unwrap();
    drop((held, elsewhere));
    let again = copy.copy(Arc::new(Ticking::default())).unwrap();
    assert!(matches!(again.verify().unwrap(), Verification::Whole { entries: 7, .. }));
    assert!(again.open_intents().unwrap().is_empty());
    assert_eq!(journal.head().unwrap(), before);
    assert_eq!(journal.open_intents().unwrap().len(), 1);
}

#[test]
fn a_journal_in_memory_begins_with_its_founding() {
    let journal = Journal::in_memory("acme", Arc::new(Ticking::default())).unwrap();
    assert_eq!((journal.organization(), journal.head().unwrap().0), ("acme", 1));
    assert!(!journal.path().exists());
}
