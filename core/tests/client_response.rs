//! The response to the opening call: the members that are kept of it, errors, and slow responses;
//! and a peer that sends before the upgrade request has left.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{Rig, Seen, config, http_ok};
use slack_rtm::json::Paths;
use slack_rtm::time::Instant;
use slack_rtm::web_api::paths::{COMMON, CONNECT};
use slack_rtm::web_api::{ConnectArguments, ErrorCode, Method};
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
    let connect = Method::RtmConnect(ConnectArguments::default());
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
