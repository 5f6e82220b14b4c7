//! All pages of a list by the std adapter: element by element, after each kind of failure, and over a
//! fresh link after an early stop.

use end_to_end::TIMEOUT;
use end_to_end::world::{World, outcome};
use fake_slack::{Builder, Ended, FakeSlack, Fault, GENERAL, Step, USER, What};
use slack_rtm::MessageId;
use slack_rtm::methods::auth::{self, AuthTest};
use slack_rtm::methods::chat::{self, PostMessage, Posted};
use slack_rtm::methods::conversations::{self, ConversationMembers, MEMBERS, OpenConversation};
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::Upload;
use slack_rtm::methods::users::{ListUsers, USERS, UserProfile};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{
    Accepted, Arguments, CallError, ErrorCode, Job, Method, MethodInfo, NextCursor, Pages,
    RequestError, Sequence, SequenceError,
};
use slack_rtm_std::{Buffers, CallFailure, PostOutcome, WebApi};
use std::{thread, time};

/// Runs `test` with the pages of `users.list`, of up to five users.
fn with_pages<T>(
    builder: Builder,
    test: impl FnOnce(&mut WebApi<'_>, &mut Pages<'_>, &FakeSlack) -> T,
) -> T {
    let mut world = World::new(builder.start().unwrap());
    // Without a rate: Slack's is one page in three seconds.
    world.buffers = Buffers::new(1024, 256).outbox(512).rates(0);
    let (method, mut cursor) = (ListUsers::new().limit(5), [0; Pages::CURSOR]);
    let mut pages = Pages::new(&method, &USERS, &mut cursor);
    world.run(
        |config| config,
        |web_api, server| test(web_api, &mut pages, server),
    )
}

/// Appends the ids of the users until the list ends. Returns the failure, if it ended by one.
fn walk(web_api: &mut WebApi<'_>, pages: &mut Pages<'_>, ids: &mut Vec<String>) -> Option<String> {
    let mut list = web_api.list(pages);
    let failure = loop {
        match list.next() {
            Ok(Some(user)) => ids.push(UserProfile::of(user).id().unwrap().to_owned()),
            Ok(None) => break None,
            Err(failure) => break Some(format!("{failure:?}")),
        }
    };
    assert!(matches!(list.next(), Ok(None)), "the list has ended");
    failure
}

/// Returns the ids of a list that does not fail.
fn all(web_api: &mut WebApi<'_>, pages: &mut Pages<'_>) -> Vec<String> {
    let mut ids = Vec::new();
    assert_eq!(walk(web_api, pages, &mut ids), None);
    ids
}

/// Returns whether these are the ids of all users: the bot, the person and `more` others, each once.
fn is_everybody(ids: &[String], more: usize) -> bool {
    let mut once = ids.to_vec();
    once.sort();
    once.dedup();
    once.len() == ids.len() && ids.len() == more + 2
}

fn read(web_api: &mut WebApi<'_>) -> &'static str {
    outcome(&web_api.call(&AuthTest, &auth::TOKEN_OWNER))
}

#[test]
fn every_element_comes_once_whatever_the_pages_are() {
    let users = || FakeSlack::builder().more_users(20);
    for (builder, calls) in [
        (users(), 5),
        (users().longest_page(3), 8),
        (users().empty_pages(2), 9),
        (users().longest_page(1).empty_pages(3), 32),
        (FakeSlack::builder().more_users(3), 1),
        (
            FakeSlack::builder()
                .more_users(20)
                .requests_per_connection(2),
            5,
        ),
    ] {
        let more = if calls == 1 { 3 } else { 20 };
        with_pages(builder, |web_api, pages, server| {
            for round in 1..=2 {
                let ids = all(web_api, pages);
                assert!(is_everybody(&ids, more), "{ids:?}");
                assert_eq!(server.log().calls("users.list"), round * calls);
            }
        });
    }
}

#[test]
fn a_hundred_thousand_users_pass_through_a_kilobyte() {
    let builder = FakeSlack::builder().more_users(99_998).longest_logged(0);
    with_pages(builder, |web_api, _, server| {
        let (method, mut cursor) = (ListUsers::new().limit(999), [0; Pages::CURSOR]);
        let mut pages = Pages::new(&method, &USERS, &mut cursor);
        let (mut list, mut count) = (web_api.list(&mut pages), 0);
        while let Some(user) = list.next().unwrap() {
            count += usize::from(UserProfile::of(user).id().is_some());
        }
        assert_eq!((count, server.log().calls("users.list")), (100_000, 101));
    });
}

#[test]
fn a_list_of_ids_has_its_elements_too() {
    let builder = FakeSlack::builder().more_users(30).longest_page(7);
    World::new(builder.start().unwrap()).run(
        |config| config,
        |web_api, _| {
            let (method, mut cursor) = (ConversationMembers::new(GENERAL), [0; Pages::CURSOR]);
            let mut pages = Pages::new(&method, &MEMBERS, &mut cursor);
            let (mut list, mut count) = (web_api.list(&mut pages), 0);
            while let Some(member) = list.next().unwrap() {
                assert!(member.text_or_number().unwrap().starts_with('U'));
                count += 1;
            }
            assert_eq!(count, 32);
            drop(list);
            // With a closure, and the last response.
            let mut ids = 0;
            let response = web_api.call_sequence(&mut pages, |_| ids += 1).unwrap();
            assert_eq!(response.next_cursor(), NextCursor::End);
            assert_eq!(ids, 32);
        },
    );
}

#[test]
fn a_list_whose_cursor_has_expired_begins_again() {
    let builder = FakeSlack::builder().more_users(20).cursor_pages(2);
    with_pages(builder, |web_api, pages, server| {
        let mut ids = Vec::new();
        for calls in [3, 4] {
            let failure = walk(web_api, pages, &mut ids).unwrap();
            assert!(failure.contains("invalid_cursor"), "{failure}");
            assert_eq!((ids.len(), server.log().calls("users.list")), (10, calls));
        }
        assert!(!pages.cursor().is_empty());
        pages.restart();
        assert_eq!(pages.cursor(), "");
        walk(web_api, pages, &mut ids).unwrap();
        assert_eq!((ids.len(), server.log().connections()), (20, 1));
    });
    // While the list is read.
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            let mut list = web_api.list(pages);
            assert!(list.next().unwrap().is_some());
            server.expire_cursors();
            let refused = loop {
                match list.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("the list ends before its end"),
                    Err(CallFailure::Refused(error)) => break error.code().as_str().to_owned(),
                    Err(other) => panic!("{other}"),
                }
            };
            assert_eq!(refused, "invalid_cursor");
            drop(list);
            pages.restart();
            assert!(is_everybody(&all(web_api, pages), 20));
        },
    );
}

#[test]
fn a_cursor_that_repeats_ends_the_list_and_not_the_link() {
    let builder = FakeSlack::builder().more_users(20).repeat_cursor_after(2);
    with_pages(builder, |web_api, pages, server| {
        let mut ids = Vec::new();
        let failure = walk(web_api, pages, &mut ids).unwrap();
        assert!(failure.contains("CursorRepeated"), "{failure}");
        assert!((10..=20).contains(&ids.len()), "{ids:?}");
        assert!(server.log().calls("users.list") <= 4);
        assert_eq!(read(web_api), "accepted");
        assert_eq!(server.log().connections(), 1);
    });
}

#[test]
fn a_list_that_is_dropped_early_closes_its_link_and_the_next_call_opens_another() {
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            // Without a call of `next` nothing is sent.
            drop(web_api.list(pages));
            assert_eq!(server.log().connections(), 0);
            for (round, taken) in [1, 4, 5, 7].into_iter().enumerate() {
                let mut list = web_api.list(pages);
                for _ in 0..taken {
                    assert!(list.next().unwrap().is_some());
                }
                drop(list);
                let ended = |what: &What| matches!(what, What::Ended(_));
                let ended = server.log().wait_nth(TIMEOUT, round + 1, ended).unwrap();
                assert!(matches!(
                    ended.what,
                    What::Ended(Ended::ByClient | Ended::Broken | Ended::Truncated)
                ));
                assert_eq!(server.log().connections(), round + 1);
                pages.restart();
            }
            assert!(is_everybody(&all(web_api, pages), 20));
            assert_eq!(read(web_api), "accepted");
            assert_eq!(server.log().connections(), 5);
        },
    );
}

#[test]
fn a_rate_limit_between_two_pages_is_waited_for_by_the_next_list() {
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            let limited = Fault::Status {
                code: 429,
                retry_after: Some(1),
            };
            server.fault_times(Step::Request, Fault::Pass, 2);
            server.fault(Step::Request, limited);
            let mut ids = Vec::new();
            let mut list = web_api.list(pages);
            loop {
                match list.next() {
                    Ok(Some(user)) => ids.push(UserProfile::of(user).id().unwrap().to_owned()),
                    Err(CallFailure::Refused(error)) => {
                        assert_eq!(error.code(), ErrorCode::RateLimited);
                        break;
                    }
                    other => panic!("{other:?}"),
                }
            }
            drop(list);
            assert_eq!(ids.len(), 10);
            let begin = time::Instant::now();
            assert_eq!(walk(web_api, pages, &mut ids), None);
            assert!(begin.elapsed() >= time::Duration::from_secs(1));
            assert!(is_everybody(&ids, 20), "{ids:?}");
            assert_eq!(server.log().calls("users.list"), 6);
        },
    );
}

#[test]
fn a_page_that_is_cut_comes_again_in_the_next_list() {
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            server.fault(Step::AnswerBody, Fault::Pass);
            server.fault(Step::AnswerBody, Fault::Truncate(3000));
            let mut ids = Vec::new();
            let failure = walk(web_api, pages, &mut ids).unwrap();
            assert!(failure.starts_with("Failed"), "{failure}");
            assert!((6..=9).contains(&ids.len()), "{ids:?}");
            ids.truncate(5);
            assert_eq!(walk(web_api, pages, &mut ids), None);
            assert!(is_everybody(&ids, 20), "{ids:?}");
            assert_eq!(server.log().connections(), 2);
        },
    );
    // Before its first element it is repeated.
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            server.fault(Step::Request, Fault::Pass);
            server.fault(Step::Request, Fault::Close);
            assert!(is_everybody(&all(web_api, pages), 20));
            assert_eq!(server.log().connections(), 2);
        },
    );
}

#[test]
fn a_stop_handle_ends_a_list_which_continues_after_resume() {
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            server.fault(Step::Request, Fault::Pass);
            server.fault(Step::Request, Fault::Silence);
            let stop = web_api.stop_handle();
            let mut ids = Vec::new();
            thread::scope(|scope| {
                scope.spawn(|| {
                    let silent = |what: &What| *what == What::Fault(Step::Request, Fault::Silence);
                    server.log().wait_nth(TIMEOUT, 1, silent).unwrap();
                    stop.stop();
                });
                let failure = walk(web_api, pages, &mut ids).unwrap();
                assert_eq!(failure, "Stopped { has_left: true }");
            });
            let failure = walk(web_api, pages, &mut ids).unwrap();
            assert_eq!(failure, "Stopped { has_left: false }");
            web_api.resume();
            assert_eq!(walk(web_api, pages, &mut ids), None);
            assert!(is_everybody(&ids, 20), "{ids:?}");
            assert_eq!(server.log().connections(), 2);
        },
    );
}

#[test]
fn the_outcome_of_a_post_during_a_list_is_kept() {
    with_pages(
        FakeSlack::builder().more_users(20),
        |web_api, pages, server| {
            let delay = Fault::Delay(time::Duration::from_millis(100));
            server.fault(Step::Request, delay);
            let id: MessageId = web_api.post(&PostMessage::new(GENERAL, "x"), None).unwrap();
            assert_eq!(web_api.next_post(Duration::from_millis(30)), Ok(None));
            assert!(is_everybody(&all(web_api, pages), 20));
            let (done, outcome) = web_api.next_post(Duration::ZERO).unwrap().unwrap();
            assert_eq!(done, id);
            assert!(matches!(outcome, PostOutcome::Accepted { .. }), "{outcome}");
        },
    );
}

/// Opens a direct message and posts to it.
struct Whisper<'a> {
    users: &'a [&'a str],
    /// Empty until the first response.
    channel: String,
}

impl Whisper<'_> {
    fn present<R>(&self, to: impl FnOnce(&dyn Method) -> R) -> R {
        match self.channel.is_empty() {
            true => to(&OpenConversation::new(self.users)),
            false => to(&PostMessage::new(&self.channel, "psst")),
        }
    }
}

impl Method for Whisper<'_> {
    fn info(&self) -> MethodInfo<'_> {
        match self.channel.is_empty() {
            true => MethodInfo::new("conversations.open"),
            false => MethodInfo::new("chat.postMessage").channel(&self.channel),
        }
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.present(|method| method.write(arguments));
    }
}

impl Sequence for Whisper<'_> {
    fn job(&self) -> Job<'_> {
        Job::new(
            self,
            match self.channel.is_empty() {
                true => &conversations::OPENED,
                false => &chat::POSTED,
            },
        )
    }

    fn accepted(&mut self, response: Accepted<'_>) -> Result<bool, SequenceError> {
        if !self.channel.is_empty() {
            return Ok(false);
        }
        let id = response.members().text("channel.id");
        let id = id.ok_or(SequenceError::Missing("channel.id"))?;
        self.channel = id.as_str().to_owned();
        Ok(true)
    }
}

#[test]
fn a_sequence_of_ones_own_lends_its_last_response() {
    World::start().run(
        |config| config,
        |web_api, server| {
            let mut whisper = Whisper {
                users: &[USER],
                channel: String::new(),
            };
            let response = web_api.call_sequence(&mut whisper, |_| {}).unwrap();
            let posted = Posted::new(response).channel();
            assert_eq!(posted, Some(fake_slack::BOT_DIRECT));
            assert_eq!(server.log().connections(), 1);
        },
    );
}

#[test]
fn a_file_without_a_source_is_refused_and_does_not_block() {
    let mut world = World::start();
    world.buffers = Buffers::new(1024, 512);
    world.run(
        |config| config,
        |web_api, server| {
            let (host, mut memory) = ([server.upload_host()], [0; Upload::MEMORY]);
            let file = GetUploadUrl::new("door.bmp", 100);
            let mut upload = Upload::new(file, &mut memory).allowed_domains(&host);
            let body = |result: Result<_, CallFailure<'_>>| {
                let result = result.map(|_: Accepted<'_>| ());
                let body = CallFailure::Request(RequestError::Body);
                assert_eq!(format!("{result:?}"), format!("{:?}", Err::<(), _>(body)));
            };
            body(web_api.call_sequence(&mut upload, |_| {}));
            let result = web_api
                .list(&mut upload)
                .next()
                .map(|_| ())
                .map_err(|error| error.code());
            assert_eq!(result, Err(RequestError::Body.code()));
            assert_eq!(read(web_api), "accepted");
            assert!(server.files().is_empty());
        },
    );
}

#[test]
fn a_table_without_a_cursor_is_reported_after_the_first_page() {
    let mut world = World::start();
    world.buffers = Buffers::new(1024, 256);
    world.run(
        |config| config,
        |web_api, _| {
            let (method, mut cursor) = (ListUsers::new(), [0; Pages::CURSOR]);
            let mut pages = Pages::new(&method, &auth::TOKEN_OWNER, &mut cursor);
            let result = web_api.call_sequence(&mut pages, |_| {});
            let Err(CallFailure::Failed(CallError::Sequence(error))) = result else {
                panic!("{result:?}");
            };
            assert!(matches!(error, SequenceError::NotInTable(_)), "{error}");
        },
    );
}
