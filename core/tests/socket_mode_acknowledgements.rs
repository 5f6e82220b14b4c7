//! Acknowledgements between full buffers, links that end and deliveries that come again.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod socket_mode_common;

use slack_rtm::json::Writer;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Config, DisconnectReason, EventAcknowledgement, ReconnectReason,
};
use socket_mode_common::{Rig, Seen, bare, command, message, text_frame};

fn empty(json: &mut Writer<'_>) {
    json.begin_object();
    json.end_object();
}

/// A response that fills a send buffer of 256 bytes.
fn long(json: &mut Writer<'_>) {
    json.begin_object();
    json.name("text").text(&"r".repeat(600));
    json.end_object();
}

/// The link ends; time passes until the next attempt. Returns the reason.
fn lose_link(rig: &mut Rig) -> ReconnectReason<'static> {
    rig.client.disconnected(DisconnectReason::Reset);
    loop {
        match rig.poll() {
            Seen::Reconnecting(reason, at) => {
                rig.now = at;
                return reason;
            }
            Seen::Wait { .. } => panic!("it waits"),
            _ => {}
        }
    }
}

#[test]
fn an_event_whose_acknowledgement_did_not_leave_is_not_lent_and_comes_again_unmarked() {
    let mut rig = Rig::open(Config::socket_mode(), 256);
    rig.fill(&text_frame(&message("1", "Ev1")));
    assert!(matches!(&rig.drain()[..], [Seen::Wait { .. }]));
    assert!(!rig.tx.is_empty());
    lose_link(&mut rig);
    rig.reopen();
    let seen = rig.receive_text(&message("2", "Ev1"));
    assert!(seen.iter().any(|seen| seen.is_first("2")), "{seen:?}");
    let seen = rig.receive_text(&message("3", "Ev1"));
    assert!(!seen.iter().any(|seen| seen.is_first("3")), "{seen:?}");
    assert_eq!(rig.take_texts(), [bare("2"), bare("3")]);
}

#[test]
fn a_response_is_not_mixed_with_an_acknowledgement_that_is_being_sent() {
    let mut rig = Rig::open(Config::socket_mode(), 256);
    let frames = [command("0"), command("1"), command("2")].map(|text| text_frame(&text));
    rig.fill(&frames.concat());
    assert!(rig.poll().is_first("0"));
    let filler = rig.client.defer(&rig.rx).expect("deferred");
    assert!(rig.poll().is_first("1"));
    let deferred = rig.client.defer(&rig.rx).expect("deferred");
    assert!(rig.poll().is_first("2"));
    // It leaves 20 of the 125 bytes for frames of data, for a part of the next acknowledgement.
    let text = "f".repeat(99 - r#"{"envelope_id":"0","payload":{"text":""}}"#.len());
    let fill = |json: &mut Writer<'_>| {
        json.begin_object();
        json.name("text").text(&text);
        json.end_object();
    };
    let sent = rig.client.acknowledge_deferred(filler, &mut rig.tx, &fill);
    assert_eq!((sent, rig.tx.pending().len()), (Ok(Sent::Whole), 105));
    assert!(matches!(rig.poll(), Seen::Wait { .. }));
    let (client, rx, tx) = (&mut rig.client, &rig.rx, &mut rig.tx);
    assert_eq!(
        client.acknowledge_deferred(deferred, tx, &empty),
        Err(AcknowledgeError::Busy)
    );
    assert_eq!(
        client.acknowledge(rx, tx, &empty),
        Err(AcknowledgeError::NoEnvelope)
    );
    rig.take(105);
    rig.sent.clear();
    rig.flush();
    let sent = rig
        .client
        .acknowledge_deferred(deferred, &mut rig.tx, &empty);
    assert_eq!(sent, Ok(Sent::Whole));
    rig.flush();
    let response = r#"{"envelope_id":"1","payload":{}}"#.to_owned();
    assert_eq!(rig.take_texts(), [bare("2"), response]);
}

#[test]
fn a_deferred_envelope_is_acknowledged_in_time_although_events_keep_coming() {
    let mut rig = Rig::open(Config::socket_mode(), 512);
    rig.fill(&text_frame(&command("1")));
    assert!(rig.poll().is_first("1"));
    let deferred = rig.client.defer(&rig.rx).expect("deferred");
    for number in 0..40 {
        // The receive buffer is never empty at a poll.
        rig.fill(&text_frame(&message(
            &format!("m{number}"),
            &format!("Ev{number}"),
        )));
        rig.now += 100;
        while matches!(rig.poll(), Seen::Wait { .. }) {
            rig.take_once();
        }
        if rig.now <= 2_400 {
            assert!(!rig.sent.is_empty());
        }
    }
    rig.flush();
    let texts = rig.take_texts();
    let at = texts.iter().position(|text| *text == bare("1"));
    assert!(at.is_some_and(|at| at < 27), "{texts:?}");
    assert_eq!(
        rig.client
            .acknowledge_deferred(deferred, &mut rig.tx, &empty),
        Err(AcknowledgeError::TooLate)
    );
}

#[test]
fn an_envelope_that_accepts_no_response_gets_none_in_either_mode() {
    for mode in [
        EventAcknowledgement::BeforeEvent,
        EventAcknowledgement::AfterEvent,
    ] {
        let mut rig = Rig::open(Config::socket_mode().acknowledge_events(mode), 256);
        rig.fill(&text_frame(&message("1", "Ev1")));
        while !rig.poll().is_first("1") {
            rig.take_once();
        }
        let sent = rig.client.acknowledge(&rig.rx, &mut rig.tx, &empty);
        assert_eq!(sent, Err(AcknowledgeError::NotAccepted));
        assert_eq!(
            rig.client.defer(&rig.rx),
            Err(AcknowledgeError::NotAccepted)
        );
        rig.flush();
        assert_eq!(rig.take_texts(), [bare("1")]);
    }
}

#[test]
fn a_link_that_ends_within_a_response_is_the_reason_for_the_next_attempt() {
    for ends in [true, false] {
        let mut rig = Rig::open(Config::socket_mode(), 256);
        rig.fill(&text_frame(&command("1")));
        assert!(rig.poll().is_first("1"));
        let sent = rig.client.acknowledge(&rig.rx, &mut rig.tx, &long);
        assert_eq!(sent, Ok(Sent::Partly));
        rig.take_once();
        if ends {
            let reason = lose_link(&mut rig);
            assert_eq!(
                reason,
                ReconnectReason::Disconnected(DisconnectReason::Reset)
            );
            continue;
        }
        assert_eq!(rig.poll(), Seen::Disconnect);
        assert_eq!(lose_link(&mut rig), ReconnectReason::ResponseAbandoned);
    }
}

#[test]
fn an_id_that_grows_when_it_is_escaped_is_not_deferred() {
    let mut rig = Rig::open(Config::socket_mode(), 256);
    for (id, length) in [("\\u0001", 43), ("\\\\", 23), ("x", 45)] {
        rig.fill(&text_frame(&command(&id.repeat(length))));
        assert!(matches!(rig.poll(), Seen::Envelope { .. }));
        assert_eq!(rig.client.defer(&rig.rx), Err(AcknowledgeError::LongId));
        rig.flush();
    }
    rig.fill(&text_frame(&command(&"\\\\".repeat(22))));
    assert!(matches!(rig.poll(), Seen::Envelope { .. }));
    assert!(rig.client.defer(&rig.rx).is_ok());
}
