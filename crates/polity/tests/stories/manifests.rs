//! Bad input at the binary: a diagnostic or a clear refusal, never a panic, never a plan to delete.

use std::fs;

use crate::support::{On, Story};

#[test]
fn an_empty_folder_is_an_error_and_no_order_to_delete() {
    let story = Story::acme(On::Sandbox);
    story.apply();
    let before = story.held();
    fs::remove_dir_all(story.folder()).unwrap();
    fs::create_dir(story.folder()).unwrap();
    for verb in [&["check"][..], &["plan"], &["apply", "--auto-approve"], &["drift"]] {
        let refused = story.polity(verb).expect(1);
        assert!(!refused.err.is_empty() && !refused.err.contains("panicked"), "{}", refused.err);
    }
    fs::remove_dir(story.folder()).unwrap();
    story.polity(&["plan"]).expect(1);
    assert_eq!(story.held(), before);
}

#[test]
fn broken_bytes_are_refused_with_a_word() {
    let story = Story::acme(On::Sandbox);
    let bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned()
        + &(1..30)
            .map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1))
            .collect::<String>();
    let deep = "[".repeat(100_000);
    let inputs: [(&str, Vec<u8>); 6] = [
        ("invalid UTF-8", b"kind: organization\nname: \xff\xfe\n".to_vec()),
        ("a YAML bomb", bomb.into_bytes()),
        ("brackets without end", deep.into_bytes()),
        ("no YAML at all", b"\x00\x01\x02: ] }".to_vec()),
        ("a 100 MB file", vec![b'a'; 100 << 20]),
        (
            "a cycle",
            b"{kind: landing_zone, name: x, parent: y}\n---\n{kind: landing_zone, name: y, parent: x}\n".to_vec(),
        ),
    ];
    for (what, bytes) in inputs {
        let path = story.folder().join("bad.yaml");
        fs::write(&path, bytes).unwrap();
        let refused = story.polity(&["check"]).expect(1);
        let said = refused.out + &refused.err;
        assert!(said.contains("bad.yaml") && !said.contains("panicked"), "{what}: {said}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_saved_plan_of_any_bytes_is_refused() {
    let story = Story::acme(On::Sandbox);
    for bytes in [&b""[..], b"{}", b"\xff", b"[[[[", br#"{"version": "polity.plan/v99"}"#] {
        fs::write(story.file("plan.json"), bytes).unwrap();
        let plan = story.file("plan.json");
        let refused = story.polity(&["apply", plan.to_str().unwrap(), "--auto-approve"]).expect(1);
        assert!(refused.err.contains("plan") && !refused.err.contains("panicked"), "{}", refused.err);
    }
}
