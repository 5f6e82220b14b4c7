//! One line of a head taken apart: by the `httparse` package, or without it by own code.
//!
//! Both take a line with its line end, and both refuse the same lines; a test holds them equal.

use super::HttpError;

#[cfg(feature = "httparse")]
pub(super) use packaged::{field_line, status_line};

#[cfg(not(feature = "httparse"))]
pub(super) use own::{field_line, status_line};

#[cfg(feature = "httparse")]
mod packaged {
    use super::HttpError;

    /// The status code of a status line.
    pub(in crate::http) fn status_line(line: &[u8]) -> Result<u16, HttpError> {
        let mut response = httparse::Response::new(&mut []);
        // The head ends behind this line as far as httparse can see, so it asks for more, or
        // for a slot for what it takes for the first field.
        match response.parse(line) {
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {
                response.code.ok_or(HttpError::StatusLine)
            }
            Err(_) => Err(HttpError::StatusLine),
        }
    }

    /// Name and value of a field line, the value without blanks around it.
    pub(in crate::http) fn field_line(line: &[u8]) -> Result<(&[u8], &[u8]), HttpError> {
        let mut slot = [httparse::EMPTY_HEADER];
        match httparse::parse_headers(line, &mut slot) {
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {}
            Err(_) => return Err(HttpError::FieldLine),
        }
        let [field] = slot;
        if field.name.is_empty() {
            return Err(HttpError::FieldLine);
        }
        Ok((field.name.as_bytes(), field.value))
    }
}

#[cfg(any(test, not(feature = "httparse")))]
mod own {
    use super::HttpError;
    use crate::http::header::is_token;

    /// The status code of a status line.
    pub(in crate::http) fn status_line(line: &[u8]) -> Result<u16, HttpError> {
        let line = without_end(line);
        let rest = line
            .strip_prefix(b"HTTP/1.1 ")
            .or_else(|| line.strip_prefix(b"HTTP/1.0 "))
            .ok_or(HttpError::StatusLine)?;
        let (code, reason) = rest.split_at_checked(3).ok_or(HttpError::StatusLine)?;
        let reason_is_fine = match reason.split_first() {
            Some((b' ', phrase)) => phrase.iter().all(|byte| is_text(*byte)),
            Some(_) => false,
            None => true,
        };
        if !reason_is_fine || !code.iter().all(u8::is_ascii_digit) {
            return Err(HttpError::StatusLine);
        }
        Ok(code
            .iter()
            .fold(0, |code, digit| code * 10 + u16::from(digit - b'0')))
    }

    /// Name and value of a field line, the value without blanks around it.
    pub(in crate::http) fn field_line(line: &[u8]) -> Result<(&[u8], &[u8]), HttpError> {
        let line = without_end(line);
        let colon = line
            .iter()
            .position(|byte| *byte == b':')
            .ok_or(HttpError::FieldLine)?;
        let (name, rest) = line.split_at_checked(colon).ok_or(HttpError::FieldLine)?;
        let value = rest.strip_prefix(b":").unwrap_or(rest);
        let name_is_fine = !name.is_empty() && name.iter().all(|byte| is_token(*byte));
        if !name_is_fine || !value.iter().all(|byte| is_text(*byte)) {
            return Err(HttpError::FieldLine);
        }
        Ok((name, value.trim_ascii()))
    }

    /// The line without LF or CR LF.
    fn without_end(line: &[u8]) -> &[u8] {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Whether `byte` may stand in a value or a reason phrase (RFC 9110 section 5.5).
    const fn is_text(byte: u8) -> bool {
        matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
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
