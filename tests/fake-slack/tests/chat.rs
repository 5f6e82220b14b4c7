//! The `chat` methods: both kinds of bodies, blocks, events, errors and rates.

mod support;

use std::time::Duration;

use fake_slack::{BOT, BOT_TOKEN, FakeSlack, GENERAL, Rate, USER};
use serde_json::{Value, json};
use support::{Answer, get, next, open, post};

fn plain() -> FakeSlack {
    FakeSlack::builder().plain().start().unwrap()
}

/// A call with a JSON body.
fn answer(server: &FakeSlack, method: &str, arguments: &Value) -> Answer {
    let fields = format!(
        "Content-Type: application/json; charset=utf-8\r\nAuthorization: Bearer {BOT_TOKEN}\r\n"
    );
    post(server, method, &fields, &arguments.to_string()).unwrap()
}

fn call(server: &FakeSlack, method: &str, arguments: &Value) -> Value {
    answer(server, method, arguments).json()
}

fn blocks() -> Value {
    json!([
        {"type": "header", "block_id": "h", "text": {"type": "plain_text", "text": "Door"}},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "open", "text": {"type": "plain_text", "text": "Open"}},
        ]},
    ])
}

#[test]
fn a_message_with_blocks_is_posted_changed_and_deleted() {
    let server = plain();
    let mut socket = open(&server, BOT_TOKEN);
    let posted = call(
        &server,
        "chat.postMessage",
        &json!({"channel": GENERAL, "blocks": blocks()}),
    );
    let ts = posted["ts"].clone();
    let kept = &posted["message"]["blocks"];
    assert_eq!(
        (&kept[0], &kept[1]["block_id"]),
        (&blocks()[0], &json!("b1"))
    );
    let echo = next(&mut socket);
    assert_eq!((&echo["text"], &echo["blocks"]), (&json!(""), kept));

    let update = |text: Value, blocks: Value| {
        let arguments = json!({"channel": GENERAL, "ts": ts, "text": text, "blocks": blocks});
        call(&server, "chat.update", &arguments)
    };
    let changed = update(json!("open"), Value::Null);
    assert_eq!(
        (
            &changed["ts"],
            &changed["text"],
            &changed["message"]["blocks"]
        ),
        (&ts, &json!("open"), kept)
    );
    let event = next(&mut socket);
    assert_eq!(
        (
            &event["subtype"],
            &event["hidden"],
            &event["previous_message"]["text"]
        ),
        (&json!("message_changed"), &json!(true), &json!(""))
    );
    assert_eq!(event["message"]["edited"]["user"], BOT);
    let cleared = update(json!("closed"), json!([]));
    assert_eq!(cleared["message"].get("blocks"), None, "{cleared}");
    next(&mut socket);

    let deleted = call(
        &server,
        "chat.delete",
        &json!({"channel": GENERAL, "ts": ts}),
    );
    assert_eq!((&deleted["ok"], &deleted["ts"]), (&json!(true), &ts));
    let event = next(&mut socket);
    assert_eq!(
        (
            &event["subtype"],
            &event["deleted_ts"],
            &event["previous_message"]["text"]
        ),
        (&json!("message_deleted"), &ts, &json!("closed"))
    );
    let gone = call(
        &server,
        "chat.delete",
        &json!({"channel": GENERAL, "ts": ts}),
    );
    assert_eq!(gone["error"], "message_not_found");
}

#[test]
fn blocks_in_a_form_are_json_as_text() {
    let server = plain();
    let json: String = blocks()
        .to_string()
        .bytes()
        .map(|byte| format!("%{byte:02x}"))
        .collect();
    let fields = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer {BOT_TOKEN}\r\n"
    );
    let form = |blocks: &str| {
        let body = format!("channel={GENERAL}&text=x&blocks={blocks}");
        post(&server, "chat.postMessage", &fields, &body)
            .unwrap()
            .json()
    };
    assert_eq!(form(&json)["message"]["blocks"][0], blocks()[0]);
    assert_eq!(form("[")["error"], "invalid_blocks_format");
    assert_eq!(form("%7b%7d")["error"], "invalid_blocks_format");
    let unknown = form("[%7b%22type%22:%22buton%22%7d]");
    assert_eq!(
        (&unknown["error"], &unknown["response_metadata"]["messages"]),
        (
            &json!("invalid_blocks"),
            &json!(["[ERROR] unsupported type: buton [json-pointer:/blocks/0/type]"])
        )
    );
}

#[test]
fn errors_of_the_methods() {
    let server = plain();
    let of_person = server.push_message(GENERAL, USER, "mine");
    for (method, arguments, error) in [
        ("chat.postMessage", json!({"channel": GENERAL}), "no_text"),
        (
            "chat.postMessage",
            json!({"channel": GENERAL, "blocks": []}),
            "no_text",
        ),
        (
            "chat.postMessage",
            json!({"channel": "C0NOWHERE", "text": "x"}),
            "channel_not_found",
        ),
        (
            "chat.update",
            json!({"channel": GENERAL, "text": "x"}),
            "invalid_arguments",
        ),
        (
            "chat.update",
            json!({"channel": GENERAL, "ts": "1.1", "text": "x"}),
            "message_not_found",
        ),
        (
            "chat.update",
            json!({"channel": GENERAL, "ts": of_person, "text": "x"}),
            "cant_update_message",
        ),
        (
            "chat.delete",
            json!({"channel": GENERAL, "ts": of_person}),
            "cant_delete_message",
        ),
        (
            "chat.postEphemeral",
            json!({"channel": GENERAL, "user": "U0NOBODY", "text": "x"}),
            "user_not_in_channel",
        ),
        (
            "chat.postEphemeral",
            json!({"channel": GENERAL, "user": USER}),
            "no_text",
        ),
        ("team.info", json!({"team": "T0OTHER"}), "team_not_found"),
    ] {
        assert_eq!(
            call(&server, method, &arguments)["error"],
            error,
            "{method} {arguments}"
        );
    }
    let arguments = json!({"channel": GENERAL, "user": USER, "text": "psst"});
    let shown = call(&server, "chat.postEphemeral", &arguments);
    assert!(
        shown["message_ts"].is_string() && shown.get("ts").is_none(),
        "{shown}"
    );
    assert_eq!(
        get(&server, "team.info").unwrap().json()["team"]["domain"],
        "fake-team"
    );
}

#[test]
fn a_long_text_is_cut_with_a_warning() {
    let server = plain();
    for (length, warning) in [(40_000, Value::Null), (40_001, json!("message_truncated"))] {
        let arguments = json!({"channel": GENERAL, "text": "ä".repeat(length)});
        let posted = call(&server, "chat.postMessage", &arguments);
        assert_eq!(posted["warning"], warning);
        let text = posted["message"]["text"].as_str().unwrap();
        assert_eq!(text.chars().count(), 40_000);
    }
}

#[test]
fn posts_are_counted_by_channel_and_other_calls_by_method() {
    let rate = Rate {
        burst: 1,
        every: Duration::from_secs(30),
    };
    let server = FakeSlack::builder()
        .plain()
        .rate("chat.postMessage", rate)
        .rate("team.info", rate)
        .start()
        .unwrap();
    let status = |channel: &str| {
        let arguments = json!({"channel": channel, "text": "x"});
        answer(&server, "chat.postMessage", &arguments).status
    };
    assert_eq!(
        [status(GENERAL), status(GENERAL), status(fake_slack::RANDOM)],
        [200, 429, 200]
    );
    assert_eq!(get(&server, "team.info").unwrap().status, 200);
    let limited = get(&server, "team.info").unwrap();
    assert_eq!(
        (limited.status, limited.error()),
        (429, "ratelimited".into())
    );
    assert!(limited.head.contains("retry-after: 30"), "{}", limited.head);
    assert_eq!(get(&server, "auth.test").unwrap().status, 200);
}
