//! Calls of the Web API by the std adapter: one kept link, its ends, rate limits, and what is known
//! of a call after each failure.

use end_to_end::world::{World, outcome};
use end_to_end::{Run, TIMEOUT, dialer, with_short_timeouts};
use fake_slack::{BOT, Ended, FakeSlack, Fault, Framing, GENERAL, RANDOM, Rate, Step, USER, What};
use slack_rtm::backoff::BackoffPolicy;
use slack_rtm::blocks::{
    Actions, Block, BlockElement, Blocks, Button, HeaderBlock, Section, TextObject,
};
use slack_rtm::methods::auth::{self, AuthTest, TokenOwner};
use slack_rtm::methods::chat::{
    self, DeleteMessage, PostEphemeral, PostMessage, Posted, UpdateMessage,
};
use slack_rtm::methods::conversations::{self, OpenConversation, Opened};
use slack_rtm::methods::oauth::{NEW_TOKENS, NewTokens, RefreshTokens};
use slack_rtm::methods::reactions::{AddReaction, RemoveReaction};
use slack_rtm::methods::team::{self, Team, TeamInfo};
use slack_rtm::methods::users::{self, UserInfo, UserProfile};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{
    ArgumentPart, ArgumentsIn, CallError, ErrorCode, Job, Named, RequestError, TokenIn, paths,
};
use slack_rtm::{CloseReason, Config, DisconnectReason, Event, Timeout, Timeouts};
use slack_rtm_std::{Buffers, CallFailure, PostOutcome, WebApi};
use std::{thread, time};

fn post(web_api: &mut WebApi<'_>) -> &'static str {
    let post = PostMessage::new(GENERAL, "The door is open");
    outcome(&web_api.call(&post, &chat::POSTED))
}

fn read(web_api: &mut WebApi<'_>) -> &'static str {
    outcome(&web_api.call(&AuthTest, &auth::TOKEN_OWNER))
}

/// Short limits of connecting and of a response.
fn short() -> Timeouts {
    let mut timeouts = Timeouts::DEFAULT;
    timeouts.connect = Duration::from_secs(2);
    timeouts.response = Duration::from_millis(300);
    timeouts
}

#[test]
fn every_typed_method_over_one_link_by_each_body() {
    for arguments_in in [ArgumentsIn::Form, ArgumentsIn::Json] {
        World::start().run(
            |config| config.arguments_in(arguments_in),
            |web_api, server| {
                let response = web_api.call(&AuthTest, &auth::TOKEN_OWNER).unwrap();
                assert_eq!(TokenOwner::new(response).user_name().unwrap(), "fakebot");

                let open = Button::new("open", "Open").value("1").primary();
                let header = HeaderBlock::new("Somebody is at the \"door\"");
                let section = Section::new(TextObject::markdown("*Ding* & <dong>"));
                let elements: [&dyn BlockElement; 1] = [&open];
                let actions = Actions::new(&elements);
                let blocks: [&dyn Block; 3] = [&header, &section, &actions];
                let ring = PostMessage::new(GENERAL, "Ring 🔔").blocks(Blocks::list(&blocks));
                let posted = Posted::new(web_api.call(&ring, &chat::POSTED).unwrap());
                assert_eq!(posted.channel(), Some(GENERAL));
                let ts = posted.ts().unwrap().to_owned();

                let stored = server.log().entries();
                let answer = stored.iter().rev().find_map(|entry| match &entry.what {
                    What::Answer { body, .. } => Some(body.replace("\\/", "/")),
                    _ => None,
                });
                let answer = answer.unwrap();
                for part in [
                    r#""text":"Somebody is at the \"door\"""#,
                    r#""text":"*Ding* & <dong>""#,
                    r#""action_id":"open""#,
                    r#""value":"1""#,
                    "Ring 🔔",
                ] {
                    assert!(answer.contains(part), "{part}: {answer}");
                }

                for method in [
                    &UpdateMessage::new(GENERAL, &ts, "Nobody is there")
                        as &dyn slack_rtm::web_api::Method,
                    &AddReaction::new(GENERAL, &ts, "bell"),
                    &RemoveReaction::new(GENERAL, &ts, "bell"),
                    &DeleteMessage::new(GENERAL, &ts),
                    &PostEphemeral::new(GENERAL, USER, "only you"),
                ] {
                    let name = method.info().name;
                    let result = web_api.call(method, &paths::CALL);
                    assert_eq!(outcome(&result), "accepted", "{name}");
                }
                let users = [USER];
                let response = web_api
                    .call(&OpenConversation::new(&users), &conversations::OPENED)
                    .unwrap();
                assert_eq!(
                    Opened::new(response).channel(),
                    Some(fake_slack::BOT_DIRECT)
                );
                let response = web_api.call(&TeamInfo, &team::TEAM).unwrap();
                assert_eq!(Team::new(response).domain().unwrap(), "fake-team");
                let response = web_api.call(&UserInfo::new(USER), &users::USER).unwrap();
                assert_eq!(UserProfile::new(response).id(), Some(USER));

                let log = server.log();
                assert_eq!((log.connections(), log.handshakes()), (1, 1));
                assert_eq!(log.requests(), 10);
            },
        );
    }
}

#[test]
fn a_link_is_kept_as_long_as_the_server_keeps_it() {
    for (builder, connections) in [
        (FakeSlack::builder(), 1),
        (FakeSlack::builder().framing(Framing::Chunked(7)), 1),
        (FakeSlack::builder().framing(Framing::UntilClose), 4),
        (FakeSlack::builder().requests_per_connection(2), 2),
        (FakeSlack::builder().requests_per_connection(1), 4),
    ] {
        World::new(builder.start().unwrap()).run(
            |config| config,
            |web_api, server| {
                for call in [post, read, post, read] {
                    assert_eq!(call(web_api), "accepted");
                }
                let log = server.log();
                assert_eq!((log.connections(), log.requests()), (connections, 4));
                assert_eq!(log.handshakes(), connections);
            },
        );
    }
}

#[test]
fn a_close_between_two_calls_is_noticed_before_the_next_request_is_written() {
    World::start().run(
        |config| config,
        |web_api, server| {
            for round in 1..=5 {
                assert_eq!(post(web_api), "accepted", "{round}");
                server.close_idle();
            }
            let log = server.log();
            assert_eq!((log.connections(), log.calls("chat.postMessage")), (5, 5));
        },
    );
}

#[test]
fn bytes_after_a_response_are_not_taken_for_the_next_one() {
    World::start().run(
        |config| config,
        |web_api, server| {
            let body = r#"{"ok":true,"args":{}}"#;
            let surplus = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";
            let bytes = format!("{body}{surplus}").into_bytes();
            server.fault(Step::AnswerBody, Fault::RawBytes(bytes));
            let probe = Named {
                name: "api.test",
                arguments: &[],
            };
            let result = web_api.call(&probe, &paths::CALL);
            assert_eq!(outcome(&result), "accepted");
            let post = PostMessage::new("C0NOWHERE", "x");
            let refused = web_api.call(&post, &chat::POSTED);
            assert_eq!(outcome(&refused), "refused");
            assert_eq!(server.log().connections(), 2);
        },
    );
}

#[test]
fn a_lost_response_to_a_post_is_unconfirmed_and_a_read_is_repeated() {
    let faults = [
        (Step::Request, Fault::Close),
        (Step::Request, Fault::Reset),
        (Step::AnswerHead, Fault::Close),
        (Step::AnswerHead, Fault::Truncate(0)),
        (Step::AnswerHead, Fault::ResetAfter(0)),
    ];
    for (step, fault) in faults {
        World::start().run(
            |config| config.timeouts(short()),
            |web_api, server| {
                assert_eq!(post(web_api), "accepted");
                server.fault(step, fault.clone());
                let ring = PostMessage::new(RANDOM, "ring");
                let lost = web_api.call(&ring, &chat::POSTED);
                assert_eq!(outcome(&lost), "unconfirmed", "{fault:?}");
                let failure = lost.unwrap_err();
                assert!(failure.is_unconfirmed());
                assert!(failure.to_string().contains("is not known"), "{failure}");
                assert_eq!(server.log().calls("chat.postMessage"), 2);

                assert_eq!(post(web_api), "accepted");
                server.fault(step, fault.clone());
                assert_eq!(read(web_api), "accepted", "{fault:?}");
                assert_eq!(server.log().calls("auth.test"), 2);

                server.fault(step, fault.clone());
                let job = Job::new(&ring, &chat::POSTED).at_least_once();
                assert_eq!(outcome(&web_api.call_with(&job, |_| {})), "accepted");
                assert_eq!(server.log().calls("chat.postMessage"), 5);
            },
        );
    }
}

#[test]
fn a_post_to_a_silent_server_is_unconfirmed() {
    World::start().run(
        |config| config.timeouts(short()),
        |web_api, server| {
            assert_eq!(post(web_api), "accepted");
            server.fault(Step::Request, Fault::Silence);
            assert_eq!(post(web_api), "unconfirmed");
            assert_eq!(post(web_api), "accepted");
            let log = server.log();
            assert_eq!((log.calls("chat.postMessage"), log.connections()), (3, 2));
        },
    );
}

#[test]
fn a_response_that_ends_at_any_byte_is_never_a_failure_that_invites_to_post_again() {
    for (step, lengths) in [
        (Step::AnswerHead, [1, 12, 17, 60, 100]),
        (Step::AnswerBody, [0, 1, 9, 10, 50]),
    ] {
        for length in lengths {
            World::start().run(
                |config| config,
                |web_api, server| {
                    server.fault(step, Fault::Truncate(length));
                    assert_eq!(post(web_api), "unconfirmed", "{step:?} {length}");
                    assert_eq!(server.log().calls("chat.postMessage"), 1);
                    assert_eq!(post(web_api), "accepted");
                },
            );
        }
    }
}

#[test]
fn a_rate_limit_of_the_server_holds_back_the_next_call() {
    let rate = Rate {
        burst: 1,
        every: time::Duration::from_secs(1),
    };
    let server = FakeSlack::builder().rate("chat.postMessage", rate).start();
    World::new(server.unwrap()).run(
        |config| config,
        |web_api, server| {
            assert_eq!(post(web_api), "accepted");
            let again = PostMessage::new(GENERAL, "again");
            let limited = web_api.call(&again, &chat::POSTED);
            let Err(CallFailure::Refused(error)) = limited else {
                panic!("{limited:?}");
            };
            assert_eq!(error.code(), ErrorCode::RateLimited);
            assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
            // Another method is free.
            assert_eq!(read(web_api), "accepted");
            let begin = time::Instant::now();
            assert_eq!(post(web_api), "accepted");
            assert!(begin.elapsed() > time::Duration::from_millis(700));
            assert_eq!(server.log().calls("chat.postMessage"), 3);
        },
    );
}

#[test]
fn a_call_ends_at_its_total_limit() {
    World::start().run(
        |config| config.total(Duration::from_millis(200)),
        |web_api, server| {
            server.fault(Step::Request, Fault::Silence);
            let post = PostMessage::new(RANDOM, "x");
            let result = web_api.call(&post, &chat::POSTED);
            assert!(
                matches!(
                    result,
                    Err(CallFailure::Unconfirmed(CallError::TimedOut(Timeout::Call)))
                ),
                "{result:?}"
            );
        },
    );
}

#[test]
fn another_thread_stops_a_call_that_waits() {
    for (step, outcome) in [
        (Step::TcpAccept, "stopped"),
        (Step::Request, "stopped, perhaps done"),
    ] {
        World::start().run(
            |config| config,
            |web_api, server| {
                server.fault(step, Fault::Silence);
                let stop = web_api.stop_handle();
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let fault = |what: &What| matches!(what, What::Fault(..));
                        server.log().wait_nth(TIMEOUT, 1, fault).unwrap();
                        stop.stop();
                    });
                    assert_eq!(post(web_api), outcome);
                });
                assert_eq!(post(web_api), "stopped");
                web_api.resume();
                // A link that is being opened is kept for the next call, and this one is silent.
                if step == Step::Request {
                    assert_eq!(read(web_api), "accepted");
                }
            },
        );
    }
}

#[test]
fn a_released_link_is_closed_and_the_next_call_opens_another() {
    World::start().run(
        |config| config,
        |web_api, server| {
            assert_eq!(post(web_api), "accepted");
            assert_eq!(web_api.release(), Ok(true));
            let closed = |what: &What| *what == What::Ended(Ended::ByClient);
            server.log().wait_nth(TIMEOUT, 1, closed).unwrap();
            for _ in 0..2 {
                assert_eq!(post(web_api), "accepted");
            }
            assert_eq!(server.log().connections(), 2);
        },
    );
}

#[test]
fn a_release_makes_the_posts_that_are_due_and_leaves_the_others_for_the_next_link() {
    let mut world = World::start();
    world.buffers = Buffers::new(512, 256).outbox(1024);
    world.run(
        |config| config,
        |web_api, server| {
            assert_eq!(post(web_api), "accepted");
            let of = |text| PostMessage::new(RANDOM, text);
            // Three posts to a channel are allowed at once.
            let ids = ["1", "2", "3", "4"].map(|text| web_api.post(&of(text), None).unwrap());
            for id in &ids[..3] {
                assert_eq!(web_api.release(), Ok(false));
                let (done, outcome) = web_api.next_post(Duration::ZERO).unwrap().unwrap();
                assert_eq!(done, *id);
                assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
            }
            assert_eq!((web_api.release(), web_api.pending_posts()), (Ok(true), 1));
            let closed = |what: &What| *what == What::Ended(Ended::ByClient);
            server.log().wait_nth(TIMEOUT, 1, closed).unwrap();
            let wait = Duration::from_secs(10);
            assert_eq!(web_api.next_post(wait).unwrap().unwrap().0, ids[3]);
            let log = server.log();
            assert_eq!((log.connections(), log.calls("chat.postMessage")), (2, 5));
        },
    );
}

#[test]
fn a_link_that_was_idle_for_long_is_replaced_before_a_post() {
    World::start().run(
        |config| config.longest_idle(Duration::ZERO),
        |web_api, server| {
            assert_eq!(read(web_api), "accepted");
            thread::sleep(time::Duration::from_millis(5));
            assert_eq!(read(web_api), "accepted");
            assert_eq!(server.log().connections(), 1);
            thread::sleep(time::Duration::from_millis(5));
            assert_eq!(post(web_api), "accepted");
            assert_eq!(server.log().connections(), 2);
        },
    );
}

#[test]
fn a_new_token_is_used_over_the_same_link() {
    World::start().run(
        |config| config.token_in(TokenIn::Form),
        |web_api, server| {
            web_api.set_token("xoxb-wrong").unwrap();
            let refused = web_api.call(&AuthTest, &auth::TOKEN_OWNER);
            let Err(CallFailure::Refused(error)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(error.code(), ErrorCode::InvalidAuth);
            assert!(web_api.set_token("xoxb 1").is_err());
            web_api.set_token(server.token()).unwrap();
            assert_eq!(read(web_api), "accepted");
            assert_eq!(server.log().connections(), 1);
        },
    );
}

#[test]
fn posts_wait_while_the_token_is_exchanged_and_are_delivered_once() {
    const CLIENT: (&str, &str) = ("1.2", "client secret");
    let server = FakeSlack::builder().client(CLIENT.0, CLIENT.1, "xoxe-1-first");
    let mut world = World::new(server.start().unwrap());
    // A token may have 256 bytes.
    world.buffers = Buffers::new(2048, 512).outbox(1024);
    let wait = Duration::from_secs(10);
    world.run(
        |config| config.post_paths(&chat::POSTED),
        |web_api, server| {
            let mut refresh_token = String::from("xoxe-1-first");
            let mut texts = Vec::new();
            for round in 1..=2 {
                server.expire_tokens();
                let mut ids = Vec::new();
                for (number, channel) in [GENERAL, RANDOM, GENERAL].into_iter().enumerate() {
                    let text = format!("message {round}.{number}");
                    let post = PostMessage::new(channel, text.as_str());
                    ids.push(web_api.post(&post, None).unwrap());
                    texts.push(text);
                }
                if round == 1 {
                    assert_eq!(web_api.next_post(wait), Ok(None));
                } else {
                    // The token expires for a post that is under way when a call begins.
                    let delay = Fault::Delay(time::Duration::from_millis(100));
                    server.fault(Step::Request, delay);
                    assert_eq!(web_api.next_post(Duration::from_millis(30)), Ok(None));
                    assert!(!web_api.is_token_expired());
                    assert_eq!(read(web_api), "refused");
                    assert_eq!(web_api.next_post(wait), Ok(None));
                }
                assert!(web_api.is_token_expired());
                assert_eq!(web_api.pending_posts(), 3);
                // Nothing is tried with the old token.
                let calls = server.log().calls("chat.postMessage");
                assert_eq!(web_api.next_post(Duration::from_millis(30)), Ok(None));
                assert_eq!(server.log().calls("chat.postMessage"), calls);

                let exchange = RefreshTokens::new(CLIENT.0, CLIENT.1, &refresh_token);
                let response = web_api.call(&exchange, &NEW_TOKENS).unwrap();
                let tokens = NewTokens::new(response);
                assert_eq!(tokens.expires_in(), Some(Duration::from_secs(43_200)));
                let access_token = tokens.access_token().unwrap().to_owned();
                refresh_token = tokens.refresh_token().unwrap().to_owned();
                web_api.set_token(&access_token).unwrap();
                assert!(!web_api.is_token_expired());

                let mut delivered = Vec::new();
                while let Some((id, outcome)) = web_api.next_post(wait).unwrap() {
                    assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
                    delivered.push(id);
                }
                // The first and the third one are in one channel.
                let place = |id| delivered.iter().position(|done| *done == id);
                assert!(place(ids[0]) < place(ids[2]), "{delivered:?}");
                delivered.sort();
                assert_eq!(delivered, ids);
            }
            // Each message is in its channel once.
            let entries = server.log().entries();
            let answers = entries.iter().filter_map(|entry| match &entry.what {
                What::Answer { body, .. } if body.contains("\"ok\":true") => Some(body.as_str()),
                _ => None,
            });
            let answers: Vec<_> = answers.collect();
            for text in texts {
                let count = answers.iter().filter(|body| body.contains(&text)).count();
                assert_eq!(count, 1, "{text}");
            }
            let log = server.log();
            assert_eq!(log.calls("oauth.v2.access"), 2);
            assert_eq!(log.calls("chat.postMessage"), 8);
            // The refresh token was used up.
            let again = RefreshTokens::new(CLIENT.0, CLIENT.1, "xoxe-1-first");
            let result = web_api.call(&again, &NEW_TOKENS);
            assert!(
                matches!(result, Err(CallFailure::Refused(error)) if error.code().as_str() == "invalid_refresh_token"),
                "{result:?}"
            );
        },
    );
}

#[test]
fn lists_are_passed_element_by_element_beside_a_session_in_another_thread() {
    slack_rtm::paths! {
        const USERS extends paths::CALL {
            const MEMBER = Element "members[]";
            const ID = Whole "members[].id";
            const NAME = Whole "members[].name";
        }
    }
    let server = FakeSlack::builder().more_users(100).start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = with_short_timeouts(Config::new().api_base(&api_base));
    let config = config.allowed_domains(&["localhost"]);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    run.until_hello();
    let users = World::new(server).run(
        |config| config,
        |web_api, server| {
            thread::scope(|scope| {
                let calling = scope.spawn(|| {
                    let list = Named {
                        name: "users.list",
                        arguments: &[],
                    };
                    let mut users = Vec::new();
                    let job = Job::new(&list, &USERS);
                    let result = web_api.call_with(&job, |user| {
                        users.push(user.id().unwrap().to_owned());
                    });
                    assert_eq!(outcome(&result), "accepted");
                    users
                });
                server.push_message(GENERAL, USER, "meanwhile");
                run.until(|event, _| matches!(event, Event::Message(_)).then_some(()));
                assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
                calling.join().unwrap()
            })
        },
    );
    assert_eq!(users.len(), 102);
    assert_eq!((users[0].as_str(), users[1].as_str()), (BOT, USER));
}

#[test]
fn posts_wait_for_the_network_and_each_has_one_outcome() {
    let wait = Duration::from_secs(10);
    let mut world = World::start();
    world.buffers = Buffers::new(512, 256).outbox(1024);
    let mut backoff = BackoffPolicy::DEFAULT;
    backoff.first = Duration::from_millis(20);
    backoff.call_interval = Duration::ZERO;
    world.run(
        |config| config.backoff(backoff).post_paths(&chat::POSTED),
        |web_api, server| {
            assert_eq!(web_api.next_post(wait), Ok(None));
            server.fault_times(Step::TcpAccept, Fault::Reset, 2);
            let first = web_api.post(&PostMessage::new(GENERAL, "first"), None).unwrap();
            let gone = web_api.post(&PostMessage::new(GENERAL, "gone"), None).unwrap();
            let short = Some(Duration::from_millis(1));
            let late = web_api.post(&PostMessage::new("C0LATE", "late"), short).unwrap();
            let wrong = web_api.post(&PostMessage::new("C0NOWHERE", "x"), None).unwrap();
            assert!(web_api.withdraw(gone));
            assert_eq!(web_api.pending_posts(), 4);
            let mut outcomes = Vec::new();
            while let Some((id, outcome)) = web_api.next_post(wait).unwrap() {
                outcomes.push((id, outcome));
            }
            let of = |id| {
                let mut all = outcomes.iter().filter(|(done, _)| *done == id);
                let outcome = all.next().unwrap().1.clone();
                assert_eq!(all.next(), None);
                outcome
            };
            assert_eq!(outcomes.len(), 4, "{outcomes:?}");
            let PostOutcome::Accepted { channel, ts } = of(first) else {
                panic!("{outcomes:?}");
            };
            assert_eq!(channel.as_deref(), Some(GENERAL));
            assert!(ts.is_some_and(|ts| ts.contains('.')));
            assert_eq!(of(gone), PostOutcome::Withdrawn);
            assert_eq!(of(late), PostOutcome::Expired);
            assert!(
                matches!(of(wrong), PostOutcome::Refused { code, .. } if code == "channel_not_found")
            );
            assert_eq!(server.log().calls("chat.postMessage"), 2);
            assert_eq!(web_api.pending_posts(), 0);

            // The end of the link between two posts is noticed before the next one is written.
            server.close_idle();
            web_api.post(&PostMessage::new(RANDOM, "x"), None).unwrap();
            let (_, outcome) = web_api.next_post(wait).unwrap().unwrap();
            assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
            assert_eq!(server.log().calls("chat.postMessage"), 3);

            // The outcome of a post that becomes known during a call is kept.
            server.fault(Step::Request, Fault::Delay(time::Duration::from_millis(100)));
            let under_way = web_api.post(&PostMessage::new(RANDOM, "y"), None).unwrap();
            assert_eq!(web_api.next_post(Duration::from_millis(30)), Ok(None));
            assert_eq!(web_api.pending_posts(), 1);
            assert_eq!(read(web_api), "accepted");
            assert_eq!(web_api.pending_posts(), 1);
            let (id, outcome) = web_api.next_post(Duration::ZERO).unwrap().unwrap();
            assert_eq!(id, under_way);
            assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
            assert_eq!(web_api.next_post(wait), Ok(None));
        },
    );
}

#[test]
fn nothing_is_sent_for_an_argument_that_slack_would_refuse_or_without_a_server() {
    World::start().run(
        |config| config,
        |web_api, server| {
            let long = "x".repeat(151);
            let header = HeaderBlock::new(&long);
            let blocks: [&dyn Block; 1] = [&header];
            let post = PostMessage::new(GENERAL, "x").blocks(Blocks::list(&blocks));
            match web_api.call(&post, &chat::POSTED) {
                Err(CallFailure::Request(RequestError::Argument(error))) => {
                    assert_eq!(error.part, ArgumentPart::HeaderText);
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(server.log().connections(), 0);
        },
    );
    let mut world = World::start();
    world.server = FakeSlack::builder().start().unwrap(); // the other one has ended
    world.run(
        |config| config,
        |web_api, _| {
            let post = PostMessage::new(GENERAL, "x");
            let result = web_api.call(&post, &chat::POSTED);
            let refused = CallError::NotConnected(DisconnectReason::Refused);
            assert!(
                matches!(result, Err(CallFailure::Failed(error)) if error == refused),
                "{result:?}"
            );
            assert!(web_api.last_failure().is_some());
        },
    );
}
