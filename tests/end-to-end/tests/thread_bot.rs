//! A bot that replies in threads, among everything that the server sends because of a reply.

use end_to_end::{Run, dialer, with_short_timeouts};
use fake_slack::{FakeSlack, GENERAL, USER};
use slack_rtm::event::Author;
use slack_rtm::rtm::command::Post;
use slack_rtm::{CloseReason, Config, Event};
use slack_rtm_std::Buffers;

#[test]
fn a_bot_that_replies_in_threads_answers_each_message_once() {
    let server = FakeSlack::builder().message_rate(None).start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let config = with_short_timeouts(Config::new().api_base(&api_base));
    let config = config.allowed_domains(&["localhost"]);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    // Each with a link, so that it has a preview; the reply has the same text.
    let questions = ["https://x.org 1", "https://x.org 2"];
    for question in questions {
        run.until_hello();
        let ts = server.push_message(GENERAL, USER, question);
        let (mut answers, mut changes) = (0, 0);
        run.until(|event, handle| {
            if let Event::Message(message) = event {
                if let Some(Author::Person(_)) = message.posted_by() {
                    let (channel, text) = message.channel().zip(message.text())?;
                    let reply = Post::new(channel, text.as_str()).in_thread(&ts);
                    handle.send(&reply).unwrap();
                    answers += 1;
                } else {
                    assert!(message.is_hidden(), "{message:?}");
                    changes += 1;
                }
            }
            // The preview of the question, the update of the thread, the preview of the reply.
            (changes == 3).then_some(())
        });
        assert_eq!(answers, 1, "{question}");
        server.push(r#"{"type":"after"}"#);
        run.until(|event, _| {
            assert!(!matches!(event, Event::Message(_)), "{event:?}");
            (event.type_name() == Some("after")).then_some(())
        });
        if question == questions[0] {
            server.reset_all();
        }
    }
    assert_eq!(server.log().received("message").len(), questions.len());
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}
