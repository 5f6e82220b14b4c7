//! Every relative link of a Markdown file leads to a file and a heading that exist, every other one is
//! a URL, and every test that the documentation names is there.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files of the repository with this ending, without what was built.
fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{ending}");
    found
}

/// The text without fenced blocks, in which brackets are code.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence && !line.starts_with("    ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The targets of `[text](target)` and `![text](target)`.
fn targets(text: &str) -> Vec<&str> {
    let behind = text.split("](").skip(1);
    behind
        .filter_map(|rest| Some(rest.split_once(')')?.0))
        .collect()
}

/// The anchor that forges make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter(|character| character.is_alphanumeric() || "-_ ".contains(*character))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

fn anchors(text: &str) -> Vec<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect()
}

/// What is wrong with a link of `file`, if anything is.
fn fault(file: &Path, target: &str) -> Option<String> {
    if let Some((scheme, rest)) = target.split_once(':') {
        let known = matches!(scheme, "https" | "http" | "mailto");
        let host = rest.trim_start_matches('/');
        let whole = !host.is_empty() && !target.contains(char::is_whitespace);
        return (!known || !whole).then(|| "is no URL".into());
    }
    let (path, wanted) = match target.split_once('#') {
        Some((path, wanted)) => (path, Some(wanted)),
        None => (target, None),
    };
    let goal = if path.is_empty() {
        file.to_path_buf()
    } else {
        file.parent().unwrap().join(path)
    };
    if !goal.exists() {
        return Some("leads to no file".into());
    }
    let wanted = wanted?;
    let text = fs::read_to_string(&goal).unwrap_or_default();
    (!anchors(&text).iter().any(|anchor| anchor == wanted)).then(|| "leads to no heading".into())
}

#[test]
fn links_of_markdown_lead_somewhere() {
    let mut faults = Vec::new();
    let mut count = 0;
    for file in files(".md") {
        let text = prose(&fs::read_to_string(&file).unwrap());
        for target in targets(&text) {
            count += 1;
            let fault = fault(&file, target);
            faults.extend(fault.map(|fault| format!("{}: {target} {fault}", file.display())));
        }
    }
    assert!(count > 10, "{count} links");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn broken_links_are_found() {
    let readme = root().join("README.md");
    for (target, is_fine) in [
        ("CONTRIBUTING.md", true),
        ("CONTRIBUTING.md#the-map-of-the-house", true),
        ("#two-commands", true),
        ("https://docs.rs/slack-rtm", true),
        ("CONTRIBUTED.md", false),
        ("CONTRIBUTING.md#the-map", false),
        ("#three-commands", false),
        ("https://", false),
        ("gopher://docs.rs", false),
    ] {
        assert_eq!(fault(&readme, target).is_none(), is_fine, "{target}");
    }
    let text = "[a](b) `c` ![d](e#f)\n```\n[g](h)\n```\n";
    assert_eq!(targets(&prose(text)), ["b", "e#f"]);
}

/// Names such as `core/tests/limits.rs::misuse_is_an_error`, as the documentation writes them.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|name| name.split_once("::"))
        .filter(|(file, name)| file.ends_with(".rs") && !name.is_empty())
        .collect()
}

#[test]
fn tests_that_are_named_exist() {
    let mut count = 0;
    let written = [files(".md"), files(".rs")].concat();
    for file in written {
        // Line by line, for a backtick that stands alone must not turn the rest around.
        let text = fs::read_to_string(&file).unwrap();
        for (path, name) in text.lines().flat_map(named_tests) {
            if file.ends_with("tests/documentation/tests/links.rs") {
                continue;
            }
            count += 1;
            let code = fs::read_to_string(root().join(path)).unwrap_or_default();
            let is_there = code.contains(&format!("fn {name}("));
            assert!(is_there, "{}: no {path}::{name}", file.display());
        }
    }
    assert!(count > 40, "{count} names");
}
