//! A list in pages: all users of a large workspace through a receive buffer of 1 KiB.

use crate::counted::{instructions, measured};
use crate::heap::allocations_in;
use crate::json::{self, Profile, User};
use crate::start_body::{Dice, list, user};
use crate::table::Figure;
use slack_rtm::buffer::{RecvBuf, SendBuf};

use slack_rtm::entropy::from_fn;
use slack_rtm::json::Records;
use slack_rtm::methods::users::ListUsers;
use slack_rtm::time::Instant;
use slack_rtm::web_api::{Caller, CallerConfig, CallerEvent, Pages, paths};
use slack_rtm::{Output, OwnedStorage};
use std::hint::black_box;

const ALL_USERS: usize = 100_000;
const PAGE: usize = 200;
const PAGES: usize = ALL_USERS / PAGE;
/// The payload of a segment of an Ethernet.
const SEGMENT: usize = 1460;
/// How much more than a typed visit of `rtm.start` a byte may cost: the requests, the heads of the
/// responses and the machine.
const MORE: f64 = 1.05;

slack_rtm::paths! {
    /// The members of a user that the typed visit of `rtm.start` reads.
    const TABLE extends paths::PAGE {
        const USER = Element "members[]";
        const USER_ID = Whole "members[].id";
        const USER_NAME = Brief "members[].name";
        const USER_REAL_NAME = Brief "members[].real_name";
        const USER_DELETED = Whole "members[].deleted";
        const USER_IS_BOT = Whole "members[].is_bot";
        const USER_TZ = Brief "members[].tz_offset";
        const USER_DISPLAY_NAME = Brief "members[].profile.display_name";
    }
}

fn typed_user(records: Records<'_>) -> User<&str> {
    let text = |path| records.text(path).map_or("", |text| text.as_str());
    User {
        id: text(USER_ID),
        name: text(USER_NAME),
        real_name: text(USER_REAL_NAME),
        deleted: records.bool(USER_DELETED) == Some(true),
        is_bot: records.bool(USER_IS_BOT) == Some(true),
        tz_offset: records
            .find(USER_TZ)
            .and_then(|value| value.number()?.as_i64())
            .unwrap_or_default(),
        profile: Profile {
            display_name: text(USER_DISPLAY_NAME),
        },
    }
}

/// Instructions per byte of the responses, and allocations.
pub(crate) fn figures() -> Vec<Figure> {
    let server = Server::new();
    let bytes = server.bytes();
    let allocations = allocations_in(|| read_all(server));
    let mut figures = vec![
        Figure::new(
            "pages",
            "100,000 users, 1 KiB buffer",
            "allocs",
            allocations as f64,
        )
        .goal(0.0),
    ];
    if let (Some(total), Some(start)) = (instructions(&["pages"]), json::start_per_byte()) {
        let each = total as f64 / bytes as f64;
        let figure = Figure::new("pages", "100,000 users, 1 KiB buffer", "Ir/byte", each);
        figures.push(
            figure
                .goal(start * MORE)
                .counted(total)
                .peer("rtm.start", start),
        );
    }
    figures
}

/// Reads all pages, to be counted.
pub(crate) fn run() {
    let mut server = Some(Server::new());
    measured(&mut || server.take().into_iter().for_each(read_all));
}

/// Returns the elements of a page, of the same kind as those of `rtm.start`.
fn users(count: usize) -> String {
    let mut dice = Dice(1, false);
    list(count, |at| user(at, 420, &mut dice))
}

/// A server whose pages have the same users, and different cursors.
struct Server {
    /// The response of each page but the last one, without the four digits of its cursor.
    before: Vec<u8>,
    after: &'static [u8],
    /// The last response.
    last: Vec<u8>,
    page: usize,
    /// The number of bytes of the present response that were sent.
    sent: usize,
}

impl Server {
    fn new() -> Self {
        let after = b"\"}}";
        let users = users(PAGE);
        let body = format!(
            r#"{{"ok":true,"members":{users},"response_metadata":{{"next_cursor":"dXNlcjpV"#
        );
        let last = format!(r#"{{"ok":true,"members":{users}}}"#);
        let head = |length| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        let length = body.len() + 4 + after.len();
        Self {
            before: (head(length) + &body).into_bytes(),
            after,
            last: (head(last.len()) + &last).into_bytes(),
            page: 0,
            sent: 0,
        }
    }

    /// Returns the number of bytes of all responses.
    fn bytes(&self) -> usize {
        (self.before.len() + 4 + self.after.len()) * (PAGES - 1) + self.last.len()
    }

    /// Writes the next bytes of the present response.
    fn read(&mut self, out: &mut [u8]) -> usize {
        let digits = [1000, 100, 10, 1].map(|unit| b'0' + (self.page / unit % 10) as u8);
        let parts = match self.page == PAGES - 1 {
            true => [&self.last[..], &[], &[]],
            false => [&self.before[..], &digits, self.after],
        };
        let (mut at, mut count) = (0, 0);
        for part in parts {
            let from = (self.sent + count).saturating_sub(at).min(part.len());
            let some = &part[from..][..(part.len() - from).min(out.len() - count)];
            out[count..][..some.len()].copy_from_slice(some);
            count += some.len();
            at += part.len();
        }
        self.sent += count;
        count
    }
}

fn read_all(mut server: Server) {
    let (mut rx, mut tx, mut cursor) = ([0; 1024], [0; 256], [0; 16]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let method = ListUsers::new().limit(PAGE as u16);
    let mut pages = Pages::new(&method, &TABLE, &mut cursor);
    let storage = OwnedStorage::<32, 0>::new();
    let random = from_fn(|out| {
        out.fill(7);
        Ok(())
    });
    let mut caller = Caller::new(CallerConfig::new(), "xoxb-1", storage, &mut [], random)
        .expect("usable settings");
    caller.begin_sequence(&pages).expect("a list");
    let mut users = 0;
    loop {
        let now = Instant::from_millis(0);
        match caller
            .poll_sequence(&mut pages, &mut rx, &mut tx, now)
            .expect("randomness")
        {
            Output::Connect { .. } => caller.connected(),
            Output::Wait { .. } => {
                if !tx.pending().is_empty() {
                    let is_next = tx.pending().starts_with(b"POST ") && server.sent > 0;
                    server.page += usize::from(is_next);
                    server.sent *= usize::from(!is_next);
                    tx.sent(usize::MAX);
                    continue;
                }
                let space = rx.space();
                let most = space.len().min(SEGMENT);
                let count = server.read(&mut space[..most]);
                rx.filled(count);
            }
            Output::Event(CallerEvent::Element(element)) => {
                black_box(typed_user(element.members().records()));
                users += 1;
            }
            Output::Event(CallerEvent::Accepted(_)) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(users, ALL_USERS);
}
