//! Any bytes as infrastructure code, in each format: rows or a word about it, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polity_iac::{File, Format, Sources, read};

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::default();
    sources.add("", "main.tf", bytes);
    let file = File { path: "code", bytes };
    let told = read(file, None, &sources);
    assert!(told.format.is_some() || !told.diagnostics.is_empty(), "refused without a word");
    for (name, format) in Format::ALL {
        let reading = read(File { path: name, ..file }, Some(format), &sources);
        for found in &reading.found {
            assert!(!found.row.values.is_empty() && found.origin.line > 0, "a row without a place");
            assert!(found.origin.start <= found.origin.end, "a place that ends before it begins");
        }
    }
});
