//! What is to be kept of a document, found in the simple way: with all of it in memory.

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{
    DocumentState, Extractor, Paths, Raw, Records, Retention, SyntaxError, Value,
};

/// A document. Duplicate names are there as they are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Doc {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Doc>),
    Object(Vec<(String, Doc)>),
}

/// A kept value, owned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kept {
    Null,
    Bool(bool),
    Number(String),
    Text(String, u32),
    Array,
    Object,
    List(Vec<Kept>, u32),
    TooLong(u32),
}

/// The values of each element in turn, then those of the document, by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) elements: Vec<(u8, Vec<(u8, Kept)>)>,
    pub(crate) document: Vec<(u8, Kept)>,
    pub(crate) complete: bool,
}

impl Doc {
    /// JSON with escapes and white space wherever `style` has a bit for them.
    pub(crate) fn render(&self, style: u64, out: &mut String) {
        let mut dice = style | 1;
        self.put(&mut dice, out);
    }

    fn put(&self, dice: &mut u64, out: &mut String) {
        fn roll(dice: &mut u64) -> u64 {
            *dice ^= *dice << 13;
            *dice ^= *dice >> 7;
            *dice ^= *dice << 17;
            *dice >> 40
        }
        fn space(dice: &mut u64, out: &mut String) {
            if roll(dice).is_multiple_of(8) {
                out.push_str([" ", "\n", "\t", "\r\n  "][roll(dice) as usize % 4]);
            }
        }
        fn text(text: &str, dice: &mut u64, out: &mut String) {
            out.push('"');
            for character in text.chars() {
                match character {
                    '"' | '\\' => out.extend(['\\', character]),
                    '/' if roll(dice).is_multiple_of(2) => out.push_str("\\/"),
                    '\n' if roll(dice).is_multiple_of(2) => out.push_str("\\n"),
                    _ if character < ' ' || roll(dice).is_multiple_of(5) => {
                        for unit in character.encode_utf16(&mut [0; 2]) {
                            out.push_str(&format!("\\u{unit:04x}"));
                        }
                    }
                    _ => out.push(character),
                }
            }
            out.push('"');
        }
        space(dice, out);
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(&value.to_string()),
            Self::Number(number) => out.push_str(number),
            Self::Text(value) => text(value, dice, out),
            Self::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    out.push(if at == 0 { '[' } else { ',' });
                    element.put(dice, out);
                }
                out.push_str(if elements.is_empty() { "[]" } else { "]" });
            }
            Self::Object(members) => {
                for (at, (name, value)) in members.iter().enumerate() {
                    out.push(if at == 0 { '{' } else { ',' });
                    space(dice, out);
                    text(name, dice, out);
                    space(dice, out);
                    out.push(':');
                    value.put(dice, out);
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
        }
        space(dice, out);
    }
}

/// What is to be kept of `doc` if there is room for everything.
pub(crate) fn expected(paths: &Paths, doc: &Doc) -> Outcome {
    let mut outcome = Outcome {
        complete: true,
        ..Outcome::default()
    };
    let mut document = Vec::new();
    walk(paths, "", doc, &mut document, &mut outcome.elements);
    outcome.document = sorted(document);
    outcome
}

fn lookup(paths: &Paths, path: &str) -> Option<(u8, Retention)> {
    let at = paths.all().position(|own| own.path == path)?;
    Some((at as u8, paths.all().nth(at)?.retention))
}

fn below(paths: &Paths, path: &str) -> bool {
    paths
        .all()
        .any(|own| own.path.to_string().starts_with(path))
}

type Values = Vec<(u8, Kept)>;

fn walk(paths: &Paths, at: &str, doc: &Doc, out: &mut Values, events: &mut Vec<(u8, Values)>) {
    let own = lookup(paths, at);
    let entry = at.ends_with("[]");
    let scalar = match doc {
        Doc::Null => Kept::Null,
        Doc::Bool(value) => Kept::Bool(*value),
        Doc::Number(number) => Kept::Number(number.clone()),
        Doc::Text(text) => Kept::Text(text.clone(), text.len() as u32),
        Doc::Array(elements) => {
            let element = format!("{at}[]");
            if entry || !below(paths, &element) {
                Kept::Array
            } else {
                let list = lookup(paths, &element);
                let inner = below(paths, &format!("{element}."));
                match list {
                    Some((path, Retention::Element)) => {
                        for doc in elements {
                            let mut values = Vec::new();
                            walk(paths, &element, doc, &mut values, events);
                            events.push((path, sorted(values)));
                        }
                        return;
                    }
                    Some((path, _)) => {
                        let entries = elements.iter().filter(|_| !inner).map(simple).collect();
                        out.push((path, Kept::List(entries, elements.len() as u32)));
                    }
                    None => {}
                }
                for doc in elements {
                    if matches!(doc, Doc::Object(_)) && inner {
                        walk(paths, &element, doc, out, events);
                    }
                }
                return;
            }
        }
        Doc::Object(members) => {
            if let (Some((path, _)), false) = (own, entry) {
                out.push((path, Kept::Object));
            }
            for (index, (name, doc)) in members.iter().enumerate() {
                let path = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                let again = members[index + 1..].iter().any(|(later, _)| later == name);
                let mut dropped = Vec::new();
                let out = if again { &mut dropped } else { &mut *out };
                // A dot or a bracket in a name is none of a path.
                if !name.is_empty() && !name.contains(['.', '[']) && below(paths, &path) {
                    walk(paths, &path, doc, out, events);
                }
            }
            return;
        }
    };
    if let Some((path, _)) = own {
        out.push((path, scalar));
    }
}

fn simple(doc: &Doc) -> Kept {
    match doc {
        Doc::Null => Kept::Null,
        Doc::Bool(value) => Kept::Bool(*value),
        Doc::Number(number) => Kept::Number(number.clone()),
        Doc::Text(text) => Kept::Text(text.clone(), text.len() as u32),
        Doc::Array(_) => Kept::Array,
        Doc::Object(_) => Kept::Object,
    }
}

fn sorted(mut values: Values) -> Values {
    values.sort_by_key(|(path, _)| *path);
    values
}

fn owned(value: Value<'_>) -> Kept {
    match value {
        Value::Null => Kept::Null,
        Value::Bool(value) => Kept::Bool(value),
        Value::Number(number) => Kept::Number(number.to_string()),
        Value::Text(text) => Kept::Text(text.as_str().to_string(), text.full_len()),
        Value::Array => Kept::Array,
        Value::Object => Kept::Object,
        Value::List(list) => Kept::List(list.iter().map(owned).collect(), list.len()),
        Value::TooLong { length } => Kept::TooLong(length),
        other => panic!("{other:?} is new"),
    }
}

fn values(records: Records<'_>) -> Values {
    sorted(
        records
            .iter()
            .map(|record| (record.path, owned(record.value)))
            .collect(),
    )
}

/// What is kept of `json` in `size` bytes of memory, read in pieces of at most `piece` bytes.
pub(crate) fn kept(
    paths: &'static Paths,
    json: &[u8],
    size: usize,
    piece: usize,
) -> Result<Outcome, SyntaxError> {
    let mut memory = vec![0; size];
    let mut rx = RecvBuf::try_from(&mut memory[..]).unwrap();
    let mut fields = Extractor::new(paths, Raw::Off);
    let mut outcome = Outcome {
        complete: true,
        ..Outcome::default()
    };
    let mut rest = json;
    while !rest.is_empty() {
        let space = rx.space();
        assert!(space.len() >= RecvBuf::LEAST_READ, "no room to read on");
        let count = space.len().min(piece).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rx.filled(count);
        rest = &rest[count..];
        while !rx.unread().is_empty() {
            let progress = fields.feed(&mut rx, usize::MAX)?;
            assert!(progress.consumed > 0 || progress.state != DocumentState::Incomplete);
            let DocumentState::Element(path) = progress.state else {
                continue;
            };
            outcome.complete &= rx.records().is_complete();
            let mut element = values(rx.records());
            let list = paths.path(path).unwrap().to_string();
            element.retain(|(path, _)| {
                let path = paths.path(*path).unwrap().to_string();
                path.starts_with(&list)
            });
            outcome.elements.push((path, element));
        }
    }
    fields.finish(&mut rx)?;
    outcome.complete &= rx.records().is_complete();
    outcome.document = values(rx.records());
    Ok(outcome)
}
