//! The smallest buffers, 512 and 256 bytes: the same conversation, with the longest URL and
//! message.

use end_to_end::{Run, TIMEOUT, dialer, with_short_timeouts};
use fake_slack::{BOT, FakeSlack, GENERAL, USER};
use slack_rtm::rtm::command::Post;
use slack_rtm::{CloseReason, Config, Event};
use slack_rtm_std::Buffers;

/// The longest socket URL that must fit into a receive buffer of 512 bytes.
const LONGEST_URL: usize = 384;

/// Returns a name of `length` bytes below `localhost`.
fn host(length: usize) -> String {
    let mut host = "a".repeat(length - ".localhost".len());
    // A label has at most 63 bytes (RFC 1035 section 2.3.4).
    for dot in (60..host.len()).step_by(61) {
        host.replace_range(dot..=dot, ".");
    }
    host + ".localhost"
}

#[test]
fn the_least_buffers_hold_the_same_conversation() {
    // Without its host a URL of fake-slack has 165 bytes, with a port of five digits.
    for length in [9, 100, LONGEST_URL - 165] {
        let host = match length {
            9 => "localhost".into(),
            _ => host(length),
        };
        let server = FakeSlack::builder().host(&host).start().unwrap();
        let (api_base, mut buffers) = (server.api_base(), Buffers::new(512, 256).outbox(10_000));
        let config =
            with_short_timeouts(Config::new().api_base(&api_base)).allowed_domains(&["localhost"]);
        let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
        run.until(|event, _| match event {
            Event::Accepted(response) => (response.self_id() == Some(BOT)).then_some(()),
            _ => None,
        });
        run.until_hello();
        let upgrade = server
            .log()
            .wait(TIMEOUT, |log| {
                log.iter().find_map(|entry| match &entry.what {
                    fake_slack::What::Request(request)
                        if request.path.starts_with("/websocket/") =>
                    {
                        Some(request.path.clone())
                    }
                    _ => None,
                })
            })
            .unwrap();
        let url = format!("wss://{host}:{}{upgrade}", server.port());
        assert!(url.len() <= LONGEST_URL, "{} bytes", url.len());
        assert!(
            length < 200 || url.len() + 1 >= LONGEST_URL,
            "{} bytes",
            url.len()
        );

        server.push_message(GENERAL, USER, "\"quoted\" \u{1f600} \\ back");
        let longest = "é".repeat(4_000);
        let id = run.until(|event, handle| match event {
            Event::Message(message) => {
                assert_eq!(message.text(), Some("\"quoted\" \u{1f600} \\ back".into()));
                Some(handle.send(&Post::new(GENERAL, &longest)).unwrap())
            }
            _ => None,
        });
        run.until(|event, _| match event {
            Event::Acknowledged(message) => (message.id() == id).then_some(()),
            _ => None,
        });
        // The server closes a connection on which a message arrives in fragments.
        let sent = server.log().wait_received(TIMEOUT, 1, "message").unwrap();
        assert_eq!(sent["text"], longest);
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    }
}
