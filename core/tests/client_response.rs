//! The response to the opening call: the members that are kept of it, errors, and slow responses;
//! and a peer that sends before the upgrade request has left.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{Rig, Seen, config, http_ok};
use slack_rtm::json::Paths;
use slack_rtm::time::Instant;
use slack_rtm::web_api::paths::{COMMON, CONNECT};
use slack_rtm::web_api::{ErrorCode, OpeningMethod, RtmConnect};
use slack_rtm::{Config, DisconnectReason, Event, Output, PeerError, ReconnectReason};

slack_rtm::paths! {
    const OWN extends COMMON {
        const CACHE_TS = Whole "cache_ts";
    }
}

const RESPONSE: &str = r#"{"ok":true,"url":"wss:\/\/ms1.slack.com\/x","cache_ts":"12","self":{"id":"U1","name":"bell"},
    "team":{"id":"T1","name":"Example","domain":"example","plan":"std"}}"#;

/// Domain and plan of the team, and the member that no table of this crate has.
fn kept(config: Config<'static>) -> [Option<String>; 3] {
    let mut rig = Rig::new(config, 1024, 512);
    rig.call();
    let bytes = http_ok(RESPONSE);
    rig.rx.space()[..bytes.len()].copy_from_slice(&bytes);
    rig.rx.filled(bytes.len());
    loop {
        let now = Instant::from_millis(rig.now);
        match rig.client.poll(&mut rig.rx, &mut rig.tx, now).unwrap() {
            Output::Event(Event::Accepted(accepted)) => {
                let own = accepted.members().text("cache_ts");
                let texts = [accepted.team_domain(), accepted.plan(), own];
                assert_eq!(accepted.self_id(), Some("U1"));
                let found = texts.map(|text| text.map(|text| text.to_string()));
                assert_eq!(rig.client.user_id(), Some("U1"));
                return found;
            }
            Output::Wait { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_response_has_the_members_of_its_table_and_the_url_is_found_by_each() {
    let text = |text: &str| Some(String::from(text));
    let all = [text("example"), text("std"), None];
    assert_eq!(kept(config()), all);
    for (table, plan, own) in [
        (&CONNECT, text("std"), None),
        (&COMMON, None, None),
        (&OWN, None, text("12")),
    ] as [(&'static Paths, _, _); 3]
    {
        assert_eq!(
            kept(config().response_paths(table)),
            [text("example"), plan, own]
        );
    }
}

/// A gateway that is overloaded says when to come back; so do the next calls.
#[test]
fn retry_after_of_an_error_status_counts_however_the_response_ends() {
    let gzip = "Content-Encoding: gzip\r\n";
    let json = "Content-Type: application/json\r\nContent-Length: 40\r\n";
    for (status, fields, body, end, seconds) in [
        (503, gzip, "", None, 60),
        (429, gzip, "", None, 600),
        (503, json, "{\"ok\"", None, 60),
        (503, json, "{\"ok\"", Some(DisconnectReason::Reset), 60),
        (503, json, "{\"ok\"", Some(DisconnectReason::Closed), 60),
    ] {
        let mut rig = Rig::new(config(), 1024, 512);
        rig.call();
        let response =
            format!("HTTP/1.1 {status} X\r\n{fields}Retry-After: {seconds}\r\n\r\n{body}");
        let mut seen = rig.receive(response.as_bytes());
        match (seen.last(), end) {
            (Some(Seen::Wait { .. }), Some(end)) => rig.client.disconnected(end),
            (Some(&Seen::Wait { until }), None) => {
                rig.now = until;
                seen = rig.drain();
            }
            _ => {}
        }
        if seen.last() == Some(&Seen::Disconnect) {
            rig.client.disconnected(DisconnectReason::Closed);
        }
        let (reason, at) = rig.reconnecting();
        assert!(
            at >= rig.now + seconds * 1000,
            "{response:?} {end:?}: {reason:?}"
        );
    }
}

/// Polls until the event that this function returns something for.
fn event<T>(rig: &mut Rig, look: impl Fn(Event<'_>) -> Option<T>) -> T {
    for _ in 0..10 {
        let now = Instant::from_millis(rig.now);
        match rig.client.poll(&mut rig.rx, &mut rig.tx, now).unwrap() {
            Output::Event(event) => {
                if let Some(found) = look(event) {
                    return found;
                }
            }
            Output::Disconnect => rig.client.disconnected(DisconnectReason::Closed),
            Output::Wait { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("the event does not come");
}

/// The same as those of `Call`: `core/tests/web_api_call.rs::a_rate_limit_has_one_shape` and
/// `the_reason_of_slack_survives_any_status`.
#[test]
fn a_refusal_has_one_shape_whatever_the_status_is() {
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    for (status, fields, body, code, seconds) in [
        (429, "", "", "ratelimited", Some(60)),
        (
            429,
            json,
            r#"{"ok":false,"error":"ratelimited"}"#,
            "ratelimited",
            Some(60),
        ),
        (429, "Retry-After: 3\r\n", "<html>", "ratelimited", Some(3)),
        (
            200,
            json,
            r#"{"ok":false,"error":"ratelimited"}"#,
            "ratelimited",
            Some(60),
        ),
        (
            200,
            json,
            r#"{"ok":false,"error":"rate_limited"}"#,
            "ratelimited",
            Some(60),
        ),
        (
            200,
            "Retry-After: 3\r\n",
            r#"{"ok":false,"error":"rate_limited"}"#,
            "ratelimited",
            Some(3),
        ),
        (
            500,
            json,
            r#"{"ok":false,"error":"internal_error"}"#,
            "internal_error",
            None,
        ),
        (
            403,
            json,
            r#"{"error":"invalid_auth","ok":false}"#,
            "invalid_auth",
            None,
        ),
        (
            418,
            json,
            r#"{"error":"never_heard_of","ok":false}"#,
            "never_heard_of",
            None,
        ),
    ] {
        let length = body.len();
        let response =
            format!("HTTP/1.1 {status} X\r\n{fields}Content-Length: {length}\r\n\r\n{body}");
        let mut rig = Rig::new(config(), 1024, 512);
        rig.call();
        rig.rx.space()[..response.len()].copy_from_slice(response.as_bytes());
        rig.rx.filled(response.len());
        let refused = event(&mut rig, |event| match event {
            Event::Refused(error) => Some((
                error.code().as_str().to_owned(),
                error.status(),
                error.retry_after().map(|delay| delay.as_millis()),
            )),
            _ => None,
        });
        let retry_after = seconds.map(|seconds: u64| seconds * 1000);
        assert_eq!(
            refused,
            (code.to_owned(), status, retry_after),
            "{response:?}"
        );
    }
}

/// "reconnect in 57.3 s: HTTP status 500" looks like a mistake without the second reason.
#[test]
fn a_wait_for_the_limit_on_calls_is_named_with_its_reason() {
    let mut rig = Rig::new(config(), 1024, 512);
    let mut waits = Vec::new();
    for _ in 0..4 {
        rig.call();
        let response = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";
        rig.rx.space()[..response.len()].copy_from_slice(response);
        rig.rx.filled(response.len());
        let (text, is_held_back, at) = event(&mut rig, |event| match event {
            Event::Reconnecting(end) => {
                Some((end.to_string(), end.is_held_back(), end.at().as_millis()))
            }
            _ => None,
        });
        waits.push((text, is_held_back, (at - rig.now) / 10_000));
        rig.now = at;
    }
    let short = ("HTTP status 500".to_owned(), false, 0);
    assert_eq!(waits[..2], [short.clone(), short]);
    let (text, is_held_back, tens_of_seconds) = &waits[2];
    assert!(*is_held_back && *tens_of_seconds >= 5, "{waits:?}");
    assert_eq!(
        text,
        "HTTP status 500; the limit on calls to Slack holds the next one back"
    );
}

#[test]
fn a_refused_host_is_named_with_the_setting_that_allows_it() {
    for (url, host) in [
        (
            "wss:\\/\\/ms1.example.org\\/secret-ticket",
            Some("ms1.example.org"),
        ),
        (
            "wss:\\/\\/ms1.slack.com.example:444?secret-ticket",
            Some("ms1.slack.com.example"),
        ),
        ("ws:\\/\\/ms1.slack.com\\/secret-ticket", None),
        ("secret-ticket", None),
    ] {
        let mut rig = Rig::new(config(), 1024, 512);
        rig.call();
        let response = http_ok(&format!(
            r#"{{"ok":true,"url":"{url}","self":{{"id":"U1"}}}}"#
        ));
        rig.rx.space()[..response.len()].copy_from_slice(&response);
        rig.rx.filled(response.len());
        let (named, text) = event(&mut rig, |event| match event {
            Event::Reconnecting(end) => {
                Some((end.refused_host().map(str::to_owned), end.to_string()))
            }
            _ => None,
        });
        assert_eq!(named.as_deref(), host, "{text}");
        assert!(!text.contains("secret"), "{text}");
        let Some(host) = host else { continue };
        assert!(text.contains("Config::allowed_domains"), "{text}");
        assert!(text.ends_with(&format!("; the host is {host}")), "{text}");
        // The same for the event that is returned again.
        let again = rig.client.event(&rig.rx);
        let Some(Event::Reconnecting(again)) = again else {
            panic!("{again:?}");
        };
        assert_eq!(again.to_string(), text);
    }
}

#[test]
fn a_refusal_with_an_unknown_code_has_its_text_in_the_event() {
    let body = r#"{"error":"never_heard_of","ok":false,"needed":"chat:write"}"#;
    for rx_bytes in [512, 1024] {
        for end in [DisconnectReason::Closed, DisconnectReason::Reset] {
            for junk in [0, 1, 300] {
                let mut rig = Rig::new(config(), rx_bytes, 512);
                rig.call();
                let seen = rig.receive(&http_ok(body));
                assert!(seen.contains(&Seen::Refused), "{seen:?}");
                // Bytes after the response do not overwrite the text.
                let room = rig.rx.space();
                let count = junk.min(room.len());
                room[..count].fill(b'x');
                rig.rx.filled(count);
                rig.client.disconnected(end);
                let now = Instant::from_millis(rig.now);
                let output = rig.client.poll(&mut rig.rx, &mut rig.tx, now);
                let Ok(Output::Event(Event::Reconnecting(attempt))) = output else {
                    panic!("{output:?}");
                };
                let code = ErrorCode::Other("never_heard_of");
                assert_eq!(attempt.reason(), ReconnectReason::Refused(code));
                let text = attempt.reason().to_string();
                assert!(text.contains("never_heard_of"), "{text}");
                // The same for the event that is returned again.
                let again = rig.client.event(&rig.rx);
                let Some(Event::Reconnecting(again)) = again else {
                    panic!("{again:?}");
                };
                assert_eq!(again.reason().to_string(), text);
            }
        }
    }
}

/// A response whose URL has this length.
fn accepted_with_url(length: usize) -> Vec<u8> {
    let start = "wss://ms1.slack.com/";
    let url = format!("{start}{}", "u".repeat(length - start.len()));
    http_ok(&format!(
        r#"{{"ok":true,"self":{{"id":"U1"}},"url":"{url}"}}"#
    ))
}

/// Without room to read there would be nothing to wait for.
#[test]
fn a_peer_that_fills_the_buffer_before_the_request_has_left_broke_a_rule() {
    for (rx_bytes, url, tx_bytes) in [
        (512, 300, 256),
        (512, 300, 300),
        (512, 300, 511),
        (1024, 500, 256),
        (1024, 500, 600),
        (4096, 2000, 256),
        (4096, 2000, 2000),
    ] {
        let context = format!("rx {rx_bytes}, tx {tx_bytes}");
        let mut rig = Rig::new(config(), rx_bytes, tx_bytes);
        rig.call();
        rig.receive(&accepted_with_url(url));
        rig.client.disconnected(DisconnectReason::Closed);
        rig.expect_connect("ms1.slack.com");
        rig.client.connected();
        rig.drain();
        assert!(!rig.tx.is_empty(), "{context}");
        // The link takes nothing, and brings a byte at a time. Every wait is checked by the rig.
        let mut is_full = false;
        while !is_full {
            let room = rig.rx.space();
            room[0] = b'x';
            rig.rx.filled(1);
            is_full = rig.rx.space().is_empty();
            let seen = rig.drain();
            let is_end = seen.last() == Some(&Seen::Disconnect);
            assert_eq!(is_end, is_full, "{context}: {seen:?}");
        }
        let reason = rig.lose_link(DisconnectReason::Closed);
        assert_eq!(
            reason,
            ReconnectReason::Peer(PeerError::SpokeFirst),
            "{context}"
        );
    }
}

/// The bytes wait in the buffer until the request is written, and are read then.
#[test]
fn a_peer_that_sends_less_before_the_request_has_left_is_read_after_it() {
    for count in [1, 5, 12] {
        let mut rig = Rig::new(config(), 512, 256);
        rig.call();
        rig.receive(&accepted_with_url(300));
        rig.client.disconnected(DisconnectReason::Closed);
        rig.expect_connect("ms1.slack.com");
        rig.client.connected();
        rig.drain();
        let (early, rest) = client_common::UPGRADED.split_at(count);
        rig.rx.space()[..count].copy_from_slice(early);
        rig.rx.filled(count);
        rig.flush();
        rig.receive(rest);
        assert_eq!(rig.receive_text(client_common::HELLO)[0], Seen::Hello);
    }
}

/// A URL is valid for 30 s from the head of the response on: the rest of the response is skipped
/// before, with every configuration.
#[test]
fn the_url_of_a_slow_response_is_used_before_it_expires() {
    let connect = OpeningMethod::RtmConnect(RtmConnect::default());
    for config in [config(), config().method(connect)] {
        let mut rig = Rig::new(config, 1024, 512);
        rig.call();
        let mut seen = rig.receive(
            b"HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"self\":{\"id\":\"U1\"},\
            \"url\":\"wss://ms1.slack.com/x\",\"pad\":\"",
        );
        while !seen.contains(&Seen::ListsIncomplete) {
            assert!(rig.now < 30_000, "the URL expired");
            rig.now += 2000;
            seen = rig.receive(b"x");
        }
        rig.client.disconnected(DisconnectReason::Closed);
        rig.upgrade();
    }
}
