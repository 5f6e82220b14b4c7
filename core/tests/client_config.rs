//! Settings that cannot be used: `Client::new` refuses each of them, and nothing else.

#![allow(clippy::expect_used, clippy::panic)]

mod client_common;

use client_common::{HeapStorage, LONGEST_TOKEN, Setup, TOKEN, config, with_outbox};
use slack_rtm::backoff::BackoffPolicy;
use slack_rtm::buffer::Memory;
use slack_rtm::entropy::from_fn;
use slack_rtm::time::Duration;
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{
    ArgumentsIn, Named, OpeningMethod, RequestError, RtmConnect, RtmStart, StartLists, TokenIn,
    paths,
};
use slack_rtm::{
    Client, Config, ConfigError, Delivery, LentStorage, OwnedStorage, StorageParts, Timeouts,
    Token, TokenError, event,
};

slack_rtm::paths! {
    /// It extends no table of this crate.
    const FOREIGN {
        const NAME = Whole "name";
    }
}

slack_rtm::paths! {
    const EVENTS extends event::COMMON_PATHS {
        const TICK = Whole "tick";
    }
}

slack_rtm::paths! {
    const RESPONSE extends paths::COMMON {
        const CACHE_TS = Whole "cache_ts";
    }
}

/// Creates a client with this token. Returns the error, and whether randomness was drawn.
fn new_with(token: &str, setup: impl Into<Setup>) -> (Option<ConfigError>, bool) {
    let Setup {
        config,
        outbox_bytes,
    } = setup.into();
    let mut has_drawn = false;
    let random = from_fn(|out| {
        has_drawn = true;
        out.fill(1);
        Ok(())
    });
    let error = Client::new(config, token, HeapStorage::new(outbox_bytes), random).err();
    (error, has_drawn)
}

/// The error of `Client::new` with a good token.
fn error_of(setup: impl Into<Setup>) -> Option<ConfigError> {
    let (error, has_drawn) = new_with(TOKEN, setup);
    assert!(!has_drawn, "randomness is not needed yet");
    error
}

fn start() -> OpeningMethod<'static> {
    OpeningMethod::RtmStart(RtmStart::DEFAULT)
}

fn named(name: &'static str) -> OpeningMethod<'static> {
    let arguments = &[];
    OpeningMethod::Named(Named { name, arguments })
}

fn of_request(error: RequestError) -> Option<ConfigError> {
    Some(ConfigError::Request(error))
}

#[test]
fn usable_settings_are_accepted() {
    const CONSTANT: Config<'static> = Config::new().user_agent("doorbell/1.2");
    let connect = OpeningMethod::RtmConnect(RtmConnect::DEFAULT);
    for usable in [
        Config::new(),
        Config::default(),
        CONSTANT,
        config().method(connect),
        config().method(start()),
        config().method(start()).lists(StartLists::ALL),
        config()
            .method(start())
            .lists(StartLists::ALL.paths(&paths::CONNECT)),
        config().method(named("apps.connections.open")),
        config().api_base("https://example.org/api"),
        config().api_base("http://localhost:80/").allow_insecure(),
        config()
            .token_in(TokenIn::Form)
            .arguments_in(ArgumentsIn::Form),
        config().allowed_domains(&["example.org"]),
        config().paths(&event::COMMON_PATHS),
        config().paths(&EVENTS),
        config().response_paths(&paths::COMMON),
        config().response_paths(&RESPONSE),
        // No lists are no contradiction.
        config().lists(StartLists::NONE),
    ] {
        assert_eq!(error_of(usable.clone()), None, "{usable:?}");
    }
    for usable in [
        config().delivery(Delivery::AtLeastOnce),
        config().use_reconnect_url(),
    ] {
        assert_eq!(error_of(with_outbox(usable, 64)), None);
    }
}

#[test]
fn an_api_base_that_is_no_url_of_methods_is_refused() {
    for (base, error) in [
        ("slack.com/api", RequestError::Base(UrlError::Scheme)),
        ("https:///api", RequestError::Base(UrlError::Host)),
        ("https://slack.com:x/", RequestError::Base(UrlError::Port)),
        ("wss://slack.com/api", RequestError::BaseScheme),
        ("https://slack.com/api?x=", RequestError::BaseQuery),
        ("http://slack.com/api", RequestError::Cleartext),
    ] {
        let refused = error_of(config().api_base(base));
        assert_eq!(refused, of_request(error), "{base}");
    }
}

#[test]
fn a_user_agent_or_a_method_that_would_change_the_request_is_refused() {
    let refused = error_of(config().user_agent("a\r\nX: y"));
    assert_eq!(refused, of_request(RequestError::UserAgent));
    for name in ["", "x y", "x\r\n"] {
        let refused = error_of(config().method(named(name)));
        assert_eq!(refused, of_request(RequestError::MethodName), "{name:?}");
    }
}

#[test]
fn a_token_with_other_characters_or_too_long_for_its_memory_is_refused() {
    for token in ["", "xo xb", "xoxb\r\n", "xöxb"] {
        let expected = ConfigError::Token(TokenError::Characters);
        assert_eq!(new_with(token, config()).0, Some(expected), "{token:?}");
    }
    let longest = "x".repeat(LONGEST_TOKEN);
    assert_eq!(new_with(&longest, config()).0, None);
    let (refused, _) = new_with(&format!("{longest}x"), config());
    let Some(ConfigError::Token(TokenError::Full(error))) = refused else {
        panic!("{refused:?}");
    };
    let sizes = (error.wanted, error.available);
    assert_eq!(error.memory, Memory::Token);
    assert_eq!(sizes, (LONGEST_TOKEN + 1, LONGEST_TOKEN));

    // The storages of the crate have the sizes that they are declared with.
    let random = || from_fn(|_| Ok(()));
    for (token, fits) in [("xoxb-123", true), ("xoxb-1234", false)] {
        let client = Client::new(config(), token, Token::<8>::new(), random());
        assert_eq!(client.is_ok(), fits, "{token}");
        let client = Client::new(config(), token, OwnedStorage::<8, 64>::new(), random());
        assert_eq!(client.is_ok(), fits, "{token}");
    }
}

#[test]
fn lists_and_a_table_for_the_response_exclude_each_other_in_either_order() {
    let both = Some(ConfigError::ListsAndPaths);
    let start = || config().method(start());
    let lists_first = start().lists(StartLists::ALL).response_paths(&RESPONSE);
    assert_eq!(error_of(lists_first), both);
    let paths_first = start().response_paths(&RESPONSE).lists(StartLists::ALL);
    assert_eq!(error_of(paths_first), both);
}

#[test]
fn lists_of_a_method_that_has_none_are_refused() {
    let without = Some(ConfigError::ListsWithoutStart);
    assert_eq!(error_of(config().lists(StartLists::ALL)), without);
    let lists = config().method(start()).lists(StartLists::ALL);
    let connect = OpeningMethod::RtmConnect(RtmConnect::DEFAULT);
    assert_eq!(error_of(lists.method(connect)), without);
}

#[test]
fn a_table_that_extends_none_of_the_crate_is_refused() {
    let events = Some(ConfigError::Paths);
    for table in [&FOREIGN, &paths::COMMON] {
        assert_eq!(error_of(config().paths(table)), events);
    }
    let response = Some(ConfigError::ResponsePaths);
    // A table for any method has no URL.
    for table in [&FOREIGN, &paths::CALL, &event::PATHS] {
        assert_eq!(error_of(config().response_paths(table)), response);
        let lists = StartLists::ALL.paths(table);
        assert_eq!(error_of(config().method(start()).lists(lists)), response);
    }
}

#[test]
fn settings_that_keep_messages_or_urls_need_memory_for_them() {
    let no_outbox = Some(ConfigError::NoOutbox);
    for needing in [
        config().delivery(Delivery::AtLeastOnce),
        config().use_reconnect_url(),
    ] {
        assert_eq!(error_of(needing.clone()), no_outbox, "{needing:?}");
        // The memory of `Token` has no part for messages, either.
        let random = from_fn(|_| Ok(()));
        let client = Client::new(needing, TOKEN, Token::<64>::new(), random);
        assert_eq!(client.err(), no_outbox);
    }
    let at_most_once = config().delivery(Delivery::AtMostOnce);
    assert_eq!(error_of(at_most_once), None);
}

#[test]
fn a_socket_in_no_domain_is_refused() {
    let no_domain = Some(ConfigError::NoDomain);
    for domains in [&[][..], &[""], &["slack.com", ""]] {
        assert_eq!(error_of(config().allowed_domains(domains)), no_domain);
    }
}

#[test]
fn memory_for_messages_is_absent_or_holds_a_message() {
    let error_with = |bytes: usize| {
        let (mut token, mut outbox) = ([0; 64], vec![0; bytes]);
        let storage = LentStorage::new(&mut token, &mut outbox);
        Client::new(config(), TOKEN, storage, from_fn(|_| Ok(()))).err()
    };
    let least = StorageParts::LEAST_OUTBOX;
    for bytes in 1..least {
        let Some(ConfigError::Outbox(error)) = error_with(bytes) else {
            panic!("{bytes} bytes are accepted");
        };
        assert_eq!((error.wanted, error.available), (least, bytes));
    }
    for bytes in [0, least, 1024] {
        assert_eq!(error_with(bytes), None, "{bytes}");
    }
}

#[test]
fn a_setting_that_is_set_again_counts_as_it_was_set_last() {
    let (zero, second) = (Duration::ZERO, Duration::from_secs(1));
    assert_eq!(error_of(config().ping_after(zero).ping_after(second)), None);
    assert_eq!(error_of(config().dead_after(zero).dead_after(second)), None);
    let domains = config().allowed_domains(&[]);
    assert_eq!(error_of(domains.allowed_domains(&["slack.com"])), None);
    let mut never = BackoffPolicy::DEFAULT;
    never.cap = zero;
    let never = config().backoff(never);
    assert_eq!(error_of(never.clone()), Some(ConfigError::ZeroDuration));
    assert_eq!(error_of(never.backoff(BackoffPolicy::DEFAULT)), None);
    // Another setting does not hide it.
    let wrong = config().ping_after(zero).dead_after(second);
    assert_eq!(error_of(wrong), Some(ConfigError::ZeroDuration));
}

#[test]
fn every_time_limit_is_longer_than_zero() {
    let zero = Some(ConfigError::ZeroDuration);
    assert_eq!(error_of(config().ping_after(Duration::ZERO)), zero);
    assert_eq!(error_of(config().dead_after(Duration::ZERO)), zero);
    let set: [fn(&mut Timeouts, Duration); 5] = [
        |timeouts, limit| timeouts.connect = limit,
        |timeouts, limit| timeouts.response = limit,
        |timeouts, limit| timeouts.response_total = limit,
        |timeouts, limit| timeouts.handshake = limit,
        |timeouts, limit| timeouts.hello = limit,
    ];
    for (number, set) in set.into_iter().enumerate() {
        for (limit, expected) in [(Duration::ZERO, zero), (Duration::from_millis(1), None)] {
            let mut timeouts = Timeouts::DEFAULT;
            set(&mut timeouts, limit);
            let found = error_of(config().timeouts(timeouts));
            assert_eq!(found, expected, "number {number}, {limit:?}");
        }
    }
}
