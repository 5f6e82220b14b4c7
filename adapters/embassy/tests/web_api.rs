//! Calls of the Web API over a network in memory: a link that is kept, futures that are dropped,
//! and a session beside it.

mod support;

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::{Pin, pin};

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::methods::chat::{self, PostMessage, Posted};
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::Upload;
use slack_rtm::methods::users::{ListUsers, USERS};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    ArgumentsIn, CallError, Caller, CallerConfig, CallerEvent, Job, Named, Pages, RateSlot, paths,
};
use slack_rtm::{Client, CloseReason, Config, DisconnectReason, Event, OwnedStorage};
use slack_rtm_embassy::blocking;
use slack_rtm_embassy::clock::Clock;
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::stream::Dial;
use slack_rtm_embassy::web_api::{CallFailure, WebApi};
use slack_rtm_embassy::wire::{SessionEnd, Wire};
use support::{
    Act, Dropper, Drops, Line, Methods, Network, Slack, TestClock, dropped_after, random, response,
    run, say_message,
};

const CONFIG: CallerConfig<'static> = CallerConfig::new()
    .api_base("http://slack.test/api/")
    .allow_insecure()
    .arguments_in(ArgumentsIn::Form);

/// Memory for the token, and for posts that wait.
type Storage = OwnedStorage<16, 1024>;

/// Slots for the rate limits of a test.
type Rates = [RateSlot; 4];

/// Returns a machine for calls.
fn caller<E: Entropy>(rates: &mut Rates, entropy: E) -> Caller<'_, E, Storage> {
    Caller::new(CONFIG, "xoxb-test", Storage::new(), rates, entropy).unwrap()
}

/// The program of a test: calls with a machine whose other end of the wire is run.
type Api<'a, E, const IN: usize, const OUT: usize> =
    WebApi<'a, TestClock, E, Storage, NoopRawMutex, IN, OUT>;

/// Posts a text. Returns whether Slack has posted it, or that the future was dropped.
async fn post<E: Entropy, const IN: usize, const OUT: usize>(
    web_api: &mut Api<'_, E, IN, OUT>,
    text: &str,
    dropper: &Dropper,
) -> Option<Result<(), String>> {
    let post = PostMessage::new("C1", text);
    let call = dropper.poll(web_api.call(&post, &chat::POSTED)).await?;
    Some(match call {
        Ok(response) => {
            let posted = Posted::new(response);
            assert_eq!(posted.ts(), Some(text), "the response to another call");
            Ok(())
        }
        Err(failure) => Err(format!("{failure:?}")),
    })
}

/// A network, and how fast the server is.
#[derive(Clone, Copy, Debug)]
struct Way {
    drops: Drops,
    window: usize,
    read_limit: usize,
}

impl Way {
    const PLAIN: Self = Self {
        drops: Drops::Never,
        window: 64,
        read_limit: 64,
    };
}

/// Runs a program, a runner and the Web API, until the program ends. `each` is called in every
/// millisecond. Returns the server and the network.
fn serve<const IN: usize, const OUT: usize>(
    way: Way,
    acts: &[Act],
    program: impl AsyncFnOnce(&mut Api<'_, &mut dyn Entropy, IN, OUT>, &TestClock, &Dropper),
    mut each: impl FnMut(u64, &mut Methods, &mut Line),
) -> (Methods, Network, u32) {
    let clock = TestClock::default();
    let network = Network::new(way.window, way.read_limit);
    let mut methods = Methods::new(way.window);
    methods.acts.extend(acts.iter().cloned());
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let dropper = Dropper::new(way.drops);
    let program = async {
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
        let mut random = random();
        let random: &mut dyn Entropy = &mut random;
        let caller = caller(&mut rates, random);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut web_api = WebApi::new(caller, rx, tx, end, clock.clone());
        program(&mut web_api, &clock, &dropper).await;
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 1_000_000, &mut [pin!(program), running], |now| {
        let mut line = network.line.borrow_mut();
        methods.work(now, &mut line);
        each(now, &mut methods, &mut line);
    });
    (methods, network, dropper.pending.get())
}

#[test]
fn ten_calls_with_pauses_share_one_link_that_was_not_idle_for_long() {
    for (pause, links) in [(0, 1), (5_000, 1), (29_000, 1), (31_000, 10)] {
        let (methods, network, _) = serve::<256, 256>(
            Way::PLAIN,
            &[],
            async |web_api, clock, dropper| {
                for number in 0..10 {
                    let text = format!("post{number}");
                    assert_eq!(post(web_api, &text, dropper).await, Some(Ok(())));
                    clock.sleep(pause).await;
                }
            },
            |_, _, _| {},
        );
        assert_eq!(network.line.borrow().number, links, "{pause}");
        let texts: Vec<String> = (0..10).map(|number| format!("post{number}")).collect();
        assert_eq!(methods.texts(), texts);
        // Slack allows a post each second.
        let first = methods.requests[0].0;
        let last = methods.requests[9].0;
        assert!(last - first >= 6_900, "{first} {last}");
    }
}

#[test]
fn a_link_that_the_server_closes_between_two_calls_costs_no_call() {
    let ok = response("200 OK", r#"{"ok":true,"ts":"first"}"#);
    let closing = response("200 OK\r\nConnection: close", r#"{"ok":true,"ts":"first"}"#);
    let surplus = format!("{ok}HTTP/1.1 200 OK\r\n");
    for (act, closes_at) in [
        (Act::Send(ok.clone(), false), Some(500)), // during the pause
        (Act::Send(ok.clone(), true), None),       // with the response
        (Act::Send(closing.clone(), false), None), // announced
        (Act::Send(closing, true), None),
        (Act::Send(surplus, false), None),
    ] {
        for pause in [0, 1, 1_000] {
            if pause < 500 && closes_at.is_some() {
                continue;
            }
            let (methods, network, _) = serve::<64, 64>(
                Way::PLAIN,
                std::slice::from_ref(&act),
                async |web_api, clock, dropper| {
                    assert_eq!(post(web_api, "first", dropper).await, Some(Ok(())));
                    clock.sleep(pause).await;
                    assert_eq!(post(web_api, "second", dropper).await, Some(Ok(())));
                },
                |now, _, line| line.server_ended |= Some(now) == closes_at,
            );
            assert_eq!(methods.texts(), ["first", "second"], "{act:?} {pause}");
            let numbers: Vec<u32> = methods.requests.iter().map(|request| request.1).collect();
            assert_eq!(numbers, [1, 2], "{act:?} {pause}");
            assert_eq!(network.line.borrow().number, 2);
        }
    }
}

#[test]
fn bytes_that_no_request_asked_for_are_no_response() {
    // The response leaves no room for more.
    let text = "x".repeat(2_000);
    let body =
        format!(r#"{{"ok":true,"ts":"first","response_metadata":{{"messages":["{text}"]}}}}"#);
    let (methods, ..) = serve::<256, 256>(
        Way::PLAIN,
        &[Act::Send(response("200 OK", &body), false)],
        async |web_api, clock, dropper| {
            assert_eq!(post(web_api, "first", dropper).await, Some(Ok(())));
            clock.sleep(1_000).await;
            assert_eq!(post(web_api, "second", dropper).await, Some(Ok(())));
        },
        |now, _, line| {
            if now == 500 {
                let forged = response("200 OK", r#"{"ok":true,"ts":"forged"}"#);
                line.to_client.extend(forged.bytes());
            }
        },
    );
    let numbers: Vec<u32> = methods.requests.iter().map(|request| request.1).collect();
    assert_eq!(numbers, [1, 2]);
}

/// The ways in which futures are dropped, without those that drop a single one.
const EVERY: [Drops; 5] = [
    Drops::Each(1),
    Drops::Each(2),
    Drops::Each(3),
    Drops::Each(7),
    Drops::EachWoken,
];
/// Windows, and limits of reads.
const SPEEDS: [(usize, usize); 4] = [(1, 1), (64, 1), (7, 3), (64, 64)];

#[test]
fn a_call_that_is_dropped_at_any_await_point_harms_no_other() {
    let program = |way: Way| {
        let outcomes = RefCell::new(Vec::new());
        let (methods, network, _) = serve::<16, 16>(
            way,
            &[],
            async |web_api, _, dropper| {
                let whole = Dropper::new(Drops::Never);
                let calls = [
                    ("one", &whole),
                    ("two", dropper),
                    ("three", &whole),
                    ("four", &whole),
                ];
                for (text, dropper) in calls {
                    let outcome = post(web_api, text, dropper).await;
                    outcomes.borrow_mut().push(outcome);
                }
                assert_eq!(web_api.release().await, Ok(true));
            },
            |_, _, _| {},
        );
        let outcomes = outcomes.into_inner();
        let was_dropped = outcomes[1].is_none();
        for index in [0, 2, 3] {
            assert_eq!(outcomes[index], Some(Ok(())), "{way:?}");
        }
        let mut texts = methods.texts();
        if was_dropped {
            texts.retain(|text| *text != "two"); // it is not known
        }
        let rest: &[&str] = match was_dropped {
            true => &["one", "three", "four"],
            false => &["one", "two", "three", "four"],
        };
        assert_eq!(texts, rest, "{way:?}");
        let line = network.line.borrow();
        assert!(line.hung_up, "released in order: {way:?}");
        assert!(line.number <= 1 + u32::from(was_dropped), "{way:?}");
        was_dropped
    };
    let mut dropped = 0;
    for (window, read_limit) in SPEEDS {
        for once in [Drops::Once, Drops::OnceWoken] {
            let mut number = 1;
            loop {
                let drops = once(number);
                let way = Way {
                    drops,
                    window,
                    read_limit,
                };
                if !program(way) {
                    break;
                }
                number += 1;
            }
            dropped += number;
        }
    }
    assert!(dropped > 100, "{dropped}");
}

#[test]
fn a_pending_call_continues_after_its_futures_are_dropped() {
    slack_rtm::paths! {
        const CHANNELS extends paths::CALL {
            const CURSOR = Whole "response_metadata.next_cursor";
            const CHANNEL = Element "channels[]";
            const ID = Whole "channels[].id";
        }
    }
    let ids: Vec<String> = (0..40).map(|number| format!("C{number}")).collect();
    let elements: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    let body = format!(
        r#"{{"ok":true,"channels":[{}],"response_metadata":{{"next_cursor":"more"}}}}"#,
        elements.join(",")
    );
    let act = Act::Send(response("200 OK", &body), false);
    let program = |way: Way| {
        let seen = RefCell::new(Vec::new());
        let (methods, network, pending) = serve::<16, 16>(
            way,
            std::slice::from_ref(&act),
            async |web_api, _, dropper| {
                let list = Named {
                    name: "conversations.list",
                    arguments: &[],
                };
                let mut call = web_api.begin(&Job::new(&list, &CHANNELS)).unwrap();
                loop {
                    match dropper.poll(call.next_element()).await {
                        None => continue,
                        Some(Ok(Some(channel))) => {
                            seen.borrow_mut().push(channel.id().unwrap().to_owned());
                        }
                        Some(Ok(None)) => break,
                        Some(Err(error)) => panic!("{error}"),
                    }
                }
                assert!(call.is_over());
                for _ in 0..2 {
                    let response = call.outcome().await.unwrap();
                    let cursor = response.members().text("response_metadata.next_cursor");
                    assert!(cursor.is_some_and(|cursor| cursor == "more"));
                    assert!(call.next_element().await.unwrap().is_none());
                }
                drop(call);
                // Without looking at elements, and over the same link.
                let text = PostMessage::new("C1", "next");
                let mut call = web_api.begin(&Job::new(&text, &chat::POSTED)).unwrap();
                let response = loop {
                    // A borrow that is returned from a loop would last for all its iterations.
                    if dropper
                        .poll(async { call.outcome().await.is_ok() })
                        .await
                        .is_some()
                    {
                        break call.outcome().await.unwrap();
                    }
                };
                assert_eq!(Posted::new(response).ts(), Some("next"));
            },
            |_, _, _| {},
        );
        assert_eq!(seen.into_inner(), ids, "{way:?}");
        assert_eq!(methods.requests.len(), 2, "{way:?}");
        assert_eq!(network.line.borrow().number, 1, "{way:?}");
        pending
    };
    for (window, read_limit) in SPEEDS {
        for drops in EVERY {
            program(Way {
                drops,
                window,
                read_limit,
            });
        }
        for once in [Drops::Once, Drops::OnceWoken] {
            let (mut number, mut pending) = (0, 1);
            while number < pending {
                number += 1;
                let drops = once(number);
                pending = program(Way {
                    drops,
                    window,
                    read_limit,
                });
            }
        }
    }
}

#[test]
fn posts_have_their_outcomes_though_futures_are_dropped() {
    let program = |way: Way| {
        let outcomes = RefCell::new(Vec::new());
        let (methods, network, pending) = serve::<16, 16>(
            way,
            &[],
            async |web_api, clock, dropper| {
                let mut ids = Vec::new();
                for text in ["one", "two"] {
                    let post = PostMessage::new("C1", text);
                    ids.push(web_api.post(&post, None).unwrap());
                }
                let late = PostMessage::new("C2", "late");
                ids.push(web_api.post(&late, Some(Duration::from_millis(1))).unwrap());
                ids.push(web_api.post(&late, None).unwrap());
                assert!(web_api.withdraw(ids[3]));
                clock.sleep(2).await;
                while web_api.pending_posts() > 0 {
                    match dropper.poll(web_api.next_post()).await {
                        None => {}
                        Some(Ok(event)) => outcomes.borrow_mut().push(match event {
                            CallerEvent::PostAccepted(id, _) => ("accepted", id),
                            CallerEvent::PostExpired(id) => ("expired", id),
                            CallerEvent::PostWithdrawn(id) => ("withdrawn", id),
                            other => panic!("{other:?}"),
                        }),
                        Some(Err(error)) => panic!("{error}"),
                    }
                }
                let mut outcomes = outcomes.borrow_mut();
                outcomes.sort_by_key(|outcome| outcome.1);
                for (outcome, id) in outcomes.iter().zip(ids) {
                    assert_eq!(outcome.1, id);
                }
            },
            |_, _, _| {},
        );
        let outcomes: Vec<&str> = outcomes.into_inner().iter().map(|it| it.0).collect();
        assert_eq!(outcomes[..2], ["accepted"; 2], "{way:?}");
        assert!(["accepted", "expired"].contains(&outcomes[2]), "{way:?}");
        assert_eq!(outcomes[3..], ["withdrawn"], "{way:?}");
        let mut texts = methods.texts();
        texts.retain(|text| *text != "late");
        assert_eq!(texts, ["one", "two"], "{way:?}");
        assert_eq!(network.line.borrow().number, 1, "{way:?}");
        pending
    };
    for (window, read_limit) in SPEEDS {
        let way = |drops| Way {
            drops,
            window,
            read_limit,
        };
        for drops in EVERY {
            program(way(drops));
        }
        for once in [Drops::Once, Drops::OnceWoken] {
            let (mut number, mut pending) = (0, 1);
            while number < pending {
                number += 1;
                pending = program(way(once(number)));
            }
        }
    }
}

#[test]
fn the_outcome_of_a_post_is_lent_after_a_call_that_is_dropped_and_a_release() {
    serve::<64, 64>(
        Way::PLAIN,
        &[],
        async |web_api, _, _| {
            let text = PostMessage::new("C1", "one");
            let job = Job::new(&text, &chat::POSTED);
            for drops_a_call in [true, false] {
                let id = web_api.post(&text, None).unwrap();
                assert!(web_api.withdraw(id));
                if drops_a_call {
                    drop(web_api.begin(&job).unwrap());
                }
                assert_eq!(web_api.release().await, Ok(false));
                assert_eq!(web_api.release().await, Ok(false));
                match web_api.next_post().await {
                    Ok(CallerEvent::PostWithdrawn(withdrawn)) => assert_eq!(withdrawn, id),
                    other => panic!("{other:?}"),
                }
                assert_eq!(web_api.release().await, Ok(true));
            }
            // A call that is not dropped lends it before its own.
            let id = web_api.post(&text, None).unwrap();
            assert!(web_api.withdraw(id));
            let mut call = web_api.begin(&job).unwrap();
            match call.next().await {
                Ok(CallerEvent::PostWithdrawn(withdrawn)) => assert_eq!(withdrawn, id),
                other => panic!("{other:?}"),
            }
            assert!(!call.is_over());
            for _ in 0..2 {
                match call.next().await {
                    Ok(CallerEvent::Accepted(_)) => assert!(call.is_over()),
                    other => panic!("{other:?}"),
                }
            }
        },
        |_, _, _| {},
    );
}

#[test]
fn elements_are_passed_to_a_function() {
    slack_rtm::paths! {
        const USERS extends paths::CALL {
            const USER = Element "members[]";
            const ID = Whole "members[].id";
        }
    }
    let body = r#"{"ok":true,"members":[{"id":"U1"},{"id":"U2"}]}"#;
    serve::<64, 64>(
        Way::PLAIN,
        &[Act::Send(response("200 OK", body), false)],
        async |web_api, _, _| {
            let list = Named {
                name: "users.list",
                arguments: &[],
            };
            let mut ids = Vec::new();
            let job = Job::new(&list, &USERS);
            let response = web_api.call_with(&job, |user| {
                ids.push(user.id().unwrap().to_owned());
            });
            assert!(response.await.is_ok());
            assert_eq!(ids, ["U1", "U2"]);
        },
        |_, _, _| {},
    );
}

#[test]
fn a_dropped_call_closes_its_link_without_a_further_call() {
    let (methods, network, _) = serve::<256, 256>(
        Way::PLAIN,
        &[Act::Silence],
        async |web_api, clock, _| {
            let text = PostMessage::new("C1", "one");
            let call = web_api.call(&text, &chat::POSTED);
            match select(call, clock.sleep(100)).await {
                Either::First(outcome) => panic!("{outcome:?}"),
                Either::Second(()) => clock.sleep(20).await,
            }
        },
        |_, _, _| {},
    );
    assert_eq!(methods.texts(), ["one"]);
    assert!(network.line.borrow().hung_up);
}

#[test]
fn a_call_that_is_dropped_while_a_rate_limit_holds_it_back_keeps_the_link() {
    let (methods, network, _) = serve::<256, 256>(
        Way::PLAIN,
        &[],
        async |web_api, clock, whole| {
            for text in ["one", "two", "three"] {
                assert_eq!(post(web_api, text, whole).await, Some(Ok(())));
            }
            let dropper = Dropper::new(Drops::Each(1));
            assert_eq!(post(web_api, "four", &dropper).await, None);
            clock.sleep(5_000).await;
            assert_eq!(post(web_api, "five", whole).await, Some(Ok(())));
        },
        |_, _, _| {},
    );
    assert_eq!(methods.texts(), ["one", "two", "three", "five"]);
    assert_eq!(network.line.borrow().number, 1);
}

#[test]
fn a_link_that_ends_while_a_rate_limit_holds_a_call_back_costs_no_call() {
    // Whether the program polls at the end or only long after it.
    for holds in [false, true] {
        let (methods, network, _) = serve::<256, 256>(
            Way::PLAIN,
            &[],
            async |web_api, clock, whole| {
                for text in ["one", "two", "three"] {
                    assert_eq!(post(web_api, text, whole).await, Some(Ok(())));
                }
                let text = PostMessage::new("C1", "four");
                let mut call = web_api.begin(&Job::new(&text, &chat::POSTED)).unwrap();
                if holds {
                    assert!(dropped_after(1, call.outcome()).await.is_none());
                    clock.sleep(3_000).await;
                }
                assert!(call.outcome().await.is_ok());
            },
            |now, methods, line| {
                let third = methods.requests.get(2).map(|request| request.0);
                line.server_ended |= third.is_some_and(|third| now == third + 100);
            },
        );
        assert_eq!(methods.texts(), ["one", "two", "three", "four"]);
        assert_eq!(network.line.borrow().number, 2);
    }
}

#[test]
fn a_link_is_released_also_if_the_future_is_dropped() {
    for polls in 1..5 {
        let (methods, network, _) = serve::<256, 256>(
            Way::PLAIN,
            &[],
            async |web_api, clock, whole| {
                assert_eq!(web_api.release().await, Ok(true)); // there is none
                assert_eq!(post(web_api, "one", whole).await, Some(Ok(())));
                if dropped_after(polls, web_api.release()).await.is_none() {
                    clock.sleep(10).await;
                }
                assert_eq!(web_api.release().await, Ok(true));
                assert_eq!(post(web_api, "two", whole).await, Some(Ok(())));
                clock.sleep(10).await;
                assert_eq!(post(web_api, "three", whole).await, Some(Ok(())));
            },
            |_, _, _| {},
        );
        let numbers: Vec<u32> = methods.requests.iter().map(|request| request.1).collect();
        assert_eq!(numbers, [1, 2, 2]);
        assert!(!network.line.borrow().hung_up);
    }
}

/// Opens no stream, and reports that it was dropped.
struct Slow<'t>(&'t Cell<u32>);

impl Dial for Slow<'_> {
    type Stream<'s>
        = Network
    where
        Self: 's;

    async fn dial(&mut self, _: &str, _: u16, _: Duration) -> Result<Network, DisconnectReason> {
        struct Count<'t>(&'t Cell<u32>);

        impl Drop for Count<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }

        let _count = Count(self.0);
        pending().await
    }
}

#[test]
fn a_link_that_is_being_opened_is_released_too() {
    let clock = TestClock::default();
    let dropped = Cell::new(0);
    let mut wire: Wire = Wire::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(Slow(&dropped)), clock.clone());
    let program = async {
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut web_api = WebApi::new(caller(&mut rates, random()), rx, tx, end, clock.clone());
        let text = PostMessage::new("C1", "one");
        assert!(
            dropped_after(1, web_api.call(&text, &chat::POSTED))
                .await
                .is_none()
        );
        clock.sleep(100).await;
        // The next call would continue.
        assert_eq!(dropped.get(), 0);
        assert_eq!(web_api.release().await, Ok(true));
        assert_eq!((dropped.get(), web_api.last_failure()), (1, None));
        assert!(clock.millis() < 200, "{}", clock.millis());
        // And one that lasts too long is given up.
        let failure = web_api.call(&text, &chat::POSTED).await.unwrap_err();
        assert!(!failure.is_unconfirmed(), "{failure:?}");
        assert!(
            failure.to_string().starts_with("connecting timed out"),
            "{failure}"
        );
        clock.sleep(10).await;
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 60_000, &mut [pin!(program), running], |_| {});
}

#[test]
fn every_failure_is_reported_as_what_it_is() {
    let acts = [
        Act::Send(
            response("200 OK", r#"{"ok":false,"error":"channel_not_found"}"#),
            false,
        ),
        Act::Close,
        Act::Send(response("503 Service Unavailable", "later"), false),
    ];
    let (methods, ..) = serve::<256, 256>(
        Way::PLAIN,
        &acts,
        async |web_api, _, whole| {
            let text = PostMessage::new("C1", "one");
            match web_api.call(&text, &chat::POSTED).await {
                Err(CallFailure::Refused(error)) => {
                    assert_eq!(error.code().as_str(), "channel_not_found");
                }
                other => panic!("{other:?}"),
            }
            let failure = web_api.call(&text, &chat::POSTED).await.unwrap_err();
            assert!(failure.is_unconfirmed(), "{failure:?}");
            let text_of_failure = failure.to_string();
            assert!(text_of_failure.ends_with("check that before you repeat it"));
            assert_eq!(web_api.last_failure(), Some(DisconnectReason::Closed));
            match web_api.call(&text, &chat::POSTED).await {
                Err(CallFailure::Failed(CallError::Response(_))) => {}
                other => panic!("{other:?}"),
            }
            // A message without a text breaks a limit, and is not sent.
            let long = "x".repeat(50_000);
            let long = PostMessage::new("C1", long.as_str());
            match web_api.call(&long, &chat::POSTED).await {
                Err(CallFailure::Request(_)) => {}
                other => panic!("{other:?}"),
            }
            // The pause after the error of the server is over at some time.
            assert_eq!(post(web_api, "two", whole).await, Some(Ok(())));
            assert!(web_api.set_token("no token").is_err());
            web_api.set_token("xoxb-2").unwrap();
            assert_eq!(post(web_api, "three", whole).await, Some(Ok(())));
            assert!(format!("{web_api:?}").starts_with("WebApi { caller: Caller {"));
        },
        |_, _, _| {},
    );
    assert_eq!(methods.texts(), ["one", "one", "one", "two", "three"]);
    assert!(methods.requests[4].2.contains("Bearer xoxb-2\r\n"));
}

/// Fails to give randomness as long as a test wants.
struct Failing<'t>(&'t Cell<bool>);

impl Entropy for Failing<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(1);
        match self.0.get() {
            true => Err(EntropyError),
            false => Ok(()),
        }
    }
}

#[test]
fn a_failing_source_of_randomness_loses_no_call() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut methods = Methods::new(64);
    methods.acts.push_back(Act::Send(
        response("503 Service Unavailable", "later"),
        false,
    ));
    let fails = Cell::new(true);
    let mut wire: Wire = Wire::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let program = async {
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let machine = caller(&mut rates, Failing(&fails));
        let mut web_api = WebApi::new(machine, rx, tx, end, clock.clone());
        let text = PostMessage::new("C1", "one");
        let mut call = web_api.begin(&Job::new(&text, &chat::POSTED)).unwrap();
        for _ in 0..3 {
            match call.outcome().await {
                Err(CallFailure::Entropy(_)) => {}
                other => panic!("{other:?}"),
            }
            assert!(call.next_element().await.is_err());
        }
        fails.set(false);
        match call.outcome().await {
            Err(CallFailure::Failed(CallError::Response(_))) => {}
            other => panic!("{other:?}"),
        }
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 60_000, &mut [pin!(program), running], |now| {
        methods.work(now, &mut network.line.borrow_mut());
    });
}

/// Returns the client of a session beside the calls.
fn client<E: Entropy>(entropy: E) -> Client<'static, E, OwnedStorage<16, 512>> {
    let config = Config::new()
        .api_base("http://slack.test/api/")
        .allow_insecure()
        .allowed_domains(&["slack.test"]);
    Client::new(config, "xoxb-test", OwnedStorage::new(), entropy).unwrap()
}

#[test]
fn a_session_and_calls_run_at_once_over_two_wires() {
    let clock = TestClock::default();
    let (network, calls) = (Network::new(64, 64), Network::new(64, 64));
    let (mut slack, mut methods) = (Slack::new(64), Methods::new(64));
    let mut wires: [Wire<NoopRawMutex>; 2] = Default::default();
    let [wire, call_wire] = &mut wires;
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let (api_end, api_runner_end) = call_wire.split();
    let mut api_runner = Runner::new(api_runner_end, Cleartext::new(calls.clone()), clock.clone());
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut web_api = WebApi::new(caller(&mut rates, random()), rx, tx, api_end, clock.clone());
        let mut acknowledged = 0;
        while let Some((event, mut handle)) = session.next().await.unwrap() {
            match event {
                // Both from one handler: over the socket, and over the other link.
                Event::Message(message) => {
                    let text = message.text().unwrap().as_str();
                    handle.send(&Post::new("C1", text)).unwrap();
                    let text = PostMessage::new("C1", text);
                    assert!(web_api.call(&text, &chat::POSTED).await.is_ok());
                }
                Event::Acknowledged(_) => acknowledged += 1,
                _ => {}
            }
            if acknowledged == 5 {
                handle.close();
            }
        }
        assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    };
    let running = pin!(async { runner.run().await });
    let api_running = pin!(async { api_runner.run().await });
    let mut tasks: [Pin<&mut dyn Future<Output = ()>>; 3] = [pin!(bot), running, api_running];
    let mut said = 0;
    run(&clock, 60_000, &mut tasks, |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        methods.work(now, &mut calls.line.borrow_mut());
        if slack.is_socket && said < 5 && methods.requests.len() == said {
            said += 1;
            say_message(&mut line, ["a", "b", "c", "d", "e"][said - 1]);
        }
    });
    assert_eq!(methods.texts(), ["a", "b", "c", "d", "e"]);
    assert_eq!(slack.sent(), ["a", "b", "c", "d", "e"]);
    assert_eq!(calls.line.borrow().number, 1);
}

/// One network for sessions and calls, of which only one has a link at a time.
fn turns(program: impl AsyncFnOnce(Network, TestClock)) {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let (mut slack, mut methods) = (Slack::new(64), Methods::new(64));
    let program = pin!(program(network.clone(), clock.clone()));
    run(&clock, 60_000, &mut [program], |now| {
        let mut line = network.line.borrow_mut();
        // A call has a body, the call of a session has none.
        if line.to_server.iter().take(22).eq(b"POST /api/chat.postMes") || methods.has_begun() {
            methods.work(now, &mut line);
        } else {
            slack.work(now, &mut line);
        }
    });
    assert_eq!(
        (methods.texts(), slack.sent()),
        (vec!["one", "three"], vec!["two", "four"])
    );
    // A session has two links.
    assert_eq!(network.line.borrow().number, 6);
}

/// Posts a text by a session, which is closed then.
async fn say<C: Clock>(mut end: SessionEnd<'_, NoopRawMutex>, clock: C, text: &str) {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut session = Session::new(client(random()), rx, tx, end.reborrow(), clock);
    session.handle().send(&Post::new("C1", text)).unwrap();
    while let Some((event, mut handle)) = session.next().await.unwrap() {
        if let Event::Acknowledged(_) = event {
            handle.close();
        }
    }
}

/// Posts a text by a call.
async fn call<C: Clock>(mut end: SessionEnd<'_, NoopRawMutex>, clock: C, text: &str) {
    let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let caller = caller(&mut rates, random());
    let mut web_api = WebApi::new(caller, rx, tx, end.reborrow(), clock);
    let text = PostMessage::new("C1", text);
    assert!(web_api.call(&text, &chat::POSTED).await.is_ok());
}

#[test]
fn a_session_and_calls_take_turns_over_one_runner() {
    turns(async |network, clock| {
        let mut wire = Wire::<NoopRawMutex>::new();
        let (mut end, runner_end) = wire.split();
        let mut runner = Runner::new(runner_end, Cleartext::new(network), clock.clone());
        let program = async {
            call(end.reborrow(), &clock, "one").await;
            say(end.reborrow(), &clock, "two").await;
            call(end.reborrow(), &clock, "three").await;
            say(end.reborrow(), &clock, "four").await;
        };
        select(program, runner.run()).await;
    });
}

#[test]
fn a_session_and_calls_take_turns_with_one_connector() {
    turns(async |network, clock| {
        let mut connector = Cleartext::new(network);
        for (index, text) in ["one", "two", "three", "four"].into_iter().enumerate() {
            let mut wire = Wire::<NoopRawMutex>::new();
            let (end, runner_end) = wire.split();
            let mut runner = Runner::new(runner_end, &mut connector, clock.clone());
            let program = async {
                match index % 2 {
                    0 => call(end, &clock, text).await,
                    _ => say(end, &clock, text).await,
                }
            };
            select(program, runner.run()).await;
        }
    });
}

#[test]
fn a_plain_loop_needs_no_wakers() {
    let clock = TestClock::default();
    let network = Network::new(64, 7);
    let mut methods = Methods::new(50);
    let mut wire: Wire = Wire::new();
    let (end, runner_end) = wire.split();
    let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut web_api = WebApi::new(caller(&mut rates, random()), rx, tx, end, clock.clone());
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let mut running = pin!(runner.run());
    let mut rest = || {
        clock.tick();
        assert!(clock.millis() < 10_000, "nothing came of it");
        methods.work(clock.millis(), &mut network.line.borrow_mut());
    };
    let one = PostMessage::new("C1", "one");
    let call = web_api.call(&one, &chat::POSTED);
    let response = blocking::block_on(call, running.as_mut(), &mut rest).unwrap();
    assert_eq!(Posted::new(response).ts(), Some("one"));
    // In a superloop.
    let two = PostMessage::new("C1", "two");
    let mut call = web_api.begin(&Job::new(&two, &chat::POSTED)).unwrap();
    let mut rests = 0;
    while blocking::poll_once(call.outcome(), running.as_mut()).is_pending() {
        rests += 1;
        rest();
    }
    assert!(rests > 1 && call.is_over());
    drop(call);
    let released = blocking::block_on(web_api.release(), running.as_mut(), &mut rest);
    assert_eq!(released, Ok(true));
    assert_eq!(methods.texts(), ["one", "two"]);
    let line = network.line.borrow();
    assert_eq!((line.number, line.hung_up), (1, true));
}

/// The futures of calls can be spawned on an executor with threads.
#[test]
fn the_futures_are_send_if_their_parts_are() {
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Instant {
            Instant::from_millis(0)
        }

        async fn wait_until(&self, _: Instant) {}
    }

    struct Numbers;

    impl Entropy for Numbers {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }

    fn is_send<T: Send>(_: &T) {}

    fn of_calls(
        end: SessionEnd<'static>,
        rx: RecvBuf<'static>,
        tx: SendBuf<'static>,
        rates: &'static mut Rates,
    ) {
        let mut web_api = WebApi::new(caller(rates, Numbers), rx, tx, end, Still);
        is_send(&web_api);
        is_send(&web_api.release());
        is_send(&web_api.next_post());
        is_send(&async move {
            let text = String::from("Ding-dong!");
            let post = PostMessage::new("C1", text.as_str());
            match web_api.call(&post, &chat::POSTED).await {
                Ok(response) => {
                    Still.wait_until(Instant::MAX).await;
                    let _ = Posted::new(response).ts();
                }
                Err(failure) => {
                    Still.wait_until(Instant::MAX).await;
                    let _ = failure.is_unconfirmed();
                }
            }
            if let Ok(mut call) = web_api.begin(&Job::new(&post, &chat::POSTED)) {
                while let Ok(Some(element)) = call.next_element().await {
                    Still.wait_until(Instant::MAX).await;
                    let _ = element.id();
                }
                let _ = call.outcome().await.is_ok();
            }
            let (users, mut cursor) = (ListUsers::new(), [0; Pages::CURSOR]);
            let mut pages = Pages::new(&users, &USERS, &mut cursor);
            let mut list = web_api.list(&mut pages);
            while let Ok(Some(element)) = list.next().await {
                Still.wait_until(Instant::MAX).await;
                let _ = element.id();
            }
            drop(list);
            let mut memory = [0; Upload::MEMORY];
            let mut upload = Upload::new(GetUploadUrl::new("a", 1), &mut memory);
            let mut source: &[u8] = &[7];
            let uploaded = web_api.upload(&mut upload, &mut source, |_, _| ());
            let _ = uploaded.await.is_ok();
        });
    }

    let _ = of_calls;
}
