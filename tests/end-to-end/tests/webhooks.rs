//! Incoming webhooks and responses to interactions by the std adapter: another host than the Web API's.

use end_to_end::dialer;
use fake_slack::{FakeSlack, GENERAL, Rate, What};
use slack_rtm::blocks::{Block, Blocks, HeaderBlock};
use slack_rtm::methods::chat::{self, PostMessage, Posted};
use slack_rtm::methods::webhooks::{DeleteOriginal, IncomingWebhook, InteractionResponse};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{CallerConfig, ErrorCode, Method, Named, paths};
use slack_rtm_std::{Buffers, CallFailure, PostOutcome, WebApi};
use std::time;

/// Runs `test` with a machine for this server.
fn with(server: &FakeSlack, test: impl FnOnce(&mut WebApi<'_>)) {
    let api_base = server.api_base();
    let mut buffers = Buffers::new(512, 256).outbox(512);
    let config = CallerConfig::new().api_base(&api_base);
    let mut web_api = WebApi::new(config, server.token(), dialer(server), &mut buffers).unwrap();
    test(&mut web_api);
}

/// Makes a call whose response has no members.
fn call(web_api: &mut WebApi<'_>, method: &dyn Method) -> Result<(), String> {
    match web_api.call(method, &paths::CALL) {
        Ok(_) => Ok(()),
        Err(CallFailure::Refused(error)) => Err(error.code().as_str().into()),
        Err(failure) => panic!("{failure}"),
    }
}

/// Posts a message, and returns its `ts`.
fn post(web_api: &mut WebApi<'_>) -> String {
    let ring = PostMessage::new(GENERAL, "Ding-dong!");
    let posted = Posted::new(web_api.call(&ring, &chat::POSTED).unwrap());
    posted.ts().unwrap().into()
}

#[test]
fn a_webhook_posts_without_the_token_over_a_link_of_its_own() {
    let server = FakeSlack::builder().start().unwrap();
    let url = server.webhook_url();
    assert_eq!(server.webhook_url(), url);
    let wrong = url.replace("/B0FAKEHOOK/", "/B0OTHER/");
    with(&server, |web_api| {
        let header = HeaderBlock::new("Front door");
        let blocks: [&dyn Block; 1] = [&header];
        let ring = IncomingWebhook::new(&url, "Ding-dong & <hi>").blocks(Blocks::list(&blocks));
        for _ in 0..2 {
            assert_eq!(call(web_api, &ring), Ok(()));
        }
        assert_eq!(server.log().connections(), 1);
        post(web_api);
        assert_eq!(server.log().connections(), 2);
        let lost = IncomingWebhook::new(&wrong, "Ding-dong!");
        assert_eq!(call(web_api, &lost), Err("no_service".into()));
        let empty = IncomingWebhook::new(&url, "");
        assert_eq!(call(web_api, &empty), Err("no_text".into()));
    });
    let log = server.log();
    for entry in log.entries() {
        if let What::Request(request) = &entry.what {
            let has_token = request.header("authorization").is_some();
            assert_eq!(has_token, request.path.starts_with("/api/"), "{request:?}");
        }
    }
}

#[test]
fn a_post_by_a_webhook_waits_for_its_rate() {
    let every = time::Duration::from_secs(1);
    let rate = Rate { burst: 1, every };
    let server = FakeSlack::builder()
        .rate("incoming webhook", rate)
        .start()
        .unwrap();
    let url = server.webhook_url();
    with(&server, |web_api| {
        let ring = IncomingWebhook::new(&url, "Ding-dong!");
        for _ in 0..2 {
            web_api.post(&ring, None).unwrap();
        }
        let begun = time::Instant::now();
        for _ in 0..2 {
            let (_, outcome) = web_api.next_post(Duration::from_secs(20)).unwrap().unwrap();
            assert!(
                matches!(outcome, PostOutcome::Accepted { .. }),
                "{outcome:?}"
            );
        }
        // The second one was refused with status 429 first.
        assert!(begun.elapsed() >= every);
    });
}

#[test]
fn an_interaction_is_answered_five_times() {
    let server = FakeSlack::builder().start().unwrap();
    with(&server, |web_api| {
        let ts = post(web_api);
        let url = server.response_url(GENERAL, &ts);
        let opened = InteractionResponse::new(&url, "The door is open");
        let calls: [&dyn Method; 5] = [
            &opened,
            &opened.in_channel(),
            &opened.in_thread(&ts),
            &opened.replace_original(),
            &DeleteOriginal::new(&url),
        ];
        for method in calls {
            assert_eq!(call(web_api, method), Ok(()));
        }
        assert_eq!(call(web_api, &opened), Err("used_url".into()));
        // The message is gone.
        let url = server.response_url(GENERAL, &ts);
        let replaced = InteractionResponse::new(&url, "Too late").replace_original();
        assert_eq!(call(web_api, &replaced), Err("message_not_found".into()));
        let read = Named {
            name: "api.test",
            arguments: &[],
        };
        assert_eq!(call(web_api, &read), Ok(()));
        let unknown = url.replace("/actions/", "/actions/x");
        let refused = web_api.call(&DeleteOriginal::new(&unknown), &paths::CALL);
        match refused {
            Err(CallFailure::Refused(error)) => {
                assert_eq!(error.status(), 404);
                assert_eq!(error.code(), ErrorCode::Other("expired_url"));
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_loop_without_waiting_delivers_a_post() {
    let server = FakeSlack::builder().start().unwrap();
    let url = server.webhook_url();
    with(&server, |web_api| {
        let ring = IncomingWebhook::new(&url, "Ding-dong!");
        web_api.post(&ring, None).unwrap();
        let begun = time::Instant::now();
        loop {
            match web_api.next_post(Duration::ZERO).unwrap() {
                Some((_, outcome)) => {
                    assert!(
                        matches!(outcome, PostOutcome::Accepted { .. }),
                        "{outcome:?}"
                    );
                    break;
                }
                None => assert!(begun.elapsed() < time::Duration::from_secs(20)),
            }
            std::thread::yield_now();
        }
    });
}
