//! One line of a head: parsed by the `httparse` package, or without it by code of this crate.
//!
//! Both parse a line with its line end, and both refuse the same lines; a test compares them.

use super::token::is_token;

#[cfg(feature = "httparse")]
pub(super) use packaged::{field_line, status_line};

#[cfg(not(feature = "httparse"))]
pub(super) use own::{field_line, status_line};

#[cfg(feature = "httparse")]
mod packaged {
    /// Returns the status code of a status line.
    pub(in crate::http) fn status_line(line: &[u8]) -> Option<u16> {
        let mut response = httparse::Response::new(&mut []);
        // httparse sees one line only, so it asks for more bytes, or for a slot if it takes the
        // bytes for a field.
        match response.parse(line) {
            Ok(_) | Err(httparse::Error::TooManyHeaders) => response.code,
            Err(_) => None,
        }
    }

    /// Returns name and value of a field line, the value without the blanks around it.
    pub(in crate::http) fn field_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
        let mut slot = [httparse::EMPTY_HEADER];
        match httparse::parse_headers(line, &mut slot) {
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {}
            Err(_) => return None,
        }
        let [field] = slot;
        (!field.name.is_empty()).then_some((field.name.as_bytes(), field.value))
    }
}

#[cfg(any(test, not(feature = "httparse")))]
mod own {
    use super::{name_and_rest, without_end};
    use crate::parse;

    /// Returns the status code of a status line.
    pub(in crate::http) fn status_line(line: &[u8]) -> Option<u16> {
        let rest = without_end(line).strip_prefix(b"HTTP/1.")?;
        let [b'0' | b'1', b' ', rest @ ..] = rest else {
            return None;
        };
        let (code, reason) = rest.split_at_checked(3)?;
        match (reason, parse::decimal(code)) {
            ([] | [b' ', ..], Some(code)) if is_text(reason) => Some(code as u16), // three digits
            _ => None,
        }
    }

    /// Returns name and value of a field line, the value without the blanks around it.
    pub(in crate::http) fn field_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
        let (name, value) = name_and_rest(without_end(line))?;
        is_text(value).then(|| (name, value.trim_ascii()))
    }

    /// Returns whether `bytes` are valid in a value or a reason phrase (RFC 9110 section 5.5).
    fn is_text(bytes: &[u8]) -> bool {
        (bytes.iter()).all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
    }
}

/// Returns the line without its CR LF or LF.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    match line {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\r' | b'\n'] => line,
        _ => line,
    }
}

/// Returns the name that a field line begins with, and the bytes after its colon.
pub(super) fn name_and_rest(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = line.iter().position(|byte| !is_token(*byte))?;
    match line.split_at_checked(length)? {
        ([], _) => None,
        (name, [b':', rest @ ..]) => Some((name, rest)),
        _ => None,
    }
}

#[cfg(all(test, feature = "httparse"))]
mod tests {
    use super::{own, packaged};
    use std::{format, vec::Vec};

    #[test]
    fn both_give_the_same() {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let starts = [
            "HTTP/1.1 200 OK",
            "HTTP/1.0 404 Not Found",
            "HTTP/1.1 101",
            "HTTP/1.1 200 ",
            "Content-Length: 5",
            "a:",
            "a: \t b c \t",
            "!#$%&'*+-.^_`|~09azAZ:x",
        ];
        for start in starts {
            // Every byte at every place, over what was there, and in between.
            for at in 0..=start.len() {
                for byte in 0..=255 {
                    let (head, tail) = start.as_bytes().split_at(at);
                    lines.push([head, &[byte], tail].concat());
                    lines.push([head, &[byte], tail.get(1..).unwrap_or_default()].concat());
                }
                lines.push(start.as_bytes()[..at].to_vec());
            }
        }
        for line in lines {
            // A line contains no line feed but the one that ends it. The head parser handles empty
            // lines and lines that begin with a blank.
            if line.contains(&b'\n') || matches!(line.first(), None | Some(b' ' | b'\t' | b'\r')) {
                continue;
            }
            for end in ["\r\n", "\n"] {
                let line = [&line, end.as_bytes()].concat();
                let shown = format!("{:?}", line.escape_ascii());
                assert_eq!(
                    own::status_line(&line),
                    packaged::status_line(&line),
                    "{shown}"
                );
                assert_eq!(
                    own::field_line(&line),
                    packaged::field_line(&line),
                    "{shown}"
                );
            }
        }
    }
}
