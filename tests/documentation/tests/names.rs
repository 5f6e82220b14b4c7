//! Names of the public API: no type has the name of another one, every type has its `defmt::Format`
//! checked, and the types that both adapters have under one name have the same methods.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the source files in a folder of the repository.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// A type that a file declares as public.
#[derive(Debug, PartialEq)]
struct Declared {
    kind: String,
    name: String,
}

/// Returns the public types that a file declares: by an item, or by the macro for views of events.
fn declared(text: &str) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut in_view = false;
    for line in text.lines() {
        let line = line.trim();
        let mut words =
            line.split(|character: char| !(character.is_alphanumeric() || character == '_'));
        if in_view && line.starts_with(char::is_uppercase) {
            found.push(Declared {
                kind: "struct".into(),
                name: line.into(),
            });
        }
        in_view = (in_view && line != "}") || line == "view! {";
        if words.next() == Some("pub")
            && let Some(kind @ ("struct" | "enum" | "trait" | "type" | "union")) = words.next()
            && let Some(name) = words.next().filter(|name| !name.is_empty())
        {
            found.push(Declared {
                kind: kind.into(),
                name: name.into(),
            });
        }
    }
    found
}

/// Returns the types of the core that a program can name. Modules that are private or hidden declare
/// others.
fn types_of_the_core() -> BTreeMap<String, Vec<String>> {
    const HIDDEN: [&str; 12] = [
        "Window",
        "MaskedWindow",
        "Node",
        "Tree",
        "TableSource",
        "NamedTree",
        "OwnPath",
        "Sealed",
        "Format",
        "Outbound",
        "SocketModeState",
        "SocketModeSession",
    ];
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources("core/src") {
        for Declared { kind, name } in declared(&text) {
            if !HIDDEN.contains(&name.as_str()) {
                let place = format!("{kind} in {}", path.display());
                types.entry(name).or_default().push(place);
            }
        }
    }
    types
}

#[test]
fn no_public_type_of_the_core_has_the_name_of_another() {
    let types = types_of_the_core();
    assert!(types.len() > 100, "{}", types.len());
    for (name, places) in types {
        assert_eq!(places.len(), 1, "{name}: {places:?}");
    }
}

/// `core/tests/defmt.rs` does not compile if a type that it names has no `defmt::Format`.
#[test]
fn every_public_type_of_the_core_is_in_the_test_of_defmt() {
    let test = fs::read_to_string(root().join("core/tests/defmt.rs")).unwrap();
    let named: Vec<&str> = test
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .collect();
    for (name, places) in types_of_the_core() {
        let is_value = places.iter().any(|place| !place.starts_with("trait"));
        assert!(
            !is_value || named.contains(&name.as_str()),
            "{name}: {places:?}"
        );
    }
}

/// The same for the adapter, whose types have names of their own.
#[test]
fn every_public_type_of_the_embassy_adapter_is_in_the_test_of_defmt() {
    let test = fs::read_to_string(root().join("adapters/embassy/tests/defmt.rs")).unwrap();
    let named: Vec<&str> = test
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .collect();
    for (path, text) in sources("adapters/embassy/src") {
        for Declared { kind, name } in declared(&text) {
            assert!(
                kind == "trait" || named.contains(&name.as_str()),
                "{name} in {}",
                path.display()
            );
        }
    }
}

/// Returns the public methods in the `impl` blocks of the type of this name.
fn methods_of(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut in_type, mut header) = (false, String::new());
    for line in text.lines() {
        // A header may take several lines.
        if line.starts_with("impl") || !header.is_empty() {
            header.push_str(line);
            header.push(' ');
            if line.ends_with('{') {
                in_type = header.contains(&format!(" {name}<")) && !header.contains(" for ");
                header.clear();
            }
        }
        let method = ["    pub fn ", "    pub const fn ", "    pub async fn "]
            .into_iter()
            .find_map(|keywords| line.strip_prefix(keywords));
        if in_type && let Some(rest) = method {
            let (name, _) = rest.split_once(['(', '<']).unwrap();
            found.push(name.into());
        }
        in_type &= line != "}";
    }
    found.sort();
    found
}

/// Returns the public methods of a type in the std adapter and in the embassy adapter.
fn methods_in_adapters(name: &str) -> [Vec<String>; 2] {
    ["adapters/std/src", "adapters/embassy/src"].map(|folder| {
        let sources = sources(folder);
        let texts = sources.iter().map(|(_, text)| methods_of(name, text));
        texts.max_by_key(Vec::len).unwrap()
    })
}

#[test]
fn the_handles_of_both_adapters_have_the_same_methods() {
    let [std, embassy] = methods_in_adapters("Handle");
    assert!(std.contains(&"send".into()) && std.len() > 5, "{std:?}");
    assert_eq!(std, embassy);
}

#[test]
fn apps_have_the_same_methods_in_both_adapters() {
    // Calls that block, which a future of the embassy adapter makes beside the app.
    const STD_ONLY: [&str; 1] = ["web_api"];
    let [std, embassy] = methods_in_adapters("AppHandle");
    assert!(std.contains(&"reply".into()) && std.len() > 8, "{std:?}");
    for method in &std {
        assert!(
            embassy.contains(method) || STD_ONLY.contains(&&**method),
            "{method}"
        );
    }
    for method in &embassy {
        assert!(std.contains(method), "{method}");
    }
}

#[test]
fn calls_of_the_web_api_have_the_same_methods_in_both_adapters() {
    // A sequence that blocks until its outcome; its futures have a type of their own. Another thread
    // ends a call that blocks; a future is dropped.
    const STD_ONLY: [&str; 3] = ["call_sequence", "resume", "stop_handle"];
    // A call whose futures may be dropped without ending it.
    const EMBASSY_ONLY: [&str; 2] = ["begin", "begin_sequence"];
    let [std, embassy] = methods_in_adapters("WebApi");
    assert!(std.contains(&"call".into()) && std.len() > 8, "{std:?}");
    for (methods, others, exceptions) in [
        (&std, &embassy, &STD_ONLY[..]),
        (&embassy, &std, &EMBASSY_ONLY[..]),
    ] {
        let only: Vec<_> = methods
            .iter()
            .filter(|name| !others.contains(name))
            .collect();
        assert_eq!(only, exceptions);
    }
}

#[test]
fn declarations_are_recognised() {
    let text = "\
pub struct One<'a>(&'a str);
    pub enum Two {
pub(crate) struct Three;
view! {
    /// A comment.
    Four
}
pub use five::Five;
pub type Six = u8;
";
    let names: Vec<_> = declared(text).into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["One", "Two", "Four", "Six"]);
    let handle = "impl<'m> Handle<'_, 'm> {\n    pub fn send(&self) {}\n    fn other() {}\n}\n    pub fn no() {}\n";
    assert_eq!(methods_of("Handle", handle), ["send"]);
    let long = "impl<'m>\n    Handle<'_, 'm>\n{\n    pub fn send(&self) {}\n}\n";
    assert_eq!(methods_of("Handle", long), ["send"]);
    assert_eq!(methods_of("Other", long), [""; 0]);
    let all = "impl Api<'_> {\n    pub const fn b(&self) {}\n    pub async fn a<T>() {}\n    pub(crate) fn c() {}\n}\n";
    assert_eq!(methods_of("Api", all), ["a", "b"]);
}
