//! `Call`: one call from the first byte to the last, over links that are slow, cut, or silent.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::http::HttpError;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Api, Call, CallError, CallEvent, CallOutput, ErrorCode, Named, RequestError, ResponseError,
    TokenIn, paths::CALL,
};
use slack_rtm::{DisconnectReason, Output, Security, Timeout, Timeouts};

slack_rtm::paths! {
    const HISTORY extends CALL {
        const CHANNEL = Whole "channel";
        const MESSAGE = Element "messages[]";
        const MESSAGE_TS = Whole "messages[].ts";
        const MESSAGE_TEXT = Cut "messages[].text";
    }
}

const RESPONSE: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\
    {\"ok\":true,\"messages\":[{\"ts\":\"1.5\",\"text\":\"a\"},{\"ts\":\"1.4\",\"text\":\"b\"}],\"channel\":\"C1\"}";

/// A server that responds once it has the whole request.
struct Server<'a> {
    request: Vec<u8>,
    response: &'a [u8],
    /// How the stream ends after the response; `None`: it stays open.
    end: Option<DisconnectReason>,
    write: usize,
    read: usize,
}

impl<'a> Server<'a> {
    fn new(response: &'a str) -> Self {
        Self {
            request: Vec::new(),
            response: response.as_bytes(),
            end: Some(DisconnectReason::Closed),
            write: usize::MAX,
            read: usize::MAX,
        }
    }

    fn has_request(&self) -> bool {
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

    /// Runs the call and returns every output as text.
    fn run(&mut self, mut call: Call<'_, Named<'_>>) -> Vec<String> {
        let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
        // Bytes of an earlier link.
        rx.space()[..3].copy_from_slice(b"old");
        rx.filled(3);
        tx.append(0, |sink| sink.put(b"old"));
        let mut now = 1000;
        let mut outputs = Vec::new();
        let mut open = false;
        loop {
            now += 1;
            match call.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
                Output::Connect { peer, until, .. } => {
                    assert!(!open);
                    assert_eq!((peer.port, peer.security), (443, Security::Tls));
                    open = true;
                    outputs.push(format!("connect {} {}", peer.host, until.as_millis() - now));
                    call.connected();
                }
                Output::Wait { until, .. } => {
                    assert!(open && !(rx.space().is_empty() && tx.is_empty()));
                    let count = tx.pending().len().min(self.write);
                    self.request.extend_from_slice(&tx.pending()[..count]);
                    tx.sent(count);
                    let mut count = 0;
                    if self.has_request() {
                        let space = rx.space();
                        count = self.read.min(self.response.len()).min(space.len());
                        space[..count].copy_from_slice(&self.response[..count]);
                        self.response = &self.response[count..];
                        rx.filled(count);
                        if let (0, Some(end)) = (count, self.end) {
                            open = false;
                            call.disconnected(end);
                        }
                    }
                    if count == 0 && open && tx.is_empty() && self.has_request() {
                        now = until.as_millis();
                    }
                }
                Output::Event(CallEvent::Element(element)) => {
                    let members: Vec<_> = element.members().iter().map(|m| m.to_string()).collect();
                    outputs.push(format!("{} {}", element.path(), members.join(" ")));
                }
                Output::Event(CallEvent::Accepted(response)) => {
                    let channel = response.members().text("channel");
                    outputs.push(format!("accepted {channel:?}"));
                }
                Output::Event(CallEvent::Refused(error)) => {
                    let (code, status) = (error.code(), error.status());
                    let wait = error.retry_after().map(|span| span.as_millis());
                    outputs.push(format!("refused {} {status} {wait:?}", code.as_str()));
                }
                Output::Event(CallEvent::Failed(error)) => {
                    outputs.push(format!("failed {error:?}"));
                }
                Output::Disconnect => {
                    assert!(open);
                    open = false;
                    call.disconnected(DisconnectReason::Closed);
                    outputs.push("disconnect".to_owned());
                }
                Output::Closed(()) => {
                    assert!(!open);
                    return outputs;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn call<'c>(arguments: &'c [(&'c str, &'c str)]) -> Call<'c, Named<'c>> {
    let method = Named {
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
        let mut server = Server::new(RESPONSE);
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
fn every_call_has_one_outcome() {
    let failed = |error: CallError| format!("failed {error:?}");
    let truncated = failed(CallError::Response(ResponseError::Http(
        HttpError::Truncated,
    )));
    let late = failed(CallError::TimedOut(Timeout::Response));
    let reset = failed(CallError::Disconnected(DisconnectReason::Reset));
    let cut = &RESPONSE[..RESPONSE.len() - 1];
    let refused = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"ok\":false,\"error\":\"channel_not_found\"}";
    let silent = None;
    for (response, end, expected, disconnects) in [
        (refused, silent, "refused channel_not_found 200 None", true),
        (cut, Some(DisconnectReason::Closed), &truncated, false),
        (cut, Some(DisconnectReason::Reset), &reset, false),
        (cut, silent, &late, true),
        ("", Some(DisconnectReason::Closed), &truncated, false),
        ("", Some(DisconnectReason::Reset), &reset, false),
        ("", silent, &late, true),
    ] {
        let mut server = Server::new(response);
        server.end = end;
        let mut outputs = server.run(call(&[]));
        outputs.retain(|output| !output.starts_with("messages[]"));
        let mut wanted = vec!["connect slack.com 15000", expected];
        wanted.extend(disconnects.then_some("disconnect"));
        assert_eq!(outputs, wanted, "{response:?} {end:?}");
    }
}

/// Runs a call against a response that ends with the link.
fn outcome(response: &str, read: usize) -> String {
    let mut server = Server::new(response);
    server.read = read;
    let mut outputs = server.run(call(&[]));
    outputs.retain(|output| output != "disconnect");
    assert_eq!(outputs.len(), 2, "{outputs:?}");
    outputs.remove(1)
}

/// Slack sends a rate limit by status, by the body, or by both.
#[test]
fn a_rate_limit_has_one_shape() {
    for read in [usize::MAX, 7, 1] {
        for head in [
            "HTTP/1.1 429 Too Many Requests\r\n",
            "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n",
            // The body cannot be read, and need not be.
            "HTTP/1.1 429 Too Many Requests\r\nContent-Encoding: gzip\r\n",
            "HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: identity\r\n",
            "HTTP/1.1 429 Too Many Requests\r\nContent-Length: x\r\n",
            "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "HTTP/1.1 200 OK\r\n",
        ] {
            for body in [
                "{\"ok\":false,\"error\":\"ratelimited\"}",
                "{\"ok\":false,\"error\":\"rate_limited\"}",
                "<html>",
                "",
            ] {
                if head.contains("200") && !body.starts_with('{') {
                    continue;
                }
                let response = format!("{head}Retry-After: 3\r\n\r\n{body}");
                let status = &head[9..12];
                assert_eq!(
                    outcome(&response, read),
                    format!("refused ratelimited {status} Some(3000)"),
                    "{response:?}"
                );
                // Without a time it is the minute of Tier 1.
                let response = format!("{head}\r\n{body}");
                assert_eq!(
                    outcome(&response, read),
                    format!("refused ratelimited {status} Some(60000)"),
                    "{response:?}"
                );
            }
        }
    }
}

/// A status that is an error, and `Retry-After`, count however the response ends after them.
#[test]
fn an_error_status_survives_the_loss_of_its_body() {
    let json = "Content-Type: application/json\r\n";
    for (fields, body) in [
        ("Content-Encoding: gzip\r\n".to_owned(), "\u{1f}"),
        (format!("Content-Encoding: gzip\r\n{json}"), "\u{1f}"),
        (format!("Content-Encoding: {}\r\n", "x".repeat(3000)), ""),
        (format!("Transfer-Encoding: identity\r\n{json}"), "{"),
        (format!("Content-Length: x\r\n{json}"), "{"),
        (json.to_owned(), "{\"ok\""),
        (format!("Content-Length: 40\r\n{json}"), "{\"ok\""),
    ] {
        let response = format!("HTTP/1.1 503 X\r\n{fields}Retry-After: 60\r\n\r\n{body}");
        for end in [
            None,
            Some(DisconnectReason::Closed),
            Some(DisconnectReason::Truncated),
            Some(DisconnectReason::Reset),
        ] {
            let mut server = Server::new(&response);
            server.end = end;
            let outputs = server.run(call(&[]));
            let expected = CallError::Response(ResponseError::Status {
                status: 503,
                retry_after: Some(Duration::from_secs(60)),
            });
            assert_eq!(
                outputs[1],
                format!("failed {expected:?}"),
                "{response:?} {end:?}"
            );
        }
    }
}

/// Elements belong to a response that was accepted.
#[test]
fn an_error_status_has_no_elements() {
    let response = "HTTP/1.1 503 X\r\nContent-Type: application/json\r\n\r\n\
        {\"messages\":[{\"ts\":\"1.5\"}],\"ok\":false,\"error\":\"fatal_error\"}";
    for read in [usize::MAX, 7, 1] {
        assert_eq!(outcome(response, read), "refused fatal_error 503 None");
    }
}

/// Slack states its reason in the body, whatever the status is.
#[test]
fn the_reason_of_slack_survives_any_status() {
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    let failed = |status| {
        format!(
            "failed {:?}",
            CallError::Response(ResponseError::Status {
                status,
                retry_after: None
            })
        )
    };
    for read in [usize::MAX, 7, 1] {
        for (status, fields, body, expected) in [
            (
                500,
                json,
                "{\"ok\":false,\"error\":\"internal_error\"}",
                "refused internal_error 500 None".to_owned(),
            ),
            (
                403,
                json,
                "{\"error\":\"invalid_auth\",\"ok\":false}",
                "refused invalid_auth 403 None".to_owned(),
            ),
            (
                404,
                "Content-Type:\r\n application/json\r\n",
                "{\"ok\":false,\"error\":\"never_heard_of\"} \n",
                "refused never_heard_of 404 None".to_owned(),
            ),
            (
                502,
                "Transfer-Encoding: identity\r\nContent-Type: application/json\r\nRetry-After: 5\r\n",
                "{\"ok\":false,\"error\":\"service_unavailable\"}",
                "refused service_unavailable 502 Some(5000)".to_owned(),
            ),
            // Not JSON, cut, not of the Web API, or with a framing that is broken.
            (503, "", "{\"ok\":false}", failed(503)),
            (503, json, "<html>", failed(503)),
            (503, json, "{\"ok\":false", failed(503)),
            (503, json, "{\"error\":\"x\"}", failed(503)),
            (503, json, "{\"ok\":true}", failed(503)),
            (503, "Content-Length: x\r\n", "", failed(503)),
            (
                503,
                "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n",
                "zz",
                failed(503),
            ),
        ] {
            let response = format!("HTTP/1.1 {status} X\r\n{fields}\r\n{body}");
            assert_eq!(outcome(&response, read), expected, "{response:?}");
        }
    }
    assert_eq!(
        ErrorCode::from_code("internal_error"),
        ErrorCode::InternalError
    );
}

#[test]
fn a_response_may_come_before_the_request_is_out() {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let text = "x".repeat(5000);
    let arguments = [("text", text.as_str())];
    let mut call = call(&arguments);
    let now = Instant::from_millis(0);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Connect { .. }
    ));
    call.connected();
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Wait { .. }
    ));
    let response = b"HTTP/1.1 413 Too Large\r\n\r\n";
    rx.space()[..response.len()].copy_from_slice(response);
    rx.filled(response.len());
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Event(CallEvent::Failed(CallError::Response(
            ResponseError::Status { status: 413, .. }
        )))
    ));
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Disconnect
    ));
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Disconnect
    ));
    call.disconnected(DisconnectReason::Reset);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Closed(())
    ));
}

/// Polls a call with a connection timeout of a second at these times, in milliseconds.
fn polled(times: &[u64], mut each: impl FnMut(u64, CallOutput<'_>)) {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut timeouts = Timeouts::DEFAULT;
    timeouts.connect = Duration::from_secs(1);
    let mut call = call(&[]).timeouts(timeouts);
    for at in times {
        each(*at, call.poll(&mut rx, &mut tx, Instant::from_millis(*at)));
    }
    assert!(tx.is_empty());
}

#[test]
fn connect_comes_once_and_then_wait() {
    let mut connects = 0;
    polled(&[5, 5, 600, 1004], |at, output| match output {
        Output::Connect { until, .. } => {
            connects += 1;
            assert_eq!((at, until.as_millis()), (5, 1005));
        }
        Output::Wait { until, .. } => assert_eq!(until.as_millis(), 1005),
        other => panic!("{other:?}"),
    });
    assert_eq!(connects, 1);
}

/// The caller may never report: a blocking connect that hangs, a device that slept.
#[test]
fn the_deadline_of_the_connection_is_enforced() {
    let mut outputs = Vec::new();
    polled(&[0, 3_600_000, 3_600_001], |_, output| {
        outputs.push(match output {
            Output::Connect { .. } => "connect",
            Output::Event(CallEvent::Failed(CallError::TimedOut(Timeout::Connect))) => "late",
            Output::Disconnect => "disconnect",
            other => panic!("{other:?}"),
        });
    });
    assert_eq!(outputs, ["connect", "late", "disconnect"]);
}

#[test]
fn without_a_link_there_is_no_call() {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut call = call(&[]);
    let now = Instant::from_millis(5);
    // Reports without a link are ignored.
    call.connected();
    call.disconnected(DisconnectReason::Closed);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Connect { .. }
    ));
    call.disconnected(DisconnectReason::Refused);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Event(CallEvent::Failed(CallError::NotConnected(
            DisconnectReason::Refused
        )))
    ));
    call.connected();
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Closed(())
    ));
    assert!(tx.is_empty());
}

/// A response at one byte per 14 s ends at the total limit, however long it is.
#[test]
fn the_whole_response_has_a_limit() {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut call = call(&[]);
    let mut now = Instant::from_millis(0);
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Connect { .. }
    ));
    call.connected();
    let opened = now;
    let mut drip = RESPONSE.bytes();
    loop {
        match call.poll(&mut rx, &mut tx, now) {
            Output::Wait { until, .. } => assert!(until > now),
            Output::Event(CallEvent::Failed(CallError::TimedOut(Timeout::Response))) => break,
            other => panic!("{other:?}"),
        }
        tx.sent(tx.pending().len());
        rx.space()[0] = drip.next().expect("the response is longer than the limit");
        rx.filled(1);
        now += Duration::from_secs(14);
    }
    let taken = now - opened;
    assert!(taken >= Timeouts::DEFAULT.response_total, "{taken:?}");
    assert!(taken < Timeouts::DEFAULT.response_total + Duration::from_secs(14));
}

#[test]
fn every_byte_extends_the_silence_that_is_allowed() {
    let mut server = Server::new(RESPONSE);
    // A byte a poll, each after a wait of just under the limit, would be late in sum.
    (server.read, server.write) = (1, 1);
    let mut timeouts = Timeouts::DEFAULT;
    timeouts.response = Duration::from_millis(2);
    let outputs = server.run(call(&[]).timeouts(timeouts));
    assert_eq!(outputs.last().map(String::as_str), Some("disconnect"));
    assert_eq!(outputs.len(), 5);
}

#[test]
fn unusable_settings_are_refused() {
    let method = Named {
        name: "x y",
        arguments: &[],
    };
    assert_eq!(
        Call::new(&Api::new("xoxb-1"), method, &CALL).err(),
        Some(RequestError::MethodName)
    );
    let method = Named {
        name: "api.test",
        arguments: &[],
    };
    let api = Api::new("a\r\n").token_in(TokenIn::Form);
    assert_eq!(
        Call::new(&api, method, &CALL).err(),
        Some(RequestError::Token)
    );
}
