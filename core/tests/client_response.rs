//! The members that a client keeps of the response to its call, selected by a table.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{Rig, config, http_ok};
use slack_rtm::json::Paths;
use slack_rtm::time::Instant;
use slack_rtm::web_api::paths::{COMMON, CONNECT};
use slack_rtm::{Config, Event, Output};

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
