//! Uploads: `files.getUploadURLExternal`, the host that takes the bytes, and `files.completeUploadExternal`.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde_json::{Value, json};

use crate::builder::Builder;
use crate::http::{self, Answer, ReadError};
use crate::link::Link;
use crate::log::{Ended, Request, What};
use crate::script::{Fault, Step};
use crate::server::{Server, closing_request, scripted_answer};
use crate::web_api::{Body, Call, Refusal};
use crate::workspace::{Author, Message, TEAM, TEAM_DOMAIN, Workspace};
use crate::{FakeSlack, blocks};

/// The most bytes of a file, and of a snippet.
const MAX_FILE: u64 = 64 * 1024 * 1024;
const MAX_SNIPPET: u64 = 1024 * 1024;

/// The most bytes of a body besides those of its file: the boundaries and heads of a form.
const MAX_FORM: usize = 64 * 1024;

/// The path of an upload URL, whose secret follows.
const PATH: &str = "/upload/v1/";

/// The letters of the secret: the path has about 200 bytes.
const SECRET: usize = 190;

/// A file whose bytes were uploaded. Its `Debug` has the number of the bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its id.
    pub id: String,
    /// `filename` of `files.getUploadURLExternal`.
    pub name: String,
    /// The title of `files.completeUploadExternal`, or the name.
    pub title: String,
    /// The description for people who cannot see it, if it has one.
    pub alt_txt: Option<String>,
    /// The user who uploads it.
    pub user: String,
    /// The bytes of the last upload.
    pub bytes: Vec<u8>,
    /// Whether `files.completeUploadExternal` named it: before that it is not visible.
    pub is_complete: bool,
    /// The channels that it was shared in.
    pub channels: Vec<String>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("title", &self.title)
            .field("alt_txt", &self.alt_txt)
            .field("user", &self.user)
            .field("bytes", &self.bytes.len())
            .field("is_complete", &self.is_complete)
            .field("channels", &self.channels)
            .finish()
    }
}

/// The files that there are, and those that were announced.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// By their ids.
    announced: BTreeMap<String, Announced>,
}

#[derive(Debug)]
struct Announced {
    /// The path of its URL; `None` once it is complete, or the URL has expired.
    path: Option<String>,
    length: u64,
    has_bytes: bool,
    file: File,
}

impl Files {
    /// Ends the validity of every upload URL.
    pub(crate) fn expire(&mut self) {
        for announced in self.announced.values_mut() {
            announced.path = None;
        }
    }

    fn of_path(&mut self, path: &str) -> Option<&mut Announced> {
        let mut announced = self.announced.values_mut();
        announced.find(|announced| announced.path.as_deref() == Some(path))
    }
}

/// Settings of uploads.
impl Builder {
    /// The host in the URLs that files are uploaded to; by default `127.0.0.1` if the other URLs have `localhost`, else
    /// `localhost`. The certificate is valid for it too, unless [`Builder::certificate`] names others.
    pub fn upload_host(mut self, host: &str) -> Self {
        self.settings.upload_host = Some(host.into());
        self
    }

    /// The port of the host that files are uploaded to; 0, the default, takes a free one.
    pub fn upload_port(mut self, port: u16) -> Self {
        self.upload_port = port;
        self
    }
}

impl FakeSlack {
    /// The host in the URLs that files are uploaded to.
    pub fn upload_host(&self) -> &str {
        self.server.upload_host()
    }

    /// The port of the host that files are uploaded to. Nothing else is there, and uploads are nowhere else.
    pub fn upload_port(&self) -> u16 {
        self.server.upload_port
    }

    /// The files whose bytes were uploaded, in the order of their ids. Those that are not complete are not visible.
    pub fn files(&self) -> Vec<File> {
        let workspace = self.server.workspace();
        let announced = workspace.files.announced.values();
        announced
            .filter(|announced| announced.has_bytes)
            .map(|announced| announced.file.clone())
            .collect()
    }
}

/// `files.getUploadURLExternal`.
pub(crate) fn upload_url(call: &Call<'_>) -> Result<Body, Refusal> {
    let name = call.required("filename")?;
    let length = call.number("length")?.filter(|length| *length > 0);
    let length = length.ok_or_else(|| call.missing("length"))?;
    let is_snippet = call.text("snippet_type").is_some_and(|it| !it.is_empty());
    if is_snippet && length > MAX_SNIPPET {
        return Err("snippet_too_large".into());
    }
    if length > MAX_FILE {
        return Err("file_upload_size_restricted".into());
    }
    let alt_txt = call.text("alt_txt").filter(|text| !text.is_empty());
    let path = format!("{PATH}{}", call.server.random_text(SECRET));
    let url = format!("{}{path}", call.server.upload_url());
    let files = &mut call.server.workspace().files;
    let id = format!("F0FAKE{:04}", 1000 + files.announced.len());
    let announced = Announced {
        path: Some(path),
        length,
        has_bytes: false,
        file: File {
            id: id.clone(),
            name: name.into(),
            title: name.into(),
            alt_txt: alt_txt.map(String::from),
            user: call.user.id.clone(),
            bytes: vec![],
            is_complete: false,
            channels: vec![],
        },
    };
    files.announced.insert(id.clone(), announced);
    Ok(Body::new(&[
        ("upload_url", url.into()),
        ("file_id", id.into()),
    ]))
}

/// `files.completeUploadExternal`: makes files visible, and shares them if it names channels.
pub(crate) fn complete(call: &Call<'_>) -> Result<Body, Refusal> {
    let given = call.json("files", "invalid_arguments")?;
    let given = given.ok_or_else(|| call.missing("files"))?;
    let given = given.as_array().filter(|files| !files.is_empty());
    let given = given.ok_or("invalid_arguments")?;
    let channels = call.text("channel_id").filter(|id| !id.is_empty());
    let channels = channels.or_else(|| call.text("channels"));
    let channels: Vec<&str> = channels.map_or_else(Vec::new, |ids| {
        let ids = ids.split(',').map(str::trim);
        ids.filter(|id| !id.is_empty()).collect()
    });
    let blocks = call.json("blocks", "invalid_blocks_format")?;
    let blocks = blocks.map(blocks::checked).transpose()?;
    let mut workspace = call.server.workspace();
    for id in &channels {
        let channel = workspace.channel(id).ok_or("channel_not_found")?;
        if !channel.has_member(&workspace.people, &call.user.id) {
            return Err("not_in_channel".into());
        }
    }
    for file in given {
        let id = file["id"].as_str().ok_or("invalid_arguments")?;
        let announced = workspace.files.announced.get(id);
        let is_there = |file: &&Announced| file.has_bytes && !file.file.is_complete;
        announced.filter(is_there).ok_or("file_not_found")?;
    }
    for file in given {
        let announced = file["id"].as_str();
        let announced = announced.and_then(|id| workspace.files.announced.get_mut(id));
        if let Some(announced) = announced {
            announced.path = None;
            announced.file.is_complete = true;
            announced.file.channels = channels.iter().map(|id| (*id).into()).collect();
            if let Some(title) = file["title"].as_str() {
                announced.file.title = title.into();
            }
        }
    }
    let ids: Vec<&str> = given
        .iter()
        .filter_map(|file| file["id"].as_str())
        .collect();
    let mut shares = json!({});
    for channel in &channels {
        let ts = share(call, &mut workspace, channel, &ids, blocks.as_ref());
        let kind = match workspace.channel(channel) {
            Some(channel) if channel.is_private || channel.is_direct() => "private",
            _ => "public",
        };
        shares[kind][*channel] = json!([{
            "ts": ts, "thread_ts": call.text("thread_ts"), "reply_users": [], "reply_users_count": 0,
            "reply_count": 0, "share_user_id": call.user.id, "team_id": TEAM, "source": "UNKNOWN",
        }]);
    }
    let objects: Value = ids
        .iter()
        .filter_map(|id| workspace.files.announced.get(*id))
        .map(|announced| {
            let mut object = object(&announced.file);
            object["shares"] = shares.clone();
            object
        })
        .collect();
    Ok(Body::new(&[("files", objects)]))
}

/// Posts the message that shares these files, and returns its `ts`.
fn share(
    call: &Call<'_>,
    workspace: &mut Workspace,
    channel: &str,
    ids: &[&str],
    blocks: Option<&Value>,
) -> String {
    let known = ids
        .iter()
        .filter_map(|id| workspace.files.announced.get(*id));
    let files: Value = known.map(|announced| object(&announced.file)).collect();
    let message = Message {
        channel,
        author: match call.user.is_bot {
            true => Author::Bot(&call.user.id),
            false => Author::User(&call.user.id),
        },
        text: call.text("initial_comment").unwrap_or_default(),
        blocks,
        files: Some(&files),
        thread_ts: call.text("thread_ts").filter(|ts| !ts.is_empty()),
        reply_broadcast: false,
    };
    let ts = workspace.message(None, &message);
    workspace.follow_up(channel, &ts, true);
    for id in ids {
        let event_ts = workspace.next_ts("");
        let event = json!({
            "type": "file_shared", "file_id": id, "user_id": call.user.id, "file": {"id": id},
            "channel_id": channel, "event_ts": event_ts,
        });
        workspace.event(None, &event.to_string());
    }
    ts
}

/// A file as messages and methods have it, about 1 kB.
fn object(file: &File) -> Value {
    let extension = file.name.rsplit_once('.').map_or("", |(_, end)| end);
    let (kind, media, pretty) = match extension {
        "png" => ("png", "image/png", "PNG"),
        "jpg" | "jpeg" => ("jpg", "image/jpeg", "JPEG"),
        "bmp" => ("bmp", "image/bmp", "Bitmap"),
        "txt" => ("text", "text/plain", "Plain Text"),
        _ => ("binary", "application/octet-stream", "Binary"),
    };
    let id = &file.id;
    let url = |what: &str| format!("https://files.slack.com/{what}/{TEAM}-{id}/{}", file.name);
    let mut object = json!({
        "id": id, "created": 1_402_463_766, "timestamp": 1_402_463_766, "name": file.name, "title": file.title,
        "mimetype": media, "filetype": kind, "pretty_type": pretty, "user": file.user, "user_team": TEAM,
        "editable": false, "size": file.bytes.len(), "mode": "hosted", "is_external": false, "external_type": "",
        "is_public": !file.channels.is_empty(), "public_url_shared": false, "display_as_bot": false, "username": "",
        "url_private": url("files-pri"), "url_private_download": url("files-pri/download"),
        "media_display_type": "unknown", "comments_count": 0, "is_starred": false, "has_rich_preview": false,
        "permalink": format!("https://{TEAM_DOMAIN}.slack.com/files/{}/{id}/{}", file.user, file.name),
        "permalink_public": format!("https://slack-files.com/{TEAM}-{id}-0123456789"),
        "channels": file.channels, "groups": [], "ims": [], "file_access": "visible",
    });
    if let Some(text) = &file.alt_txt {
        object["alt_txt"] = text.as_str().into();
    }
    object
}

/// A connection to the host that takes uploads, from its first request to its last.
pub(crate) fn converse(server: &Server, link: &Link) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut left = server.settings.requests_per_connection;
    loop {
        let mut request = match http::read_head(link, &mut buffer) {
            Ok(None) => return Ok(()),
            Ok(Some(request)) => request,
            Err(ReadError::Bad(status, why)) => {
                link.log(What::Violation(why.into()));
                http::answer(server, link, &closing_request(), &answer(status, why))?;
                link.end(Ended::Closed);
                return Ok(());
            }
            Err(ReadError::Link(error)) => return Err(error),
            Err(ReadError::BodyCut(_)) => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        left = left.saturating_sub(1);
        if left == 0 {
            request.end_connection();
        }
        let fault = server.take(link, Step::Upload);
        let keep = match receive(server, link, &mut request, &mut buffer, fault.as_ref())? {
            Some(answer) => http::answer(server, link, &request, &answer)?,
            None => false,
        };
        if !keep {
            link.end(Ended::Closed);
            return Ok(());
        }
        if let Some(fault) = server.take(link, Step::Idle) {
            link.deliver(Some(&fault), &[])?;
        }
    }
}

/// Reads the body of a request and takes it. `None`: the client has closed inside the body.
fn receive(
    server: &Server,
    link: &Link,
    request: &mut Request,
    buffer: &mut Vec<u8>,
    fault: Option<&Fault>,
) -> io::Result<Option<Answer>> {
    let refused = |request: &mut Request, status, why: &str| {
        link.log(What::Request(request.clone()));
        // The body is not read, so nothing can follow it.
        request.end_connection();
        Ok(Some(answer(status, why)))
    };
    let length = request.header("content-length");
    let length = length.and_then(|length| length.trim().parse::<usize>().ok());
    let Some(length) = length else {
        return refused(request, 411, "no Content-Length");
    };
    if request.method != "POST" {
        return refused(request, 405, "use POST");
    }
    check_head(server, link, request);
    let (id, announced) = {
        let files = &mut server.workspace().files;
        match files.of_path(&request.path) {
            Some(announced) => (announced.file.id.clone(), announced.length as usize),
            None => return refused(request, 404, "no such upload"),
        }
    };
    if length > announced + MAX_FORM {
        return refused(request, 400, "more bytes than announced");
    }
    if request.header("expect").is_some() {
        link.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let stop = match fault {
        Some(Fault::Truncate(bytes) | Fault::ResetAfter(bytes)) => *bytes,
        Some(Fault::StatusAfter { bytes, .. }) => *bytes,
        _ => usize::MAX,
    };
    match fault {
        Some(Fault::Delay(delay)) => link.wait(*delay)?,
        Some(Fault::Reset | Fault::Close | Fault::Silence | Fault::Stall) => {
            link.deliver(fault, &[])?;
        }
        _ => {}
    }
    http::fill(link, buffer, length.min(stop))?;
    request.body = buffer.drain(..buffer.len().min(length).min(stop)).collect();
    let received = request.body.len();
    link.log(What::Request(request.clone()));
    let part = |received| What::Uploaded {
        file: id.clone(),
        received,
        length: announced,
    };
    if received < length.min(stop) {
        link.log(part(received));
        return Ok(None);
    }
    match fault {
        Some(Fault::Truncate(_) | Fault::ResetAfter(_)) => {
            link.log(part(received));
            link.end(match fault {
                Some(Fault::Truncate(_)) => Ended::Cut,
                _ => Ended::Reset,
            });
            return Err(io::ErrorKind::NotConnected.into());
        }
        Some(Fault::StatusAfter { code, .. }) => {
            link.log(part(received));
            request.end_connection();
            return Ok(Some(answer(*code, "scripted")));
        }
        Some(fault) => {
            if let Some(answer) = scripted_answer(fault) {
                return Ok(Some(answer));
            }
        }
        None => {}
    }
    let Some(bytes) = bytes_of(request) else {
        return Ok(Some(answer(400, "no file in the form")));
    };
    link.log(part(bytes.len()));
    if bytes.len() != announced {
        let why = format!("{} bytes instead of {announced}", bytes.len());
        return Ok(Some(answer(400, &why)));
    }
    let done = format!("OK - {announced}");
    let mut workspace = server.workspace();
    let Some(known) = workspace.files.of_path(&request.path) else {
        return Ok(Some(answer(404, "no such upload")));
    };
    known.file.bytes = bytes;
    known.has_bytes = true;
    Ok(Some(answer(200, &done)))
}

/// Looks for what does not belong to this host.
fn check_head(server: &Server, link: &Link, request: &Request) {
    if request.header("authorization").is_some() {
        link.log(What::Violation("a token for the upload host".into()));
    }
    let host = request.header("host").unwrap_or_default();
    if host != server.upload_authority() {
        let why = format!("{host:?} is not the upload host");
        link.log(What::Violation(why));
    }
}

fn answer(status: u16, text: &str) -> Answer {
    Answer {
        content_type: "text/plain",
        ..Answer::text(status, text)
    }
}

/// The bytes of the file: the whole body, or of a form (RFC 7578) the part that has a file name.
fn bytes_of(request: &mut Request) -> Option<Vec<u8>> {
    let media = request.header("content-type").unwrap_or_default();
    if !media
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        return Some(request.body.clone());
    }
    let boundary = media.split("boundary=").nth(1)?.split(';').next()?;
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let mut rest = request.body.as_slice();
    rest = rest.get(find(rest, delimiter.as_bytes())? + delimiter.len()..)?;
    let end = format!("\r\n{delimiter}");
    loop {
        let begin = find(rest, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(rest.get(..begin)?).into_owned();
        let part = rest.get(begin..)?;
        let length = find(part, end.as_bytes())?;
        if head.contains("filename") {
            return part.get(..length).map(<[u8]>::to_vec);
        }
        rest = part.get(length + end.len()..)?;
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Option<Vec<u8>> {
        bytes_of(&mut Request {
            headers: vec![(
                "Content-Type".into(),
                "multipart/form-data; boundary=b1".into(),
            )],
            body: body.into(),
            ..Request::default()
        })
    }

    #[test]
    fn the_file_of_a_form_is_found() {
        let field = "--b1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n";
        let file = "--b1\r\nContent-Disposition: form-data; name=\"body\"; filename=\"x\"\r\n\
            Content-Type: image/png\r\n\r\n\r\n--b2--\r\n\r\n--b1--\r\n";
        let bytes = Some(b"\r\n--b2--\r\n".to_vec());
        assert_eq!(form(file), bytes);
        assert_eq!(form(&format!("{field}{file}")), bytes);
        for broken in [field, &file[..file.len() - 10], "", "--b1"] {
            assert_eq!(form(broken), None, "{broken}");
        }
    }
}
