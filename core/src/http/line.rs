//! One line of a head taken apart: by the `httparse` package, or without it by own code.
//!
//! Both take a line with its line end, and both refuse the same lines; a test holds them equal.

use super::header::is_token;

#[cfg(feature = "httparse")]
pub(super) use packaged::{field_line, status_line};

#[cfg(not(feature = "httparse"))]
pub(super) use own::{field_line, status_line};

#[cfg(feature = "httparse")]
mod packaged {
    /// The status code of a status line.
    pub(in crate::http) fn status_line(line: &[u8]) -> Option<u16> {
        let mut response = httparse::Response::new(&mut []);
        // The head ends behind this line as far as httparse can see, so it asks for more, or
        // for a slot for what it takes for the first field.
        match response.parse(line) {
            Ok(_) | Err(httparse::Error::TooManyHeaders) => response.code,
            Err(_) => None,
        }
    }

    /// Name and value of a field line, the value without blanks around it.
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

    /// The status code of a status line.
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

    /// Name and value of a field line, the value without blanks around it.
    pub(in crate::http) fn field_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
        let (name, value) = name_and_rest(without_end(line))?;
        is_text(value).then(|| (name, value.trim_ascii()))
    }

    /// Whether `bytes` may stand in a value or a reason phrase (RFC 9110 section 5.5).
    fn is_text(bytes: &[u8]) -> bool {
        (bytes.iter()).all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
    }
}

/// The line without LF or CR LF.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    match line {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\r' | b'\n'] => line,
        _ => line,
    }
}

/// The name that a field line begins with, and what stands behind its colon.
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
            // A line feed ends a line, so none stands inside; an empty line and one that begins
            // with a blank never come here.
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
