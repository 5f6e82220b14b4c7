//! JSON: the tokenizer alone, and compared with `serde_json`.

use super::model::Doc;
use super::script::{Script, ways};
use serde::de::IgnoredAny;
use serde_json::Value;
use slack_rtm::json::{JsonToken, Piece, SyntaxError, Tokenizer};

pub(crate) fn tokenizer(data: &[u8]) {
    let mut script = Script(data);
    let [whole, bytes, pieces] = ways(script.sizes()).map(|sizes| read(script.0, &sizes));
    assert_eq!(bytes, whole);
    assert_eq!(pieces, whole);
}

/// Checks that both accept the same documents and read the same values.
pub(crate) fn differential(data: &[u8]) {
    let document = read(data, &[usize::MAX]);
    let is_json =
        std::str::from_utf8(data).is_ok() && serde_json::from_slice::<IgnoredAny>(data).is_ok();
    match document {
        Err(SyntaxError::TooDeep) => {}
        Err(error) => assert!(!is_json, "{error}"),
        Ok(document) => {
            assert!(is_json, "accepted, and not JSON");
            // `serde_json` refuses half pairs, numbers that no float holds, and 128 levels.
            if let Ok(value) = serde_json::from_slice::<Value>(data) {
                same(&document, &value);
            }
        }
    }
}

fn same(document: &Doc, value: &Value) {
    match (document, value) {
        (Doc::Null, Value::Null) => {}
        (Doc::Bool(one), Value::Bool(other)) => assert_eq!(one, other),
        (Doc::Text(one), Value::String(other)) => assert_eq!(one, other),
        (Doc::Number(one), Value::Number(other)) => {
            assert_eq!(
                serde_json::from_str::<Value>(one).unwrap(),
                Value::Number(other.clone())
            );
        }
        (Doc::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len());
            for (one, other) in one.iter().zip(other) {
                same(one, other);
            }
        }
        (Doc::Object(one), Value::Object(other)) => {
            for (at, (name, document)) in one.iter().enumerate() {
                // The last of equal names counts.
                if !one[at + 1..].iter().any(|(later, _)| later == name) {
                    same(document, &other[name]);
                }
            }
            assert!(
                other
                    .keys()
                    .all(|key| one.iter().any(|(name, _)| name == key))
            );
        }
        _ => panic!("{document:?} is not {value:?}"),
    }
}

/// Reads the document token by token, in slices of the lengths in `sizes`.
pub(crate) fn read(input: &[u8], sizes: &[usize]) -> Result<Doc, SyntaxError> {
    let mut tokenizer = Tokenizer::new();
    let mut builder = Builder::default();
    let mut rest = input;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let (mut slice, behind) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
        rest = behind;
        while !slice.is_empty() {
            let step = tokenizer.next(slice)?;
            assert!(step.consumed <= slice.len());
            match step.token {
                Some(token) => builder.token(slice, token),
                None => assert_eq!(step.consumed, slice.len(), "no progress"),
            }
            assert_eq!(tokenizer.depth(), builder.open.len());
            slice = &slice[step.consumed..];
        }
    }
    if let Some(token) = tokenizer.finish()? {
        builder.token(b"", token);
    }
    assert!(tokenizer.is_complete());
    Ok(builder.root.expect("a complete document has a value"))
}

/// Builds a document from tokens.
#[derive(Default)]
struct Builder {
    open: Vec<(Option<String>, Doc)>,
    name: Option<String>,
    bytes: Vec<u8>,
    root: Option<Doc>,
}

impl Builder {
    fn token(&mut self, input: &[u8], token: JsonToken) {
        match token {
            JsonToken::BeginObject => self.open.push((self.name.take(), Doc::Object(Vec::new()))),
            JsonToken::BeginArray => self.open.push((self.name.take(), Doc::Array(Vec::new()))),
            JsonToken::EndObject | JsonToken::EndArray => {
                let (name, document) = self.open.pop().unwrap();
                assert_eq!(
                    token == JsonToken::EndObject,
                    matches!(document, Doc::Object(_))
                );
                self.name = name;
                self.value(document);
            }
            JsonToken::Name(piece) => {
                if let Some(name) = self.piece(input, piece) {
                    assert!(self.name.replace(name).is_none());
                }
            }
            JsonToken::Text(piece) => {
                if let Some(text) = self.piece(input, piece) {
                    self.value(Doc::Text(text));
                }
            }
            JsonToken::Number(piece) => {
                if let Some(number) = self.piece(input, piece) {
                    self.value(Doc::Number(number));
                }
            }
            JsonToken::Bool(value) => self.value(Doc::Bool(value)),
            JsonToken::Null => self.value(Doc::Null),
        }
    }

    fn piece(&mut self, input: &[u8], piece: Piece) -> Option<String> {
        match piece {
            Piece::Raw { start, end, .. } => self.bytes.extend_from_slice(&input[start..end]),
            Piece::Char(character) => self.bytes.extend(character.to_string().bytes()),
            Piece::Pair(character) => {
                assert!(self.bytes.ends_with("\u{fffd}".as_bytes()));
                self.bytes.truncate(self.bytes.len() - 3);
                self.bytes.extend(character.to_string().bytes());
            }
        }
        let text = piece.is_last().then(|| std::mem::take(&mut self.bytes))?;
        Some(String::from_utf8(text).expect("checked to be UTF-8"))
    }

    fn value(&mut self, value: Doc) {
        match self.open.last_mut() {
            None => assert!(self.root.replace(value).is_none(), "two documents"),
            Some((_, Doc::Object(members))) => {
                let name = self.name.take().expect("a member has a name");
                members.push((name, value));
            }
            Some((_, Doc::Array(elements))) => elements.push(value),
            Some(_) => unreachable!(),
        }
    }
}
