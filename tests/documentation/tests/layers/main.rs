//! The layers of the core: imports go down, no two files import each other, and `mod.rs` and `lib.rs`
//! only declare and re-export.
//!
//! The paths of `use` declarations and the paths in code that begin with `crate`, `super`, `self` or
//! `$crate` are resolved to files, through re-exports to the file that defines the item. Comments,
//! literals, attributes and items under `#[cfg(test)]` do not count.

mod file;
mod graph;
mod order;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use graph::Crate;
use order::{DOCUMENTATION, Imports, LAYERS};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of the core, by their paths from `core/src` on.
fn sources() -> Vec<(String, String)> {
    let base = root().join("core/src");
    let (mut found, mut folders) = (Vec::new(), vec![base.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let parts = path.strip_prefix(&base).unwrap().iter();
                let name: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
                found.push((name.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn imports_of_the_core_go_down() {
    let sources = sources();
    let core = Crate::new(&sources);
    let edges = core.edges().len();
    assert!(core.files.len() > 60 && edges > 200, "{edges} imports");
    let findings = core.findings();
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}

/// The rows of the map in CONTRIBUTING.md that are about modules of the core: their names, and what
/// they may import.
fn map(text: &str) -> Vec<(Vec<String>, String)> {
    let quoted = |cell: &str| -> Vec<String> {
        let names = cell.split('`').skip(1).step_by(2);
        names
            .map(|name| {
                let name = name.strip_prefix("core/src/").unwrap_or(name);
                name.trim_end_matches(".rs").to_owned()
            })
            .collect()
    };
    text.lines()
        .filter(|line| line.starts_with("| `core/src/"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            (quoted(cells[0]), cells[2].to_owned())
        })
        .filter(|(modules, _)| modules != &[DOCUMENTATION])
        .collect()
}

/// The rows that the map should have, without modules for which `exists` is false.
fn expected_map(exists: impl Fn(&str) -> bool) -> Vec<(Vec<String>, String)> {
    LAYERS
        .iter()
        .enumerate()
        .filter_map(|(place, layer)| {
            let modules: Vec<_> = layer.modules.iter().filter(|name| exists(name)).collect();
            let may_import = match layer.may_import {
                Imports::AboveAndEachOther if place == 0 => "each other".to_owned(),
                Imports::AboveAndEachOther => "those above, each other".to_owned(),
                Imports::Above => "those above".to_owned(),
                Imports::Only(names) => {
                    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                    names.join(", ")
                }
            };
            let names = modules.iter().map(ToString::to_string).collect();
            (!modules.is_empty()).then_some((names, may_import))
        })
        .collect()
}

#[test]
fn contributing_shows_the_same_layers() {
    let files = sources();
    let exists = |name: &str| {
        let (file, folder) = (format!("{name}.rs"), format!("{name}/mod.rs"));
        files
            .iter()
            .any(|(path, _)| *path == file || *path == folder)
    };
    let mut rows = map(&fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap());
    for (modules, _) in &mut rows {
        modules.retain(|name| exists(name));
    }
    rows.retain(|(modules, _)| !modules.is_empty());
    assert_eq!(rows, expected_map(exists));
}

/// The findings in a tree of files, without those of a `lib.rs`.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.to_string(), text.to_string()))
        .collect();
    sources.push(("lib.rs".to_owned(), "mod a;".to_owned()));
    Crate::new(&sources).findings()
}

#[test]
fn an_upward_import_is_found() {
    let http = ("http/mod.rs", "mod head;\npub use head::Head;");
    let head = ("http/head.rs", "pub struct Head;");
    assert_eq!(
        findings(&[http, head, ("url.rs", "\nuse crate::http::Head;")]),
        ["url.rs:2: `crate::http::Head` imports upward, from http/head.rs"]
    );
    assert!(findings(&[http, head, ("client.rs", "use crate::http::Head;")]).is_empty());
    // Nested braces, an alias, a path in code, a macro.
    for text in [
        "use crate::{time, http::{self as h, Head as H}};",
        "fn f() -> super::http::Head { todo!() }",
        "macro_rules! m { () => { $crate::http::Head }; }",
        "pub(crate) use super::http;",
        "mod inner { use super::super::http::Head; }",
        "use crate::http::*;",
    ] {
        let found = findings(&[http, head, ("url.rs", text), ("time.rs", "")]);
        assert!(!found.is_empty(), "{text}");
        assert!(
            found.iter().all(|line| line.contains("upward")),
            "{found:?}"
        );
    }
}

#[test]
fn layers_of_equal_rank_import_each_other_only_if_they_are_small_files() {
    assert!(findings(&[("pace.rs", ""), ("backoff.rs", "use crate::pace::Pace;")]).is_empty());
    let rtm = ("rtm/mod.rs", "mod event;");
    let event = ("rtm/event.rs", "use crate::socket_mode::Envelope;");
    let found = findings(&[rtm, event, ("socket_mode.rs", "pub struct Envelope;")]);
    assert!(found[0].contains("upward") && found.len() == 1, "{found:?}");
    let link = ("link.rs", "use crate::entropy::Entropy;");
    assert_eq!(findings(&[link, ("entropy.rs", "")]).len(), 1);
    let link = ("link.rs", "use crate::time::Instant;");
    assert!(findings(&[link, ("time.rs", "")]).is_empty());
    let found = findings(&[("sundries.rs", "")]);
    assert_eq!(found, ["sundries.rs: `sundries` is in no layer"]);
}

#[test]
fn a_cycle_of_three_files_is_found() {
    let files = [
        ("json/mod.rs", "mod a; mod b; mod c; pub use b::B;"),
        ("json/a.rs", "use super::b::B;"),
        ("json/b.rs", "fn f() { crate::json::c::g(); }"),
        ("json/c.rs", "use super::a::{self, A};"),
    ];
    let found = findings(&files);
    let files: BTreeSet<_> = found.iter().map(|line| &line[..9]).collect();
    assert_eq!(
        files.into_iter().collect::<Vec<_>>(),
        ["json/a.rs", "json/b.rs", "json/c.rs"]
    );
    assert!(found.iter().all(|line| line.contains("cycle")), "{found:?}");
}

#[test]
fn an_import_from_mod_rs_is_found() {
    let root = ("json/mod.rs", "mod a;\nmod b;\npub use a::A;");
    let a = ("json/a.rs", "pub struct A;");
    for text in ["use super::A;", "use crate::json::A;", "use super::*;"] {
        let found = findings(&[root, a, ("json/b.rs", text)]);
        assert!(found[0].contains("imports from json/mod.rs"), "{found:?}");
    }
    assert!(findings(&[root, a, ("json/b.rs", "use super::a::A;")]).is_empty());
    let found = findings(&[("url.rs", "use crate::Config;")]);
    assert_eq!(found, ["url.rs:1: `crate::Config` imports from lib.rs"]);
}

#[test]
fn an_exported_macro_is_of_the_file_that_defines_it() {
    let json = ("json/mod.rs", "pub mod paths;");
    let paths = (
        "json/paths.rs",
        "#[macro_export]\nmacro_rules! paths { () => {} }",
    );
    let event = ("event/paths.rs", "crate::paths! {}");
    assert!(findings(&[json, paths, ("event/mod.rs", "mod paths;"), event]).is_empty());
    let url = ("url.rs", "crate::paths! {}");
    let found = findings(&[json, paths, url]);
    assert!(found[0].contains("upward, from json/paths.rs"), "{found:?}");
}

#[test]
fn code_in_mod_rs_is_found() {
    for (text, line) in [
        ("mod a;\nfn f() {}", Some(2)),
        ("mod a {\n}", Some(1)),
        ("pub use core::fmt;\n\nimpl A for B {}", Some(3)),
        ("macro_rules! m { () => {} }", Some(1)),
        (
            "//! Text.\n#![no_std]\n#[cfg(doc)]\npub mod a;\npub(crate) use core::{fmt, str};",
            None,
        ),
        ("mod a;\n#[cfg(test)]\nmod tests { fn f() {} }\n", None),
        ("#[cfg(test)]\nextern crate std;\npub mod a;", None),
    ] {
        let expected =
            line.map(|line| format!("url/mod.rs:{line}: code other than `mod` and `use`"));
        assert_eq!(findings(&[("url/mod.rs", text)]), Vec::from_iter(expected));
    }
}

#[test]
fn paths_in_comments_literals_and_tests_do_not_count() {
    let client = ("client.rs", "");
    for text in [
        "//! See [`Client`](crate::client::Client).",
        "/// `crate::client`\nfn f() {}",
        "/* a /* b */ use crate::client::A; */",
        "const A: &str = \"use crate::client::A; \\\" crate::client::B\";",
        "const A: &str = r#\"\" crate::client::A \"#;",
        "const A: [char; 2] = ['\"', '\\'']; // crate::client::A",
        "#[doc = \"\"]\n#[cfg(test)]\nmod tests { use crate::client::A; }",
        "#[cfg(all(test, feature = \"x\"))]\nuse crate::client::A;",
        "struct A<'a> { a: &'a str, #[cfg(test)] b: crate::client::B, c: char }",
        "pub(in crate::client) fn f<'a>() -> impl Sized + use<'a> {}",
        "#[doc(alias = \"a\", crate::client::A)]\nfn f() {}",
        "use core::client::A; use client::B;",
    ] {
        let found = findings(&[client, ("url.rs", text)]);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
    // What follows still counts.
    for text in [
        "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::client::A;",
        "#[cfg(not(test))]\nuse crate::client::A;",
        "struct A { #[cfg(test)] b: u8, c: crate::client::C }",
        "const A: &str = \"\\\\\"; use crate::client::A;",
        "fn f(r#type: &'static crate::client::A) {}",
    ] {
        assert_eq!(findings(&[client, ("url.rs", text)]).len(), 1, "{text}");
    }
}
