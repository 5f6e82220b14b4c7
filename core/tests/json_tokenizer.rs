//! RFC 8259, production by production: what is JSON, what is not, at every split of the input.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)] // tests

use serde_json::{Map, Value, json};
use slack_rtm::json::{JsonToken, Piece, SyntaxError, Tokenizer};

/// The document as the tokens tell it, read in `pieces`.
fn read<'i>(pieces: impl IntoIterator<Item = &'i [u8]>) -> Result<Value, SyntaxError> {
    let mut tokenizer = Tokenizer::new();
    let mut reader = Reader::default();
    for mut input in pieces {
        while !input.is_empty() {
            let step = tokenizer.next(input)?;
            if let Some(token) = step.token {
                reader.token(input, token);
                assert_eq!(tokenizer.depth(), reader.open.len());
            } else {
                assert_eq!(step.consumed, input.len());
            }
            input = &input[step.consumed..];
        }
    }
    if let Some(token) = tokenizer.finish()? {
        reader.token(b"", token);
    }
    assert!(tokenizer.is_complete());
    Ok(reader.root.unwrap())
}

#[derive(Default)]
struct Reader {
    open: Vec<(Option<String>, Value)>,
    name: Option<String>,
    bytes: Vec<u8>,
    root: Option<Value>,
}

impl Reader {
    fn token(&mut self, input: &[u8], token: JsonToken) {
        match token {
            JsonToken::BeginObject => self.begin(Value::Object(Map::new())),
            JsonToken::BeginArray => self.begin(Value::Array(Vec::new())),
            JsonToken::EndObject | JsonToken::EndArray => {
                let (name, value) = self.open.pop().unwrap();
                self.name = name;
                self.value(value);
            }
            JsonToken::Name(piece) => {
                if let Some(name) = self.piece(input, piece) {
                    self.name = Some(name);
                }
            }
            JsonToken::Text(piece) => {
                if let Some(text) = self.piece(input, piece) {
                    self.value(Value::String(text));
                }
            }
            JsonToken::Number(piece) => {
                if let Some(number) = self.piece(input, piece) {
                    // The exact text: what floats make of it is not the tokenizer's business.
                    self.value(json!({ "number": number }));
                }
            }
            JsonToken::Bool(value) => self.value(Value::Bool(value)),
            JsonToken::Null => self.value(Value::Null),
        }
    }

    fn begin(&mut self, container: Value) {
        self.open.push((self.name.take(), container));
    }

    fn piece(&mut self, input: &[u8], piece: Piece) -> Option<String> {
        match piece {
            Piece::Raw { start, end, .. } => self.bytes.extend_from_slice(&input[start..end]),
            Piece::Char(escaped) => self.bytes.extend(escaped.to_string().bytes()),
            Piece::Pair(escaped) => {
                assert!(self.bytes.ends_with("\u{fffd}".as_bytes()));
                self.bytes.truncate(self.bytes.len() - 3);
                self.bytes.extend(escaped.to_string().bytes());
            }
        }
        piece
            .is_last()
            .then(|| String::from_utf8(std::mem::take(&mut self.bytes)).unwrap())
    }

    fn value(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some((_, Value::Object(members))) => {
                members.insert(self.name.take().unwrap(), value);
            }
            Some((_, Value::Array(elements))) => elements.push(value),
            Some(_) => unreachable!(),
        }
    }
}

/// The same document as `serde_json` reads it, numbers as their text where they are simple.
fn model(document: &[u8]) -> Option<Value> {
    fn numbers(value: Value) -> Value {
        match value {
            Value::Number(number) => json!({ "number": number.to_string() }),
            Value::Array(elements) => elements.into_iter().map(numbers).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, numbers(value)))
                .collect(),
            other => other,
        }
    }
    serde_json::from_slice(document).ok().map(numbers)
}

fn at_every_split(document: &[u8]) -> Vec<Result<Value, SyntaxError>> {
    let mut results = vec![read([document]), read(document.chunks(1))];
    for split in 1..document.len() {
        let (first, second) = document.split_at(split);
        results.push(read([first, second]));
    }
    results
}

const VALID: &[&str] = &[
    // Section 2: values, white space.
    "null",
    "true",
    "false",
    "0",
    "\"\"",
    "[]",
    "{}",
    " \t\r\n[ \t\r\n] \t\r\n",
    " 1 ",
    "\n{\r\"a\"\t:\n1 ,\t\"b\" : [ ] }\n",
    // Section 4: objects.
    r#"{"":0}"#,
    r#"{"a":1,"b":2}"#,
    r#"{"a":{"a":{"a":{}}}}"#,
    r#"{"a":1,"a":2}"#,
    r#"{"a":[],"b":{},"c":"","d":null}"#,
    r#"{"\u0061\n":1}"#,
    r#"{"é":{"日本":"語"}}"#,
    // Section 5: arrays.
    "[1]",
    "[1,2]",
    "[[],[[]],{}]",
    "[null,true,false,-1,\"\",{},[]]",
    "[[[[[[[[[[]]]]]]]]]]",
    // Section 6: numbers.
    "[0,-1,10,1234567890123456789,-9223372036854775808,18446744073709551615]",
    // Section 7: strings.
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\u0000\u001f\u0020\u007f\u0080\u07ff\u0800\uffff""#,
    r#""\u00e9\u00E9\uABCD\uabcd""#,
    r#""\ud83d\ude00""#,
    r#""\uD83D\uDE00\ud83d\ude01""#,
    r#""a\ud83d\ude00b""#,
    r#""\udbff\udfff""#,
    r#""\ud800\udc00""#,
    "\"\u{7f}\"",
    "\"12345678\"",
    "\"1234567\\n\"",
    "\"12345678é12345678\"",
    "\"aé日\u{1f600}\"",
    // Section 8.1: the edges of UTF-8 (RFC 3629 section 4).
    "\"\u{80}\u{7ff}\u{800}\u{fff}\u{1000}\u{cfff}\u{d000}\u{d7ff}\u{e000}\u{ffff}\"",
    "\"\u{10000}\u{3ffff}\u{40000}\u{fffff}\u{100000}\u{10ffff}\u{feff}\u{2028}\"",
];

#[test]
fn what_is_json_is_read_as_it_is() {
    for document in VALID {
        let expected = model(document.as_bytes());
        assert!(expected.is_some(), "{document}");
        for result in at_every_split(document.as_bytes()) {
            assert_eq!(result.ok(), expected, "{document}");
        }
    }
}

#[test]
fn numbers_keep_every_digit() {
    for number in [
        "-0",
        "0.0",
        "-0.0",
        "1.50",
        "0e0",
        "0E+00",
        "1e5",
        "1E-5",
        "-1.25e+300",
        "0.1e1",
        "123456789012345678901234567890",
        "1e999999",
        "-0e-0",
        "4294967296",
        "9007199254740993",
    ] {
        let document = format!("[{number} , {number}]");
        for result in at_every_split(document.as_bytes()) {
            assert_eq!(
                result,
                Ok(json!([{ "number": number }, { "number": number }]))
            );
        }
        for result in at_every_split(number.as_bytes()) {
            assert_eq!(result, Ok(json!({ "number": number })));
        }
    }
}

#[test]
fn half_a_pair_is_a_replacement_character() {
    for (text, expected) in [
        (r"\ud83d", "\u{fffd}"),
        (r"\ude00", "\u{fffd}"),
        (r"\ud83dx", "\u{fffd}x"),
        (r"\ud83d\n", "\u{fffd}\n"),
        (r"\ud83d\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\u0041", "\u{fffd}A"),
        (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
        (r"\ud83dé\ude00", "\u{fffd}é\u{fffd}"),
        (r"\ud83d\ude00\ude00", "\u{1f600}\u{fffd}"),
        (r"\ufffd\ude00", "\u{fffd}\u{fffd}"),
    ] {
        // A half at the end of one string and at the beginning of the next make no pair.
        let document = format!(r#"["{text}","{text}"]"#);
        for result in at_every_split(document.as_bytes()) {
            assert_eq!(result, Ok(json!([expected, expected])), "{document}");
        }
    }
}

const INVALID: &[&[u8]] = &[
    // Nothing, too little, too much.
    b"",
    b" ",
    b"[",
    b"{",
    b"[1",
    b"[1,",
    b"{\"a\"",
    b"{\"a\":",
    b"{\"a\":1",
    b"{\"a\":1,",
    b"\"",
    b"\"a",
    b"tru",
    b"nul",
    b"-",
    b"1.",
    b"1e",
    b"1e+",
    b"\"\\",
    b"\"\\u00",
    b"[]]",
    b"{}}",
    b"1 2",
    b"[] []",
    b"null,",
    b"{}x",
    b"\"\"\"\"",
    b"nulll",
    b"truefalse",
    b"[][]",
    b"1,",
    b"\xef\xbb\xbf[]",
    // Containers.
    b"[1 2]",
    b"[,]",
    b"[1,]",
    b"[,1]",
    b"[1,,2]",
    b"[1}",
    b"{]",
    b"[}",
    b"{1:1}",
    b"{a:1}",
    b"{'a':1}",
    b"{\"a\" 1}",
    b"{\"a\"::1}",
    b"{\"a\":1 \"b\":2}",
    b"{\"a\":1,}",
    b"{,\"a\":1}",
    b"{\"a\":}",
    b"{\"a\"}",
    b"{\"a\":1,,\"b\":2}",
    b"{\"a\":1]",
    b"{[]:1}",
    b"{null:1}",
    b"[\"a\":1]",
    b":",
    b",",
    b"]",
    b"}",
    b"[1:2]",
    b"{\"a\",\"b\"}",
    b"{\"a\":\"b\":\"c\"}",
    b"[{]",
    b"[:]",
    // Literals.
    b"nuLl",
    b"True",
    b"TRUE",
    b"tru]",
    b"[tru]",
    b"[fals]",
    b"[nul,1]",
    b"[truth]",
    b"NaN",
    b"Infinity",
    b"undefined",
    b"f",
    b"[n]",
    // Numbers.
    b"01",
    b"[-01]",
    b"[00]",
    b"+1",
    b"[+1]",
    b".5",
    b"[-.5]",
    b"[1.]",
    b"[1.e1]",
    b"[1e]",
    b"[1e+]",
    b"[1E-]",
    b"[1.2.3]",
    b"[1e1.5]",
    b"[--1]",
    b"[1-2]",
    b"[0x10]",
    b"[1a]",
    b"[- 1]",
    b"[1 e5]",
    b"[1_0]",
    b"[1e1e1]",
    b"[-]",
    b"[-a]",
    b"[0e]",
    b"[0.]",
    b"[1+1]",
    b"1\x00",
    // Strings.
    b"\"\n\"",
    b"\"\x00\"",
    b"\"\x1f\"",
    b"\"\t\"",
    b"\"1234567\x1f\"",
    b"\"\\x41\"",
    b"\"\\'\"",
    b"\"\\a\"",
    b"\"\\u12\"",
    b"\"\\u12G4\"",
    b"\"\\uZ\"",
    b"\"\\U0041\"",
    b"\"\\\n\"",
    b"'a'",
    b"\"\\u 041\"",
    b"\"\\ud83d\\x\"",
    b"[\"a\\\"]",
    b"\"\\",
    b"[\"\\\xe9\"]",
    b"\"\\u00\xe9\"",
    // UTF-8: stray and missing continuation, overlong, surrogates, too large, no lead byte.
    b"\"\x80\"",
    b"\"\xbf\"",
    b"\"\xc3\"",
    b"\"\xc3(\"",
    b"\"\xe2\x82\"",
    b"\"\xe2(\xac\"",
    b"\"\xf0\x9f\x98\"",
    b"\"\xc0\x80\"",
    b"\"\xc1\xbf\"",
    b"\"\xe0\x9f\xbf\"",
    b"\"\xf0\x8f\xbf\xbf\"",
    b"\"\xed\xa0\x80\"",
    b"\"\xed\xbf\xbf\"",
    b"\"\xf4\x90\x80\x80\"",
    b"\"\xf5\x80\x80\x80\"",
    b"\"\xff\"",
    b"\"\xfe\"",
    b"{\"\x80\":1}",
    b"[\"12345678\xff\"]",
    b"\"\xc3\xc3\"",
    b"\"\xf0\x9f\xc3\xa9\"",
    // Bytes that are nothing between tokens.
    b"[\x0c]",
    b"[\x00]",
    b"[\xa0]",
    b"\xa0",
    b"[1,/* */2]",
    b"// \n[]",
    b"[#]",
    b"[\xc2\xa0]",
    b"\x0b1",
    b"[\x7f]",
];

#[test]
fn what_is_not_json_is_refused() {
    for document in INVALID {
        let shown = document.escape_ascii();
        assert_eq!(model(document), None, "{shown}");
        let whole = read([*document]).expect_err(&shown.to_string());
        for result in at_every_split(document) {
            assert_eq!(result, Err(whole), "{shown}");
        }
    }
}

#[test]
fn skipping_validates_all_the_same() {
    let skip_all = |document: &[u8], pieces: usize| -> Result<(), SyntaxError> {
        let mut tokenizer = Tokenizer::new();
        tokenizer.skip_value();
        for mut input in document.chunks(pieces) {
            while !input.is_empty() {
                let step = tokenizer.next(input)?;
                assert_eq!(step.token, None);
                input = &input[step.consumed..];
            }
        }
        tokenizer.finish().map(|token| assert_eq!(token, None))
    };
    for document in VALID {
        for pieces in [1, 2, 3, 5, 8, 100] {
            assert_eq!(skip_all(document.as_bytes(), pieces), Ok(()), "{document}");
        }
    }
    for document in INVALID {
        for pieces in [1, 2, 3, 5, 8, 100] {
            let shown = document.escape_ascii();
            let read = read([*document]).unwrap_err();
            // Behind the skipped value tokens come again.
            if !matches!(
                *document,
                [b'[', b']', ..] | [b'1', b' ', ..] | [b'"', b'"', ..]
            ) {
                assert_eq!(skip_all(document, pieces), Err(read), "{shown}");
            }
        }
    }
}

#[test]
fn a_skipped_value_leaves_no_token() {
    let document = br#"{"a":[{"b":"\ud83d"},[1,[2]],"x",-1.5e3],"c":1,"d":true,"e":{"f":null}}"#;
    for size in 1..=document.len() {
        let mut tokenizer = Tokenizer::new();
        let mut names = 0;
        for mut input in document.chunks(size) {
            while !input.is_empty() {
                let step = tokenizer.next(input).unwrap();
                match step.token {
                    Some(JsonToken::Name(piece)) if piece.is_last() => {
                        names += 1;
                        tokenizer.skip_value();
                    }
                    Some(JsonToken::Name(_) | JsonToken::BeginObject | JsonToken::EndObject)
                    | None => {}
                    Some(other) => panic!("{other:?}"),
                }
                assert!(tokenizer.depth() < 5);
                input = &input[step.consumed..];
            }
        }
        assert_eq!(names, 4);
        assert_eq!(tokenizer.deepest(), 4);
        tokenizer.finish().unwrap();
    }
}

#[test]
fn depth_has_a_limit_and_no_cost_before() {
    let levels = Tokenizer::LEVELS;
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let per = open.matches(['[', '{']).count();
        let deep = |levels: usize| {
            let end = if per == 1 && open == "[" { "" } else { "0" };
            format!(
                "{}{end}{}",
                open.repeat(levels / per),
                close.repeat(levels / per)
            )
        };
        assert!(read([deep(levels).as_bytes()]).is_ok());
        assert!(read(deep(levels).as_bytes().chunks(1)).is_ok());
        assert_eq!(
            read([deep(levels + per).as_bytes()]),
            Err(SyntaxError::TooDeep)
        );
        assert_eq!(
            read([open.repeat(100_000).as_bytes()]),
            Err(SyntaxError::TooDeep)
        );
    }
}

#[test]
fn a_reset_forgets_everything() {
    let document = br#"{"a":["\ud83d",{"b":-1.5e2}],"c":"\u00e9","d":"\xc3\xa9"}"#;
    for cut in 0..document.len() {
        let mut tokenizer = Tokenizer::new();
        let mut input = &document[..cut];
        while !input.is_empty() {
            input = &input[tokenizer
                .next(input)
                .map_or(input.len(), |step| step.consumed)..];
        }
        tokenizer.reset();
        let mut input = &b"\"\\ude00\""[..];
        let mut texts = 0;
        while !input.is_empty() {
            let step = tokenizer.next(input).unwrap();
            if let Some(JsonToken::Text(piece)) = step.token {
                texts += 1;
                assert!(!matches!(piece, Piece::Pair(_)));
            }
            input = &input[step.consumed..];
        }
        assert_eq!((texts, tokenizer.finish()), (2, Ok(None)));
    }
}
