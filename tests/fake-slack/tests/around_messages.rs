//! Events that Slack sends because of a message, besides the message itself.

mod support;

use std::time::{Duration, Instant};

use fake_slack::{
    APP_ID, BOT, BOT_ID, BOT_TOKEN, Ended, FakeSlack, GENERAL, USER, USER_TOKEN, What,
};
use serde_json::{Value, json};
use support::{Answer, PATIENCE, Socket, next, open, post, say};
use tungstenite::Message;

fn plain() -> FakeSlack {
    FakeSlack::builder().plain().start().unwrap()
}

fn call(server: &FakeSlack, method: &str, form: &str) -> Answer {
    let fields = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer {BOT_TOKEN}\r\n"
    );
    post(server, method, &fields, form).unwrap()
}

/// Sends a message over a socket, and returns its ack.
fn write(socket: &mut Socket, text: &str, thread_ts: Option<&str>) -> Value {
    let mut message = json!({"id": 1, "type": "message", "channel": GENERAL, "text": text});
    if let Some(thread_ts) = thread_ts {
        message["thread_ts"] = thread_ts.into();
    }
    say(socket, &message);
    let ack = next(socket);
    assert_eq!(ack["reply_to"], 1, "{ack}");
    ack
}

#[test]
fn a_reply_updates_the_first_message_of_its_thread_for_everybody() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let first_ts = server.push_message(GENERAL, USER, "ping");
    assert_eq!(next(&mut bot)["text"], "ping");
    for count in 1..=2 {
        let ack = write(&mut bot, "pong", Some(&first_ts));
        let update = next(&mut bot);
        assert_eq!(
            (&update["subtype"], &update["hidden"], &update["channel"]),
            (&json!("message_replied"), &json!(true), &json!(GENERAL))
        );
        assert_ne!(update["ts"], first_ts.as_str());
        let first = &update["message"];
        assert_eq!(
            (&first["user"], &first["text"], &first["ts"]),
            (&json!(USER), &json!("ping"), &json!(first_ts))
        );
        assert_eq!(
            (&first["thread_ts"], &first["reply_count"]),
            (&json!(first_ts), &json!(count))
        );
        assert_eq!(
            (&first["latest_reply"], &first["reply_users"]),
            (&ack["ts"], &json!([BOT]))
        );
    }
    server.push_reply(GENERAL, USER, "thanks", &first_ts);
    assert_eq!(next(&mut bot)["thread_ts"], first_ts.as_str());
    assert_eq!(next(&mut bot)["message"]["reply_count"], 3);
}

#[test]
fn a_message_with_a_url_is_edited_by_its_preview() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let ts = server.push_message(GENERAL, USER, "see https://x.org");
    let heard = next(&mut bot);
    assert_eq!(heard["text"], "see <https://x.org>");
    let mut previews = vec![next(&mut bot)];
    let own_ts = write(&mut bot, "and http://y.org", None)["ts"].clone();
    previews.push(next(&mut bot));
    let form = "channel=C0GENERAL&text=https://z.org";
    let posted = call(&server, "chat.postMessage", form);
    assert_eq!(next(&mut bot)["text"], "<https://z.org>");
    previews.push(next(&mut bot));
    let stamps = [json!(ts), own_ts, posted.json()["ts"].clone()];
    for (preview, ts) in previews.iter().zip(&stamps) {
        let (new, old) = (&preview["message"], &preview["previous_message"]);
        assert_eq!(
            (&preview["subtype"], &preview["hidden"]),
            (&json!("message_changed"), &json!(true))
        );
        assert_eq!((&new["text"], &new["ts"]), (&old["text"], ts));
        assert!(new["attachments"][0]["from_url"].is_string(), "{preview}");
        assert_eq!(old.get("attachments"), None);
        assert_eq!(new.get("edited"), None);
    }
    let quiet = "channel=C0GENERAL&text=https://z.org&unfurl_links=false";
    call(&server, "chat.postMessage", quiet);
    assert_eq!(next(&mut bot)["text"], "<https://z.org>");
    server.push(r#"{"type":"after"}"#);
    assert_eq!(next(&mut bot)["type"], "after");
}

#[test]
fn links_with_a_label_are_escaped_over_rtm_only() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let mut alice = open(&server, USER_TOKEN);
    let ack = write(
        &mut bot,
        "<@U0ALICE01>: see <https://x.org|this>, <https://x.org>",
        None,
    );
    let stored = "<@U0ALICE01>: see &lt;https://x.org|this&gt;, <https://x.org>";
    assert_eq!(ack["text"], stored);
    assert_eq!(next(&mut alice)["text"], stored);
    let form = "channel=D0ALICE01&text=see+<https://x.org|this>";
    let posted = call(&server, "chat.postMessage", form).json();
    assert_eq!(posted["message"]["text"], "see <https://x.org|this>");
}

#[test]
fn a_message_by_the_web_api_has_the_id_of_its_bot() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let auth = call(&server, "auth.test", "").json();
    assert_eq!(auth["bot_id"], BOT_ID);
    let posted = call(&server, "chat.postMessage", "channel=C0GENERAL&text=hi").json();
    let echo = next(&mut bot);
    for message in [&echo, &posted["message"]] {
        assert_eq!(
            (&message["user"], &message["bot_id"], &message["app_id"]),
            (&json!(BOT), &json!(BOT_ID), &json!(APP_ID))
        );
        assert_eq!(message["bot_profile"]["id"], BOT_ID);
        assert_eq!(message.get("subtype"), None);
    }
    assert_eq!(echo["ts"], posted["ts"]);

    let named = "channel=C0GENERAL&text=hi&username=door";
    call(&server, "chat.postMessage", named);
    let echo = next(&mut bot);
    assert_eq!(
        (&echo["subtype"], &echo["bot_id"], &echo["username"]),
        (&json!("bot_message"), &json!(BOT_ID), &json!("door"))
    );
    assert_eq!(echo.get("user"), None);
}

#[test]
fn goodbye_is_followed_by_a_close_of_the_sockets_that_heard_it() {
    let server = FakeSlack::builder()
        .plain()
        .close_after_goodbye(Duration::from_millis(200))
        .start()
        .unwrap();
    let mut bot = open(&server, BOT_TOKEN);
    let begin = Instant::now();
    server.goodbye();
    assert_eq!(next(&mut bot), json!({"type": "goodbye"}));
    let mut later = open(&server, BOT_TOKEN);
    // The socket works until then.
    say(&mut bot, &json!({"id": 1, "type": "ping"}));
    assert_eq!(next(&mut bot)["type"], "pong");
    assert!(matches!(bot.read().unwrap(), Message::Close(Some(_))));
    assert!(begin.elapsed() >= Duration::from_millis(200));
    assert!(bot.read().is_err());
    let ended = |what: &What| *what == What::Ended(Ended::Closed);
    server.log().wait_nth(PATIENCE, 1, ended).unwrap();
    say(&mut later, &json!({"id": 1, "type": "ping"}));
    assert_eq!(next(&mut later)["type"], "pong");
}
