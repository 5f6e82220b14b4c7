//! `Call`: the whole way of one call, with links that are slow, cut, or silent.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::http::HttpError;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Api, Call, CallError, CallOutput, Ended, Method, RequestError, ResponseError, Timeouts,
    TokenIn, paths::CALL,
};

slack_rtm::paths! {
    const HISTORY extends CALL {
        const CHANNEL = Whole "channel";
        const MESSAGE = Element "messages[]";
        const MESSAGE_TS = Whole "messages[].ts";
        const MESSAGE_TEXT = Cut "messages[].text";
    }
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\
    {\"ok\":true,\"messages\":[{\"ts\":\"1.5\",\"text\":\"a\"},{\"ts\":\"1.4\",\"text\":\"b\"}],\"channel\":\"C1\"}";

/// A server that answers once it has the whole request.
struct Server<'a> {
    request: Vec<u8>,
    answer: &'a [u8],
    /// How the stream ends behind the answer; `None`: it stays open.
    end: Option<Ended>,
    write: usize,
    read: usize,
}

impl<'a> Server<'a> {
    fn new(answer: &'a str) -> Self {
        Self {
            request: Vec::new(),
            answer: answer.as_bytes(),
            end: Some(Ended::Orderly),
            write: usize::MAX,
            read: usize::MAX,
        }
    }

    fn is_asked(&self) -> bool {
        let text = String::from_utf8_lossy(&self.request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return false;
        };
        let length = head
            .split("Content-Length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next());
        length.is_none_or(|length| body.len() >= length.parse().expect("a number"))
    }

    /// Runs the call; every output as text.
    fn run(&mut self, mut call: Call<'_>) -> Vec<String> {
        let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
        // What an earlier link left behind.
        rx.space()[..3].copy_from_slice(b"old");
        rx.filled(3);
        tx.append(0, |sink| sink.put(b"old"));
        let mut now = 1000;
        let mut outputs = Vec::new();
        let mut open = false;
        loop {
            now += 1;
            match call.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
                CallOutput::Connect { url, until } => {
                    assert!(!open);
                    open = true;
                    outputs.push(format!(
                        "connect {} {}",
                        url.host(),
                        until.as_millis() - now
                    ));
                    call.connected();
                }
                CallOutput::Wait { until } => {
                    assert!(open && !(rx.space().is_empty() && tx.is_empty()));
                    let count = tx.pending().len().min(self.write);
                    self.request.extend_from_slice(&tx.pending()[..count]);
                    tx.sent(count);
                    let mut count = 0;
                    if self.is_asked() {
                        let space = rx.space();
                        count = self.read.min(self.answer.len()).min(space.len());
                        space[..count].copy_from_slice(&self.answer[..count]);
                        self.answer = &self.answer[count..];
                        rx.filled(count);
                        if let (0, Some(end)) = (count, self.end) {
                            open = false;
                            call.disconnected(end);
                        }
                    }
                    if count == 0 && open && tx.is_empty() {
                        now = until.as_millis();
                    }
                }
                CallOutput::Element(element) => {
                    let members: Vec<_> = element.members().iter().map(|m| m.to_string()).collect();
                    outputs.push(format!("{} {}", element.path(), members.join(" ")));
                }
                CallOutput::Accepted(answer) => {
                    let channel = answer.members().text("channel");
                    outputs.push(format!("accepted {channel:?}"));
                }
                CallOutput::Refused(error) => {
                    outputs.push(format!("refused {}", error.code().as_str()));
                }
                CallOutput::Failed(error) => outputs.push(format!("failed {error:?}")),
                CallOutput::Disconnect => {
                    assert!(open);
                    open = false;
                    call.disconnected(Ended::Orderly);
                    outputs.push("disconnect".to_owned());
                }
                CallOutput::Done => {
                    assert!(!open);
                    return outputs;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn call<'c>(arguments: &'c [(&'c str, &'c str)]) -> Call<'c> {
    let method = Method::Named {
        name: "conversations.history",
        arguments,
    };
    Call::new(&Api::new("xoxb-1"), method, &HISTORY).expect("a call")
}

#[test]
fn a_call_from_the_first_byte_to_the_last() {
    let text = "long & wide ".repeat(100);
    let arguments = [("channel", "C1"), ("text", text.as_str())];
    for (write, read) in [
        (usize::MAX, usize::MAX),
        (1, 1),
        (3, 7),
        (300, 100),
        (7, 1460),
    ] {
        let mut server = Server::new(ANSWER);
        (server.write, server.read) = (write, read);
        assert_eq!(
            server.run(call(&arguments)),
            [
                "connect slack.com 15000",
                "messages[] ts=\"1.5\" text=\"a\"",
                "messages[] ts=\"1.4\" text=\"b\"",
                "accepted Some(\"C1\")",
                "disconnect",
            ]
        );
        let request = String::from_utf8(server.request).expect("ASCII");
        assert!(
            request.starts_with("POST /api/conversations.history HTTP/1.1\r\nHost: slack.com\r\n")
        );
        assert!(request.contains("\r\nAuthorization: Bearer xoxb-1\r\n"));
        let body = request.split_once("\r\n\r\n").expect("a body").1;
        assert_eq!(
            body,
            format!("channel=C1&text={}", "long%20%26%20wide%20".repeat(100))
        );
    }
}

#[test]
fn outcomes() {
    let truncated = format!(
        "failed {:?}",
        CallError::Response(ResponseError::Http(HttpError::Truncated))
    );
    let late = format!("failed {:?}", CallError::Late);
    let link = format!("failed {:?}", CallError::Link);
    let limited = format!(
        "failed {:?}",
        CallError::Response(ResponseError::RateLimited {
            retry_after: Some(Duration::from_secs(3))
        })
    );
    let cut = &ANSWER[..ANSWER.len() - 1];
    let refused = "HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n{\"ok\":false,\"error\":\"channel_not_found\"}";
    let refused = refused.replace("39", "40");
    let silent = None;
    for (answer, end, expected, disconnects) in [
        (refused.as_str(), silent, "refused channel_not_found", true),
        (
            "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\n\r\n",
            silent,
            &limited,
            true,
        ),
        (cut, Some(Ended::Orderly), &truncated, false),
        (cut, Some(Ended::Abruptly), &link, false),
        (cut, silent, &late, true),
        ("", Some(Ended::Orderly), &truncated, false),
        ("", Some(Ended::Abruptly), &link, false),
        ("", silent, &late, true),
    ] {
        let mut server = Server::new(answer);
        server.end = end;
        let mut outputs = server.run(call(&[]));
        outputs.retain(|output| !output.starts_with("messages[]"));
        let mut wanted = vec!["connect slack.com 15000", expected];
        wanted.extend(disconnects.then_some("disconnect"));
        assert_eq!(outputs, wanted, "{answer:?} {end:?}");
    }
}

#[test]
fn an_answer_may_come_before_the_request_is_out() {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let text = "x".repeat(5000);
    let arguments = [("text", text.as_str())];
    let mut call = call(&arguments);
    let now = Instant::from_millis(0);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        CallOutput::Connect { .. }
    ));
    call.connected();
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        CallOutput::Wait { .. }
    ));
    let answer = b"HTTP/1.1 413 Too Large\r\n\r\n";
    rx.space()[..answer.len()].copy_from_slice(answer);
    rx.filled(answer.len());
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        CallOutput::Failed(CallError::Response(ResponseError::Status {
            status: 413,
            ..
        }))
    ));
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        CallOutput::Disconnect
    ));
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        CallOutput::Disconnect
    ));
    call.disconnected(Ended::Abruptly);
    assert!(matches!(call.poll(&mut rx, &mut tx, now), CallOutput::Done));
}

#[test]
fn no_link_no_call() {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut call = call(&[]).patience(Timeouts {
        connect: Duration::from_secs(1),
        ..Timeouts::DEFAULT
    });
    let now = Instant::from_millis(5);
    for _ in 0..2 {
        match call.poll(&mut rx, &mut tx, now) {
            CallOutput::Connect { until, .. } => assert_eq!(until.as_millis(), 1005),
            other => panic!("{other:?}"),
        }
    }
    call.disconnected(Ended::Abruptly);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        CallOutput::Failed(CallError::Link)
    ));
    call.connected();
    assert!(matches!(call.poll(&mut rx, &mut tx, now), CallOutput::Done));
    assert!(tx.is_empty());
}

#[test]
fn signs_of_life_give_more_time() {
    let mut server = Server::new(ANSWER);
    // A byte a poll, each after a wait of just under the limit, would be late in sum.
    (server.read, server.write) = (1, 1);
    let patience = Timeouts {
        answer: Duration::from_millis(2),
        ..Timeouts::DEFAULT
    };
    let outputs = server.run(call(&[]).patience(patience));
    assert_eq!(outputs.last().map(String::as_str), Some("disconnect"));
    assert_eq!(outputs.len(), 5);
}

#[test]
fn what_cannot_be_called() {
    let method = Method::Named {
        name: "x y",
        arguments: &[],
    };
    assert_eq!(
        Call::new(&Api::new("xoxb-1"), method, &CALL).err(),
        Some(RequestError::MethodName)
    );
    let method = Method::Named {
        name: "api.test",
        arguments: &[],
    };
    let api = Api::new("a\r\n").token_in(TokenIn::Form);
    assert_eq!(
        Call::new(&api, method, &CALL).err(),
        Some(RequestError::Token)
    );
}
