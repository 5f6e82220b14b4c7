//! The response to the opening call: the members that are kept of it, errors, and slow responses.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{Rig, Seen, config, http_ok};
use slack_rtm::json::Paths;
use slack_rtm::time::Instant;
use slack_rtm::web_api::paths::{COMMON, CONNECT};
use slack_rtm::web_api::{ConnectArguments, Method};
use slack_rtm::{Config, DisconnectReason, Event, Output};

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
            Output::Event(Event::Opened(accepted)) => {
                let own = accepted.members().text("cache_ts");
                let texts = [accepted.team_domain(), accepted.plan(), own];
                assert_eq!(accepted.self_id(), Some("U1"));
                let found = texts.map(|text| text.as_deref().map(String::from));
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
