//! HTTP/1.1 as a server speaks it: requests in, answers out in each of the three framings.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::link::Link;
use crate::log::{Request, What};
use crate::script::{Fault, Step};
use crate::server::Server;

/// Longest request head and longest body taken.
const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 1024 * 1024;

/// How the end of an answer's body is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    ContentLength,
    /// `Transfer-Encoding: chunked`, in chunks of so many bytes at most.
    Chunked(usize),
    /// Neither: the body ends with the connection.
    UntilClose,
}

/// How many field lines an answer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Headers {
    /// 28 of them, some long, as real answers have.
    #[default]
    Full,
    /// Only those that a client needs.
    Few,
}

/// An answer before it is framed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) content_type: &'static str,
}

/// The type of the answers of the Web API.
const JSON: &str = "application/json; charset=utf-8";

impl Answer {
    /// A `200` with this JSON, each `/` written `\/` as the Web API does.
    pub(crate) fn json(body: &str) -> Self {
        Self {
            status: 200,
            fields: vec![],
            body: body.replace('/', "\\/"),
            content_type: JSON,
        }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            fields: vec![],
            body: body.into(),
            content_type: JSON,
        }
    }

    /// The answer of a webhook: a text.
    pub(crate) fn of_webhook(status: u16, body: &str) -> Self {
        Self {
            content_type: "text/html",
            ..Self::text(status, body)
        }
    }
}

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The connection ended.
    Link(io::Error),
    /// It ended inside the body.
    BodyCut(Request),
    /// It is not HTTP/1.x, or too long.
    Bad(u16, &'static str),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Link(error)
    }
}

/// Reads the head of one request; `None` if the client closed the connection before it. Bytes that were read after it stay in `buffer`.
pub(crate) fn read_head(link: &Link, buffer: &mut Vec<u8>) -> Result<Option<Request>, ReadError> {
    loop {
        if let Some((request, length)) = parse_head(buffer)? {
            buffer.drain(..length);
            return Ok(Some(request));
        }
        if buffer.len() > MAX_HEAD {
            return Err(ReadError::Bad(431, "head too long"));
        }
        if !more(link, buffer)? {
            return if buffer.is_empty() {
                Ok(None)
            } else {
                Err(ReadError::Link(io::ErrorKind::UnexpectedEof.into()))
            };
        }
    }
}

/// Reads one request; `None` if the client closed the connection before it. Bytes that were read after it stay in `buffer`.
pub(crate) fn read_request(
    link: &Link,
    buffer: &mut Vec<u8>,
) -> Result<Option<Request>, ReadError> {
    let Some(mut request) = read_head(link, buffer)? else {
        return Ok(None);
    };
    let chunked = request
        .header("transfer-encoding")
        .is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"));
    let length = request
        .header("content-length")
        .map_or(Ok(0), |length| length.trim().parse());
    let whole = if chunked {
        read_chunks(link, buffer, &mut request.body)?
    } else {
        let length = length.map_err(|_| ReadError::Bad(400, "bad Content-Length"))?;
        if length > MAX_BODY {
            return Err(ReadError::Bad(413, "body too long"));
        }
        let whole = fill(link, buffer, length)?;
        request.body = buffer.drain(..length.min(buffer.len())).collect();
        whole
    };
    if whole {
        Ok(Some(request))
    } else {
        Err(ReadError::BodyCut(request))
    }
}

fn parse_head(buffer: &[u8]) -> Result<Option<(Request, usize)>, ReadError> {
    let mut fields = [httparse::EMPTY_HEADER; 128];
    let mut parsed = httparse::Request::new(&mut fields);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(ReadError::Bad(400, "not an HTTP/1.x request")),
    };
    let target = parsed.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: parsed.method.unwrap_or_default().into(),
        path: path.into(),
        query: query.into(),
        headers: parsed
            .headers
            .iter()
            .map(|field| {
                (
                    field.name.into(),
                    String::from_utf8_lossy(field.value).into_owned(),
                )
            })
            .collect(),
        body: vec![],
    };
    Ok(Some((request, length)))
}

/// Appends what the next read gives; false at the end.
fn more(link: &Link, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut read = [0; 16 * 1024];
    let length = link.read(&mut read)?;
    buffer.extend_from_slice(&read[..length]);
    Ok(length > 0)
}

/// Reads until the buffer holds so many bytes; false when the client closed before.
pub(crate) fn fill(link: &Link, buffer: &mut Vec<u8>, length: usize) -> io::Result<bool> {
    while buffer.len() < length {
        if !more(link, buffer)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Decodes a chunked body (RFC 9112, section 7.1) into `body`.
fn read_chunks(link: &Link, buffer: &mut Vec<u8>, body: &mut Vec<u8>) -> Result<bool, ReadError> {
    const BAD: ReadError = ReadError::Bad(400, "bad chunk");
    loop {
        let Some(line) = read_line(link, buffer)? else {
            return Ok(false);
        };
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| BAD)?;
        if body.len().saturating_add(size) > MAX_BODY {
            return Err(ReadError::Bad(413, "body too long"));
        }
        if size == 0 {
            break;
        }
        if !fill(link, buffer, size + 2)? {
            return Ok(false);
        }
        body.extend(buffer.drain(..size));
        if buffer.drain(..2).ne(*b"\r\n") {
            return Err(BAD);
        }
    }
    while let Some(trailer) = read_line(link, buffer)? {
        if trailer.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_line(link: &Link, buffer: &mut Vec<u8>) -> Result<Option<String>, ReadError> {
    loop {
        if let Some(end) = buffer.windows(2).position(|pair| pair == b"\r\n") {
            let line: Vec<u8> = buffer.drain(..end + 2).take(end).collect();
            return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
        }
        if buffer.len() > MAX_HEAD {
            return Err(ReadError::Bad(400, "line too long"));
        }
        if !more(link, buffer)? {
            return Ok(None);
        }
    }
}

/// Sends an answer; true when the connection stays open for another request.
pub(crate) fn answer(
    server: &Server,
    link: &Link,
    request: &Request,
    answer: &Answer,
) -> io::Result<bool> {
    let framing = server.settings.framing;
    let keep = framing != Framing::UntilClose
        && !request
            .header("connection")
            .is_some_and(|options| options.to_ascii_lowercase().contains("close"));
    let head = head(server, answer, keep);
    let body = framed(framing, &answer.body);
    let bytes = answer.body.as_bytes();
    let logged = bytes.get(..server.settings.longest_logged);
    link.log(What::Answer {
        status: answer.status,
        body: String::from_utf8_lossy(logged.unwrap_or(bytes)).into_owned(),
    });
    let head_fault = server.take(link, Step::AnswerHead);
    let body_fault = server.take(link, Step::AnswerBody);
    let together = head_fault.is_none() && body_fault.is_none();
    link.deliver(
        if together {
            Some(&Fault::Coalesce)
        } else {
            head_fault.as_ref()
        },
        head.as_bytes(),
    )?;
    link.deliver(body_fault.as_ref(), &body)?;
    Ok(keep)
}

fn head(server: &Server, answer: &Answer, keep: bool) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    let mut field = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
    field("date", &http_date());
    field("content-type", answer.content_type);
    for (name, value) in &answer.fields {
        field(name, value);
    }
    match server.settings.framing {
        Framing::ContentLength => field("content-length", &answer.body.len().to_string()),
        Framing::Chunked(_) => field("transfer-encoding", "chunked"),
        Framing::UntilClose => {}
    }
    field("connection", if keep { "keep-alive" } else { "close" });
    if server.settings.headers == Headers::Full {
        let request_id = server.random_text(32);
        field("x-slack-req-id", &request_id);
        for (name, value) in USUAL_FIELDS {
            field(name, value);
        }
    }
    head.push_str("\r\n");
    head
}

/// The kinds of lines that real answers carry and clients have no use for: with those above, 28.
const USUAL_FIELDS: [(&str, &str); 23] = [
    ("server", "fake-slack"),
    ("vary", "Accept-Encoding"),
    ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
    (
        "cache-control",
        "private, no-cache, no-store, must-revalidate",
    ),
    ("pragma", "no-cache"),
    ("referrer-policy", "no-referrer"),
    (
        "strict-transport-security",
        "max-age=31536000; includeSubDomains; preload",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "0"),
    ("x-frame-options", "SAMEORIGIN"),
    ("access-control-allow-origin", "*"),
    (
        "access-control-allow-headers",
        "slack-route, x-slack-version-ts, x-b3-traceid, x-b3-spanid, x-b3-parentspanid, x-b3-sampled, x-b3-flags",
    ),
    (
        "access-control-expose-headers",
        "x-slack-req-id, retry-after",
    ),
    ("timing-allow-origin", "*"),
    ("x-oauth-scopes", "identify,bot:basic"),
    ("x-accepted-oauth-scopes", "rtm:stream,client"),
    ("x-slack-unique-id", "ZmFrZS1zbGFjay11bmlxdWUtaWQ"),
    ("x-slack-backend", "r"),
    ("x-slack-shared-secret-outcome", "no-match"),
    ("x-edge", "fake-edge-normal-0000"),
    ("x-server", "fake-main-normal-0000"),
    ("x-backend", "main_normal main_canary_with_overflow"),
    (
        "via",
        "1.1 fake-edge-0000, 1.1 fake-backend-0000 (loopback)",
    ),
];

fn framed(framing: Framing, body: &str) -> Vec<u8> {
    let Framing::Chunked(size) = framing else {
        return body.as_bytes().to_vec();
    };
    let mut framed = Vec::new();
    for chunk in body.as_bytes().chunks(size.max(1)) {
        framed.extend(format!("{:x}\r\n", chunk.len()).bytes());
        framed.extend(chunk);
        framed.extend(b"\r\n");
    }
    framed.extend(b"0\r\n\r\n");
    framed
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Scripted",
    }
}

/// The present time as RFC 9110, section 5.6.7 writes it.
fn http_date() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let Ok(date) = time::OffsetDateTime::from_unix_timestamp(now as i64) else {
        return String::new();
    };
    let (weekday, month) = (date.weekday().to_string(), date.month().to_string());
    let (hour, minute, second) = date.to_hms();
    format!(
        "{weekday:.3}, {:02} {month:.3} {:04} {hour:02}:{minute:02}:{second:02} GMT",
        date.day(),
        date.year()
    )
}

/// Names and values of `application/x-www-form-urlencoded`; `None` when it is malformed.
pub(crate) fn decode_form(form: &[u8]) -> Option<Vec<(String, String)>> {
    form.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = percent_decode(halves.next()?)?;
            let value = percent_decode(halves.next().unwrap_or_default())?;
            Some((name, value))
        })
        .collect()
}

fn percent_decode(text: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => *byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded_or_refused() {
        let pairs = |form: &str| {
            decode_form(form.as_bytes()).map(|pairs| {
                pairs
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(pairs(""), Some(vec![]));
        assert_eq!(
            pairs("a=1&b=x+y%2Fz&c"),
            Some(vec!["a=1".into(), "b=x y/z".into(), "c=".into()])
        );
        assert_eq!(pairs("a=b=c"), Some(vec!["a=b=c".into()]));
        assert_eq!(pairs("a=%4"), None);
        assert_eq!(pairs("a=%zz"), None);
        assert_eq!(pairs("a=%ff"), None);
    }

    #[test]
    fn bodies_are_chunked() {
        assert_eq!(
            framed(Framing::Chunked(4), "abcdef"),
            b"4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n"
        );
        assert_eq!(framed(Framing::ContentLength, "abc"), b"abc");
    }
}
