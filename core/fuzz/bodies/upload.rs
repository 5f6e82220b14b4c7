//! Uploads and lists of pages over a kept link, with a hostile server and a source of bytes.
//!
//! The invariants:
//! - Between two waits there is at most one output for each byte that was read, and a few more.
//! - Links are opened only with TLS, and only to hosts of Slack.
//! - Nothing that is sent to another host than the API's contains the token, and nothing but the
//!   bytes of the file follows the head of an upload.
//! - The source is read forward: the bytes after those that have left, none twice over one link and
//!   none beyond the end. If it cannot restart, each byte is read once at most.
//! - An upload is accepted only if one link has taken the whole file.
//! - Each sequence has one outcome.

use super::script::Script;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, from_fn};
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::{Upload, UploadStage};
use slack_rtm::methods::users::{ListUsers, USERS};
use slack_rtm::time::Instant;
use slack_rtm::web_api::{Caller, CallerConfig, CallerEvent, Pages, RateSlot, Sequence};
use slack_rtm::{DisconnectReason, Output, OwnedStorage, Security, Storage};

/// The operations of a script.
pub(crate) mod op {
    /// The server sends bytes; a length and the bytes follow.
    pub(crate) const SEND: u8 = 0;
    /// The server sends one of the responses that Slack sends, by its number.
    pub(crate) const RESPOND: u8 = 1;
    /// The link takes up to this many bytes.
    pub(crate) const WRITES: u8 = 2;
    /// The link ends.
    pub(crate) const END: u8 = 3;
    /// Links can be opened, or not.
    pub(crate) const NETWORK: u8 = 4;
    /// Time passes: a power of two of milliseconds.
    pub(crate) const TIME: u8 = 5;
    /// A sequence begins: an upload, one whose source cannot restart, or a list.
    pub(crate) const BEGIN: u8 = 6;
    /// The source supplies up to this many bytes in each read from here on.
    pub(crate) const READS: u8 = 7;
    /// The number of operations.
    pub(crate) const COUNT: u8 = 8;
}

/// The host of the API.
const API: &str = "slack.com";

/// The responses that Slack sends, and some that it does not send.
const RESPONSES: &[&str] = &[
    r#"{"ok":true,"upload_url":"https:\/\/files.slack.com\/upload","file_id":"F1"}"#,
    "OK - 600",
    r#"{"ok":true,"files":[{"id":"F1"}]}"#,
    r#"{"ok":true,"members":[{"id":"U1"}],"response_metadata":{"next_cursor":"one"}}"#,
    r#"{"ok":true,"members":[],"response_metadata":{"next_cursor":"two"}}"#,
    r#"{"ok":true,"members":[{"id":"U2"}]}"#,
    r#"{"ok":true,"upload_url":"https:\/\/evil.example\/upload","file_id":"F1"}"#,
    r#"{"ok":true,"upload_url":"http:\/\/files.slack.com\/upload","file_id":"F1"}"#,
    "OK - 1",
    r#"{"ok":false,"error":"invalid_cursor"}"#,
];

/// The link, as far as a caller sees it.
#[derive(Default)]
struct Side {
    host: String,
    is_open: bool,
    is_down: bool,
    /// What the link has taken of the present request, and of those before.
    written: Vec<u8>,
}

impl Side {
    fn open(&mut self, caller: &mut Caller<'_, impl Entropy, impl Storage>) {
        self.written.clear();
        self.is_open = !self.is_down;
        match self.is_down {
            true => caller.disconnected(DisconnectReason::Unreachable),
            false => caller.connected(),
        }
    }

    /// Returns the bytes of the body of the upload that the link has taken.
    fn body(&self) -> &[u8] {
        let end = b"\r\n\r\n";
        let at = self
            .written
            .windows(end.len())
            .position(|bytes| bytes == end);
        at.map_or(&[], |at| &self.written[at + end.len()..])
    }

    fn check(&self, file: &[u8]) {
        if self.host == API || self.written.is_empty() {
            return;
        }
        assert!(
            !contains(&self.written, b"xoxb-"),
            "another host gets the token"
        );
        let begin = &self.written[..self.written.len().min(13)];
        assert!(b"POST /upload ".starts_with(begin), "no upload");
        assert!(
            file.starts_with(self.body()),
            "other bytes than those of the file"
        );
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|bytes| bytes == part)
}

/// The present sequence.
#[allow(clippy::large_enum_variant)] // there is one
enum Present<'a> {
    Upload(Upload<'a>),
    List(Pages<'a>),
}

impl Present<'_> {
    fn sequence(&mut self) -> &mut dyn Sequence {
        match self {
            Self::Upload(upload) => upload,
            Self::List(pages) => pages,
        }
    }
}

pub(crate) fn upload(data: &[u8]) {
    let mut script = Script(data);
    let entropy = from_fn(|out: &mut [u8]| {
        out.fill(0x55);
        Ok(())
    });
    let mut rates = [RateSlot::FREE; 3];
    let storage = OwnedStorage::<32, 0>::new();
    let mut caller = Caller::new(CallerConfig::new(), "xoxb-1", storage, &mut rates, entropy)
        .expect("usable settings");
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let mut rx = RecvBuf::new(&mut rx_memory);
    let mut tx = SendBuf::new(&mut tx_memory);
    let file: Vec<u8> = (0..600_u16).map(|at| at as u8).collect();
    let list = ListUsers::new().limit(2);
    let mut side = Side::default();
    let mut now = 1_000;
    let mut most = usize::MAX;
    let is_over = loop {
        let (mut url_memory, mut cursor_memory) = ([0; 64], [0; 8]);
        // The operations before the next sequence are for a link without a call.
        let number = script.byte();
        let mut present = match number % 3 {
            0 | 1 => {
                let file = GetUploadUrl::new("f", file.len() as u64);
                let upload = Upload::new(file, &mut url_memory);
                Present::Upload(if number % 3 == 1 {
                    upload.cannot_restart()
                } else {
                    upload
                })
            }
            _ => Present::List(Pages::new(&list, &USERS, &mut cursor_memory)),
        };
        caller
            .begin_sequence(present.sequence())
            .expect("within the limits");
        let can_restart = number % 3 == 0;
        // The bytes that the source supplied in this sequence, and whether it has begun again.
        let (mut supplied, mut has_begun, mut is_called) = (0, false, true);
        let has_ended = loop {
            let mut arrived = 0;
            let is_over = script.is_over();
            if is_over {
                // At the end there is no network, and every deadline passes.
                side.is_down = true;
                if side.is_open {
                    side.is_open = false;
                    caller.disconnected(DisconnectReason::Reset);
                }
                now += 3_600_000;
            } else {
                match script.byte() % op::COUNT {
                    operation @ (op::SEND | op::RESPOND) => {
                        let bytes = match operation {
                            op::SEND => script.string().to_vec(),
                            _ => {
                                let body = RESPONSES[usize::from(script.byte()) % RESPONSES.len()];
                                let kind = if body.starts_with('{') {
                                    "application/json"
                                } else {
                                    "text/plain"
                                };
                                format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
                            }
                        };
                        if side.is_open {
                            let space = rx.space();
                            arrived = space.len().min(bytes.len());
                            space[..arrived].copy_from_slice(&bytes[..arrived]);
                            rx.filled(arrived);
                        }
                    }
                    op::WRITES => {
                        let count = usize::from(script.byte()).min(tx.pending().len());
                        if side.is_open {
                            side.written.extend_from_slice(&tx.pending()[..count]);
                            tx.sent(count);
                        }
                    }
                    op::END if side.is_open => {
                        side.is_open = false;
                        let reasons = [DisconnectReason::Closed, DisconnectReason::Reset];
                        caller.disconnected(reasons[usize::from(script.byte() % 2)]);
                    }
                    op::NETWORK => side.is_down = script.byte() % 2 == 1,
                    op::TIME => now += 1 << (script.byte() % 24),
                    op::BEGIN => break false,
                    op::READS => most = usize::from(script.byte()).max(1),
                    _ => {}
                }
            }
            let mut outputs = 0;
            loop {
                outputs += 1;
                assert!(outputs <= 40 + arrived, "endless outputs");
                let sequence = is_called.then(|| present.sequence());
                let time = Instant::from_millis(now);
                let output = match sequence {
                    Some(sequence) => caller.poll_sequence(sequence, &mut rx, &mut tx, time),
                    None => caller.poll(None, &mut rx, &mut tx, time),
                };
                match output.expect("randomness") {
                    Output::Connect { peer, .. } => {
                        assert!(!side.is_open && is_called);
                        assert_eq!(peer.security, Security::Tls);
                        assert!(["slack.com", "files.slack.com"].contains(&peer.host));
                        side.host = peer.host.into();
                        side.open(&mut caller);
                    }
                    Output::Disconnect => {
                        assert!(tx.pending().is_empty(), "a request leaves after its end");
                        side.is_open = false;
                        caller.disconnected(DisconnectReason::Closed);
                    }
                    Output::Wait { until, .. } => {
                        assert!(until.as_millis() > now, "a wait for the past");
                        break;
                    }
                    Output::Event(CallerEvent::BodyNeeded { offset, length }) => {
                        assert_eq!(length, 600);
                        assert_eq!(offset, side.body().len() as u64, "not the next bytes");
                        let offset = usize::try_from(offset).expect("small");
                        assert!(can_restart || offset == supplied, "read again");
                        assert!(
                            offset == supplied || (offset == 0 && !has_begun),
                            "backwards"
                        );
                        has_begun |= offset < supplied;
                        let room = caller.body_room(&mut tx);
                        let count = room.len().min(most);
                        assert!(count > 0, "no room");
                        room[..count].copy_from_slice(&file[offset..offset + count]);
                        caller.body_filled(count, &mut tx, time);
                        supplied = offset + count;
                    }
                    Output::Event(event) => {
                        let is_element = matches!(event, CallerEvent::Element(_));
                        assert!(is_called, "an event without a sequence");
                        let is_accepted = matches!(event, CallerEvent::Accepted(_));
                        is_called = is_element;
                        if let (true, Present::Upload(upload)) = (is_accepted, &present) {
                            assert_eq!(upload.stage(), UploadStage::GetUrl);
                            assert_eq!(supplied, file.len(), "a part of the file is missing");
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            if side.is_open {
                side.check(&file);
            }
            if is_over {
                assert!(!is_called, "a sequence has no outcome");
                break true;
            }
        };
        if has_ended {
            break true;
        }
    };
    assert!(is_over);
}
