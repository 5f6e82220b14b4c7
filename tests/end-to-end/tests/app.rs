//! An app in Socket Mode that answers by the Web API beside its socket.

use end_to_end::{AppRun, TIMEOUT, socket_mode};
use fake_slack::{
    BOT_ID, CLIENT_ID, CLIENT_SECRET, DisconnectReason, FakeSlack, Fault, GENERAL, REFRESH_TOKEN,
    Step, USER, What,
};
use slack_rtm::event::Author;
use slack_rtm::json::Writer;
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::methods::oauth::{NEW_TOKENS, NewTokens, RefreshTokens};
use slack_rtm::time::Duration;
use slack_rtm::web_api::CallerConfig;
use slack_rtm::{CloseReason, Config, Event, Timeouts, TokenError};
use slack_rtm_std::{
    App, AppBuffers, AppError, AppEvent, AppTokens, Buffers, Dialer, PostOutcome, SessionError,
    Trust,
};
use std::{thread, time};

fn buffers() -> AppBuffers {
    AppBuffers {
        session: Buffers::new(1024, 512),
        web_api: Buffers::new(1024, 512).outbox(2048),
    }
}

/// Writes a response with a text.
fn done(json: &mut Writer<'_>) {
    json.begin_object();
    json.name("text").text("done");
    json.end_object();
}

fn millis(millis: u64) -> time::Duration {
    time::Duration::from_millis(millis)
}

#[test]
fn a_message_is_answered_in_its_thread_and_the_response_has_the_ids_of_the_app() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), buffers());
    let config = CallerConfig::new().api_base(&api_base);
    let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
    run.until_hello();
    assert_eq!(run.app().session().identity().bot_id(), None);
    let ts = server.push_message(GENERAL, USER, "ping");
    let replied = run.until(|event, handle| match event {
        AppEvent::Event(Event::Message(message)) => match message.posted_by() {
            Some(Author::Person(_)) => handle.reply(&message, "pong").unwrap(),
            _ => None,
        },
        _ => None,
    });
    // The outcome and the own message may come in any order.
    let (mut outcome, mut is_own) = (None, false);
    run.until(|event, handle| {
        match event {
            AppEvent::Posted(id, posted) => {
                assert_eq!((id, handle.pending_posts()), (replied, 0));
                outcome = Some(posted);
            }
            AppEvent::Event(Event::Message(message)) if message.bot_id() == Some(BOT_ID) => {
                assert_eq!(message.thread_ts(), Some(ts.as_str()));
                is_own = message.is_own();
            }
            _ => {}
        }
        (outcome.is_some() && is_own).then_some(())
    });
    let Some(PostOutcome::Accepted { channel, ts }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(channel.as_deref(), Some(GENERAL));
    assert!(ts.is_some());
    assert_eq!(run.app().session().identity().bot_id(), Some(BOT_ID));
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    assert_eq!(server.log().violations(), [""; 0]);
}

#[test]
fn a_button_is_answered_by_its_response_url_and_a_command_in_its_acknowledgement() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), buffers());
    let config = CallerConfig::new().api_base(&api_base);
    let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
    run.until_hello();
    server.press("open", None);
    let command = server.slash_command("/door", "open");
    let mut responded = None;
    let outcome = run.until(|event, handle| match event {
        AppEvent::Event(Event::Interaction(interaction)) => {
            let url = interaction.response_url()?;
            responded = Some(handle.respond(url, "The door is open").unwrap());
            None
        }
        AppEvent::Event(Event::SlashCommand(_)) => {
            handle.acknowledge(&done).unwrap();
            None
        }
        AppEvent::Posted(id, outcome) => {
            assert_eq!(Some(id), responded);
            Some(outcome)
        }
        _ => None,
    });
    assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    let acknowledged = server.log().wait_acknowledged(TIMEOUT, &command).unwrap();
    assert_eq!(acknowledged.payload.unwrap()["text"], "done");
    let responses = server.log().entries();
    let mut responses = responses.iter().filter(|entry| match &entry.what {
        What::Request(request) => request.path.contains("/actions/"),
        _ => false,
    });
    assert!(responses.next().is_some() && responses.next().is_none());
}

/// Each fault lets a step of the Web API take until its timeout, or ends the link.
#[test]
fn a_slow_link_of_the_web_api_does_not_delay_the_socket() {
    const ROUNDS: usize = 20;
    for (step, fault) in [
        (Step::TcpAccept, Fault::Silence),
        (Step::Tls, Fault::Silence),
        (Step::Request, Fault::Stall),
        (Step::AnswerHead, Fault::Silence),
        (Step::AnswerBody, Fault::Truncate(10)),
    ] {
        let server = FakeSlack::builder().start().unwrap();
        let (api_base, mut buffers) = (server.api_base(), buffers());
        let mut timeouts = Timeouts::DEFAULT;
        timeouts.connect = Duration::from_millis(150);
        timeouts.response = Duration::from_millis(150);
        let config = CallerConfig::new().api_base(&api_base).timeouts(timeouts);
        let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
        run.until_hello();
        server.fault(step, fault);
        let sender = run.app().sender();
        let app = run.app();
        let ring = PostMessage::new(GENERAL, "Ding-dong!");
        app.web_api().post(&ring, None).unwrap();
        let mut slowest = thread::scope(|scope| {
            let pressing = scope.spawn(|| {
                let mut slowest = time::Duration::ZERO;
                for _ in 0..ROUNDS {
                    let id = server.slash_command("/door", "");
                    let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
                    slowest = slowest.max(acknowledged.after);
                    thread::sleep(millis(15));
                }
                sender.close().unwrap();
                slowest
            });
            while let Some((event, mut handle)) = app.next().unwrap() {
                if let AppEvent::Event(Event::SlashCommand(_)) = event {
                    handle.acknowledge(&done).unwrap();
                }
            }
            pressing.join().unwrap()
        });
        println!("{step:?}: slowest acknowledgement after {slowest:?}");
        slowest = slowest.saturating_sub(millis(5));
        assert!(slowest < millis(120), "{step:?}: {slowest:?}");
        assert!(!server.has_faults(), "{step:?}");
    }
}

#[test]
fn posts_are_made_while_there_is_no_socket() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), buffers());
    let config = CallerConfig::new().api_base(&api_base);
    let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
    run.until_hello();
    server.disconnect(DisconnectReason::LinkDisabled);
    let posted = run.until(|event, handle| match event {
        AppEvent::Event(Event::Reconnecting(_)) => {
            let ring = PostMessage::new(GENERAL, "Socket Mode is off");
            Some(handle.post(&ring, None).unwrap())
        }
        _ => None,
    });
    run.until(|event, _| match event {
        AppEvent::Posted(id, outcome) => {
            assert_eq!(id, posted);
            assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
            Some(())
        }
        _ => None,
    });
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn a_link_of_the_web_api_that_ends_while_the_app_waits_is_replaced() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), buffers());
    let config = CallerConfig::new().api_base(&api_base);
    let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
    run.until_hello();
    for round in 1..=3 {
        let ring = PostMessage::new(GENERAL, "Ding-dong!");
        run.app().web_api().post(&ring, None).unwrap();
        let outcome = run.until(|event, _| match event {
            AppEvent::Posted(_, outcome) => Some(outcome),
            _ => None,
        });
        assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
        server.close_idle();
        // The app waits for this event, and reads the end of the other link.
        server.slash_command("/door", "");
        run.until(|event, _| match event {
            AppEvent::Event(Event::SlashCommand(_)) => Some(()),
            _ => None,
        });
        // The call of the socket, the socket, and a link for each round.
        assert_eq!(server.log().connections(), 2 + round);
    }
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    assert_eq!(server.log().calls("chat.postMessage"), 3);
}

#[test]
fn a_post_under_way_survives_the_close_of_the_session() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), buffers());
    let config = CallerConfig::new().api_base(&api_base);
    let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
    run.until_hello();
    server.fault(Step::AnswerHead, Fault::Delay(millis(300)));
    let ring = PostMessage::new(GENERAL, "Good-bye");
    let id = run.app().web_api().post(&ring, None).unwrap();
    let sender = run.app().sender();
    thread::scope(|scope| {
        scope.spawn(|| {
            server
                .log()
                .wait_call(TIMEOUT, 1, "chat.postMessage")
                .unwrap();
            sender.close().unwrap();
        });
        while let Some((event, _)) = run.app().next().unwrap() {
            assert!(!matches!(event, AppEvent::Posted(..)), "{event:?}");
        }
    });
    assert_eq!(run.app().close_reason(), Some(CloseReason::Requested));
    let done = run.app().web_api().next_post(Duration::from_secs(5));
    let (done, outcome) = done.unwrap().unwrap();
    assert_eq!(done, id);
    assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
    assert_eq!(server.log().calls("chat.postMessage"), 1);
}

#[test]
fn posts_wait_for_another_token_of_the_bot() {
    let server = FakeSlack::builder()
        .client(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
        .start()
        .unwrap();
    let (api_base, mut buffers) = (server.api_base(), buffers());
    let config = CallerConfig::new().api_base(&api_base);
    let mut run = AppRun::new(socket_mode(&api_base), config, &server, &mut buffers);
    run.until_hello();
    server.expire_tokens();
    let ring = PostMessage::new(GENERAL, "Ding-dong!");
    let id = run.app().web_api().post(&ring, None).unwrap();
    run.until(|event, handle| {
        matches!(event, AppEvent::TokenExpired).then(|| {
            let exchange = RefreshTokens::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN);
            let response = handle.web_api().call(&exchange, &NEW_TOKENS).unwrap();
            let token = NewTokens::new(response).access_token().unwrap().to_owned();
            handle.set_bot_token(&token).unwrap();
        })
    });
    run.until(|event, _| match event {
        AppEvent::Posted(done, outcome) => {
            assert_eq!(done, id);
            assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
            Some(())
        }
        _ => None,
    });
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn swapped_tokens_are_named() {
    let mut buffers = buffers();
    let tokens = AppTokens {
        app_level: "xoxb-1",
        bot: "xapp-1",
    };
    let dialer = Dialer::new(Trust::platform()).unwrap();
    let (config, caller_config) = (Config::socket_mode(), CallerConfig::new());
    let error = App::new(config, caller_config, tokens, dialer, &mut buffers).unwrap_err();
    let AppError::Session(SessionError::Config(config)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(config.code(), TokenError::NotAppLevel.code());
    assert_eq!(error.code(), config.code());
    assert!(error.to_string().contains("xapp-"), "{error}");
}
