//! Each event of a `Caller` and each failure of a call is in the guide, with what a device must do.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// Returns the names of the variants of an enum in a formatted source file.
fn variants(source: &str, name: &str) -> Vec<String> {
    let (_, body) = source
        .split_once(&format!("pub enum {name}<'r> {{\n"))
        .unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = lines.filter(|line| line.starts_with(char::is_uppercase));
    variants
        .map(|line| {
            line.split(|end: char| !end.is_alphanumeric())
                .next()
                .unwrap()
                .into()
        })
        .collect()
}

/// Returns the names in the first column of the table with this heading.
fn first_column(guide: &str, heading: &str) -> Vec<String> {
    let (_, table) = guide.split_once(&format!("//! | {heading} |")).unwrap();
    let rows = table
        .lines()
        .skip(2)
        .map_while(|line| line.strip_prefix("//! | "));
    rows.flat_map(|row| {
        let (cell, _) = row.split_once(" |").unwrap();
        cell.split(", ")
            .map(|name| name.trim_matches('`').to_owned())
    })
    .collect()
}

#[test]
fn each_event_and_each_failure_is_in_the_guide() {
    let guide = read("core/src/guide/web_api.rs");
    for (file, name, heading) in [
        (
            "core/src/web_api/caller.rs",
            "CallerEvent",
            "event of the machine",
        ),
        (
            "core/src/web_api/call_failure.rs",
            "CallFailure",
            "failure of a call in an adapter",
        ),
    ] {
        let variants = variants(&read(file), name);
        assert!(variants.len() > 4, "{variants:?}");
        assert_eq!(variants, first_column(&guide, heading), "{name}");
    }
}
