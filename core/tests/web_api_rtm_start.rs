//! A body of `rtm.start` as large as the largest that was reported, 24 MB, through 1 KiB.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fmt::Write;

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::Paths;
use slack_rtm::web_api::{Cleartext, Response, ResponseStep, StartList, paths};

/// Bytes of body that are made at least.
const SIZE: usize = 24_000_000;
/// Bytes that a read brings: what fits into an Ethernet frame.
const READ: usize = 1460;

/// A generator of numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.roll(at + 1));
        }
    }

    /// A text as it is, and as JSON may have it.
    fn text(&mut self, length: usize) -> (String, String) {
        let characters = [
            'a',
            'Z',
            ' ',
            '/',
            '"',
            '\\',
            '\n',
            '\u{e4}',
            '\u{2764}',
            '\u{1f600}',
            '<',
        ];
        let (mut plain, mut json) = (String::new(), String::new());
        for _ in 0..length {
            let character = characters[self.roll(characters.len())];
            plain.push(character);
            match character {
                '/' if self.roll(2) == 0 => json += "\\/",
                '"' => json += "\\\"",
                '\\' => json += "\\\\",
                '\n' => json += "\\n",
                _ if self.roll(3) == 0 => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(json, "\\u{unit:04x}").expect("a String takes all");
                    }
                }
                _ => json.push(character),
            }
        }
        (plain, json)
    }
}

/// Makes the answer piece by piece, and remembers the sum of what is to come out.
struct Server {
    dice: Dice,
    /// Top-level members still to come; a list with the number of elements left.
    members: Vec<(&'static str, usize)>,
    made: usize,
    elements: usize,
    sum: u64,
}

impl Server {
    fn new(mut dice: Dice) -> Self {
        let mut members: Vec<_> = StartList::ALL
            .map(|list| (list.as_str(), SIZE / 6 / 3000))
            .into();
        members.extend(["url", "self", "team", "ok", "emoji", "subteams"].map(|name| (name, 0)));
        dice.shuffle(&mut members);
        Self {
            dice,
            members,
            made: 0,
            elements: 0,
            sum: 0,
        }
    }

    /// The next piece of the body as a chunk; none behind the last.
    fn chunk(&mut self) -> Option<Vec<u8>> {
        let content = self.content()?;
        self.made += content.len();
        Some(format!("{:x}\r\n{content}\r\n", content.len()).into_bytes())
    }

    fn content(&mut self) -> Option<String> {
        let first = self.made == 0;
        let (name, left) = self.members.pop()?;
        let start = if first { "{" } else { "" };
        let end = if self.members.is_empty() { "}" } else { "," };
        let list = StartList::ALL
            .into_iter()
            .find(|list| list.as_str() == name);
        Some(match (list, name) {
            (Some(list), _) => {
                let open = if left == SIZE / 6 / 3000 {
                    format!("{start}\"{name}\":[")
                } else {
                    String::new()
                };
                let element = self.element(list, left);
                if left > 1 {
                    self.members.push((name, left - 1));
                    format!("{open}{element},")
                } else {
                    format!("{open}{element}]{end}")
                }
            }
            (None, "ok") => format!("{start}\"ok\":true{end}"),
            (None, "url") => format!("{start}\"url\":\"wss:\\/\\/a.slack.com\\/x\"{end}"),
            (None, "self") => {
                format!("{start}\"self\":{{\"prefs\":{{\"a\":[[1]]}},\"id\":\"U1\"}}{end}")
            }
            (None, "team") => {
                format!("{start}\"team\":{{\"name\":\"T\\u00e4m\",\"id\":\"T1\"}}{end}")
            }
            (None, name) => format!("{start}\"{name}\":[{{\"id\":\"no\"}},[],{{}}]{end}"),
        })
    }

    /// An element of some 3 kB, its members in any order.
    fn element(&mut self, list: StartList, number: usize) -> String {
        let (name, json_name) = self.dice.text(12);
        let (_, text) = self.dice.text(640);
        let id = format!("X{number:08}");
        let ids: Vec<_> = (0..80).map(|member| format!("\"U{member:08}\"")).collect();
        let mut members = vec![
            format!("\"id\":\"{id}\""),
            format!("\"name\":\"{json_name}\""),
            format!("\"members\":[{}]", ids.join(",")),
            format!("\"blocks\":[{{\"text\":\"{text}\"}}]"),
            "\"latest\":{\"ts\":\"1.5\",\"id\":\"not this\"}".to_owned(),
            "\"created\":1402463766,\"x\":-1.5e-3,\"y\":null".to_owned(),
        ];
        self.dice.shuffle(&mut members);
        self.elements += 1;
        // Direct messages have no name that would be kept.
        let name = if list == StartList::Ims { "" } else { &name };
        self.sum = sum(self.sum, list, &id, name);
        format!("{{{}}}", members.join(","))
    }
}

/// What is known of all elements, in a number (FNV-1a).
fn sum(sum: u64, list: StartList, id: &str, name: &str) -> u64 {
    [list.as_str(), id, name]
        .iter()
        .flat_map(|text| text.bytes())
        .fold(sum, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

#[test]
fn all_elements_of_24_megabytes_through_1_kibibyte() {
    let mut server = Server::new(Dice(0x5eed));
    let mut wire = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
        Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        .to_vec();
    let mut at = 0;
    let mut memory = [0; 1024];
    let mut rx = RecvBuf::new(&mut memory);
    let mut answer = Response::new(&paths::START);
    let (mut elements, mut total) = (0, 0);
    loop {
        match answer.poll(&mut rx).expect("a step") {
            ResponseStep::Incomplete => {
                while wire.len() - at < READ {
                    wire.drain(..at);
                    at = 0;
                    match server.chunk() {
                        Some(chunk) => wire.extend_from_slice(&chunk),
                        None => {
                            wire.extend_from_slice(b"0\r\n\r\n");
                            break;
                        }
                    }
                }
                let space = rx.space();
                let count = space.len().min(READ).min(wire.len() - at);
                assert!(count > 0, "no room to go on");
                space[..count].copy_from_slice(&wire[at..at + count]);
                rx.filled(count);
                at += count;
            }
            ResponseStep::Head => {}
            ResponseStep::Element(element) => {
                let (list, id) = (
                    element.list().expect("a list"),
                    element.id().expect("an id"),
                );
                let name = element.name().unwrap_or("".into());
                assert!(!name.is_cut());
                elements += 1;
                total = sum(total, list, id, name.as_str());
                if matches!(
                    list,
                    StartList::Channels | StartList::Groups | StartList::Mpims
                ) {
                    assert_eq!(element.member_ids().expect("members").len(), 80);
                    assert_eq!(element.latest_ts(), Some("1.5"));
                }
            }
            ResponseStep::Accepted(accepted) => {
                assert_eq!(accepted.self_id(), Some("U1"));
                assert_eq!(accepted.team_name(), Some("T\u{e4}m".into()));
                let url = accepted
                    .url(&["slack.com"], Cleartext::Refused)
                    .expect("a URL");
                assert_eq!(url.host(), "a.slack.com");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(server.made >= SIZE, "{} bytes", server.made);
    assert_eq!((elements, total), (server.elements, server.sum));
}

/// Reads a whole response through `N` bytes. Returns the ids and the names of the user and the team,
/// each if it is whole.
fn whole_names<const N: usize>(paths: &'static Paths, body: &str) -> (bool, [bool; 3]) {
    let mut memory = [0; N];
    let mut rx = RecvBuf::new(&mut memory);
    let length = body.len();
    let bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    let mut rest = bytes.as_bytes();
    let mut response = Response::new(paths);
    loop {
        match response.poll(&mut rx).expect("a response") {
            ResponseStep::Incomplete => {
                let space = rx.space();
                let count = space.len().min(rest.len());
                space[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
                rx.filled(count);
            }
            ResponseStep::Accepted(accepted) => {
                let has_ids = accepted.self_id() == Some("U023BECGF")
                    && accepted.team_id() == Some("T024BE7LD")
                    && accepted.url(&["slack.com"], Cleartext::Refused).is_ok();
                let names = [
                    accepted.self_name(),
                    accepted.team_name(),
                    accepted.team_domain(),
                ];
                return (
                    has_ids,
                    names.map(|name| name.is_some_and(|name| !name.is_cut())),
                );
            }
            ResponseStep::Head | ResponseStep::Element(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The response to `rtm.start` in the order of its documents, and that to `rtm.connect`, with the
/// URL last.
#[test]
fn names_before_the_url_are_whole_up_to_the_figures_of_the_guide() {
    let bodies = |user: &str, team: &str, domain: &str| {
        let user = format!(r#""id":"U023BECGF","name":"{user}""#);
        let id = "T024BE7LD";
        let url = r#""url":"wss:\/\/wss-primary.slack.com\/websocket\/7I5yBpcvk""#;
        let users = r#"{"id":"U1","name":"somebody","real_name":"Some Body"},"#.repeat(50);
        let start = format!(
            r#"{{"ok":true,"self":{{{user},"prefs":{{}},"created":1402463766,"manual_presence":"active"}},
            "team":{{"id":"{id}","name":"{team}","email_domain":"","domain":"{domain}","icon":{{"image_default":true}},
            "msg_edit_window_mins":-1,"over_storage_limit":false,"prefs":{{}},"plan":"std"}},"users":[{users}{{}}],{url}}}"#
        );
        let connect = format!(
            r#"{{"ok":true,"self":{{{user}}},"team":{{"domain":"{domain}","id":"{id}","name":"{team}"}},{url}}}"#
        );
        [(&paths::START, start), (&paths::CONNECT, connect)]
    };
    for (table, body) in bodies("robotoverlord", "Example Team", "slackdemo-example") {
        let (has_ids, names) = whole_names::<512>(table, &body);
        assert!(has_ids && names != [true; 3], "{names:?}");
        assert_eq!(
            whole_names::<1024>(table, &body),
            (true, [true; 3]),
            "{body}"
        );
    }
    let (user, team, domain) = ("u".repeat(30), "t".repeat(120), "d".repeat(50));
    for (table, body) in bodies(&user, &team, &domain) {
        let (has_ids, names) = whole_names::<1024>(table, &body);
        assert!(has_ids && names != [true; 3], "{names:?}");
        assert_eq!(
            whole_names::<2048>(table, &body),
            (true, [true; 3]),
            "{body}"
        );
    }
}
