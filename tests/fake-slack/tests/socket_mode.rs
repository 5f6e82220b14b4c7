//! Socket Mode: opening, envelopes, acknowledgements, redelivery, ghosts and disconnects, seen from a raw client.

mod support;

use std::io::Write;
use std::time::Duration;

use fake_slack::{
    APP_TOKEN, BOT, BOT_TOKEN, Builder, DisconnectReason, FakeSlack, Fault, Frame, GENERAL,
    LossReason, MemberOrder, Rate, Step, USER, What,
};
use serde_json::{Value, json};
use support::{Answer, PATIENCE, Socket, get, next, open_url, post, say};
use tungstenite::Message;

const SOON: Duration = Duration::from_millis(30);

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

fn builder() -> Builder {
    FakeSlack::builder().plain()
}

fn start() -> FakeSlack {
    builder().start().unwrap()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\nContent-Type: application/x-www-form-urlencoded\r\n")
}

fn call(server: &FakeSlack, token: &str) -> Answer {
    post(server, "apps.connections.open", &bearer(token), "").unwrap()
}

fn app_url(server: &FakeSlack) -> String {
    let answer = call(server, server.app_token()).json();
    assert_eq!(answer["ok"], true, "{answer}");
    answer["url"].as_str().unwrap().to_owned()
}

/// A socket of the app, and the number of connections in its `hello`.
fn open_app(server: &FakeSlack) -> (Socket, u64) {
    let mut socket = open_url(server, &app_url(server)).unwrap();
    let hello = next(&mut socket);
    assert_eq!(hello["type"], "hello", "{hello}");
    (socket, hello["num_connections"].as_u64().unwrap())
}

fn acknowledge(socket: &mut Socket, envelope: &Value) {
    say(socket, &json!({"envelope_id": envelope["envelope_id"]}));
}

fn respond(socket: &mut Socket, envelope: &Value, payload: &Value) {
    let frame = json!({"envelope_id": envelope["envelope_id"], "payload": payload});
    say(socket, &frame);
}

/// The code of the close frame.
fn closed(socket: &mut Socket) -> u16 {
    match socket.read().unwrap() {
        Message::Close(frame) => frame.unwrap().code.into(),
        other => panic!("{other:?}"),
    }
}

fn wait_violation(server: &FakeSlack, wanted: &str) {
    let is_it = |what: &What| matches!(what, What::Violation(rule) if rule == wanted);
    server.log().wait_nth(PATIENCE, 1, is_it).unwrap();
}

#[test]
fn the_opening_call_takes_an_app_token_in_the_header() {
    let server = builder()
        .refused_token("xapp-1-revoked", "token_revoked")
        .start()
        .unwrap();
    let url = app_url(&server);
    let begin = format!("ws://localhost:{}/link/?ticket=", server.port());
    let query = url.strip_prefix(&begin).unwrap();
    let (ticket, app_id) = query.split_once("&app_id=").unwrap();
    assert_eq!((ticket.len(), app_id.len()), (36, 64), "{url}");

    assert_eq!(call(&server, BOT_TOKEN).error(), "not_allowed_token_type");
    assert_eq!(call(&server, "xoxb-wrong").error(), "invalid_auth");
    assert_eq!(call(&server, "xapp-wrong").error(), "invalid_auth");
    assert_eq!(call(&server, "xapp-1-revoked").error(), "token_revoked");
    assert_eq!(
        get(&server, "apps.connections.open").unwrap().error(),
        "insecure_request"
    );
    let form = format!("token={APP_TOKEN}");
    for (fields, body, error) in [
        ("", "", "not_authed"),
        (bearer("").as_str(), form.as_str(), "insecure_request"),
        (
            bearer(APP_TOKEN).as_str(),
            form.as_str(),
            "insecure_request",
        ),
    ] {
        let answer = post(&server, "apps.connections.open", fields, body).unwrap();
        assert_eq!(answer.error(), error);
    }
    let fields = bearer(APP_TOKEN).replace("x-www-form-urlencoded", "json; charset=utf-8");
    let answer = post(&server, "apps.connections.open", &fields, "{}").unwrap();
    assert_eq!(answer.json()["ok"], true);
    // The other methods take no app token.
    let answer = post(&server, "auth.test", &bearer(APP_TOKEN), "").unwrap();
    assert_eq!(answer.error(), "not_allowed_token_type");
}

#[test]
fn the_opening_call_has_a_rate() {
    let rate = Rate {
        burst: 2,
        every: Duration::from_secs(60),
    };
    let server = builder()
        .app_token("xapp-1-other")
        .rate("apps.connections.open", rate)
        .start()
        .unwrap();
    app_url(&server);
    app_url(&server);
    let refused = call(&server, "xapp-1-other");
    assert_eq!(
        (refused.status, refused.error().as_str()),
        (429, "ratelimited")
    );
    assert!(refused.head.contains("retry-after: 60"), "{}", refused.head);
}

#[test]
fn a_url_opens_one_socket() {
    let server = FakeSlack::builder().start().unwrap();
    let url = app_url(&server);
    assert!(url.starts_with("wss://"), "{url}");
    let mut socket = open_url(&server, &url).unwrap();
    assert_eq!(
        next(&mut socket),
        json!({
            "type": "hello", "num_connections": 1,
            "debug_info": {
                "host": "applink-fake", "started": "2026-01-02 03:04:05.678", "build_number": 10,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": "A0FAKE001"},
        })
    );
    assert!(open_url(&server, &url).is_err());
    let late = app_url(&server);
    server.expire_urls();
    assert!(open_url(&server, &late).is_err());
    let debugged = format!("{}&debug_reconnects=true", app_url(&server));
    let hello = next(&mut open_url(&server, &debugged).unwrap());
    assert_eq!(hello["debug_info"]["approximate_connection_time"], 360);
    assert_eq!(hello["num_connections"], 2);
}

#[test]
fn an_event_is_acknowledged() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let ts = server.push_message(GENERAL, USER, "hi");
    let Message::Text(text) = socket.read().unwrap() else {
        panic!();
    };
    let order: Vec<usize> = [
        "{\"envelope_id\":\"",
        ",\"payload\":{\"token\":",
        ",\"event\":{",
        ",\"type\":\"event_callback\",\"event_id\":\"Ev",
        ",\"type\":\"events_api\",\"accepts_response_payload\":false,\"retry_attempt\":0,\"retry_reason\":\"\"}",
    ]
    .iter()
    .map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}")))
    .collect();
    assert!(order.is_sorted() && order[0] == 0, "{order:?} {text}");
    let envelope: Value = serde_json::from_str(&text).unwrap();
    let event = &envelope["payload"]["event"];
    assert_eq!(
        (&event["type"], &event["ts"], &event["channel_type"]),
        (&json!("message"), &json!(ts), &json!("channel"))
    );
    assert_eq!(envelope["payload"]["authorizations"][0]["user_id"], BOT);
    acknowledge(&mut socket, &envelope);
    let id = envelope["envelope_id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    let acknowledged = server.log().wait_acknowledged(PATIENCE, id).unwrap();
    assert_eq!(
        (acknowledged.kind.as_str(), acknowledged.payload),
        ("events_api", None)
    );
    assert_eq!(envelope["payload"]["event_id"], acknowledged.event_id);
    assert_eq!(server.log().envelopes("events_api"), [envelope]);
    assert!(server.log().violations().is_empty());
}

#[test]
fn the_documented_order_begins_with_the_payload() {
    let server = builder()
        .member_order(MemberOrder::Documented)
        .start()
        .unwrap();
    let (mut socket, _) = open_app(&server);
    server.slash_command("/door", "open 5");
    let text = socket.read().unwrap().into_text().unwrap();
    assert!(text.starts_with("{\"payload\":{"), "{text}");
    assert!(
        text.ends_with("\"type\":\"slash_commands\",\"accepts_response_payload\":true}"),
        "{text}"
    );
}

#[test]
fn a_mention_is_two_events_and_a_subscription_chooses() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let ts = server.mention("open");
    let (message, mention) = (next(&mut socket), next(&mut socket));
    for envelope in [&message, &mention] {
        assert_eq!(envelope["payload"]["event"]["ts"], ts);
        acknowledge(&mut socket, envelope);
    }
    assert_ne!(
        message["payload"]["event_id"],
        mention["payload"]["event_id"]
    );
    let event = &mention["payload"]["event"];
    assert_eq!(event["type"], "app_mention");
    assert_eq!(event["text"], format!("<@{BOT}> open"));
    assert_eq!(
        event["blocks"][0]["elements"][0]["elements"],
        json!([{"type": "user", "user_id": BOT}, {"type": "text", "text": " open"}])
    );

    let server = builder().subscriptions(&["app_mention"]).start().unwrap();
    let (mut socket, _) = open_app(&server);
    server.push_message(GENERAL, USER, "not for you");
    server.mention("for you");
    assert_eq!(next(&mut socket)["payload"]["event"]["type"], "app_mention");
}

#[test]
fn own_posts_and_reactions_come_back() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let form = format!("channel={GENERAL}&text=mine");
    let posted = post(&server, "chat.postMessage", &bearer(BOT_TOKEN), &form).unwrap();
    let ts = posted.json()["ts"].clone();
    let event = next(&mut socket)["payload"]["event"].clone();
    assert_eq!(
        (&event["user"], &event["ts"], &event["app_id"]),
        (&json!(BOT), &ts, &json!("A0FAKE001"))
    );
    let ts = ts.as_str().unwrap();
    let form = format!("channel={GENERAL}&timestamp={ts}&name=door");
    post(&server, "reactions.add", &bearer(BOT_TOKEN), &form).unwrap();
    let event = next(&mut socket)["payload"]["event"].clone();
    assert_eq!(event["type"], "reaction_added");
    server.open_home();
    assert_eq!(
        next(&mut socket)["payload"]["event"]["type"],
        "app_home_opened"
    );
    // Only RTM has this one.
    server.push(r#"{"type":"user_typing","channel":"C0GENERAL","user":"U0ALICE01"}"#);
    server.app_rate_limited();
    let limited = next(&mut socket);
    assert_eq!(limited["type"], "events_api");
    assert_eq!(limited["payload"]["type"], "app_rate_limited");
    assert_eq!(limited["payload"].get("event"), None);
}

#[test]
fn responses_are_in_acknowledgements() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let slash = server.slash_command("/door", "open 5");
    let envelope = next(&mut socket);
    let payload = &envelope["payload"];
    assert_eq!(
        (&payload["command"], &payload["text"], &payload["type"]),
        (&json!("/door"), &json!("open 5"), &Value::Null)
    );
    assert!(
        payload["response_url"]
            .as_str()
            .unwrap()
            .contains("/actions/")
    );
    assert_eq!(envelope["retry_attempt"], Value::Null);
    let response = json!({"text": "Opening", "response_type": "in_channel"});
    respond(&mut socket, &envelope, &response);
    let acknowledged = server.log().wait_acknowledged(PATIENCE, &slash).unwrap();
    assert_eq!(acknowledged.payload, Some(response));
    let event = next(&mut socket)["payload"]["event"].clone();
    assert_eq!(
        (&event["text"], &event["user"]),
        (&json!("Opening"), &json!(BOT))
    );

    let submitted = server.submit_view("setup", &[("b1", "secs", "5")]);
    let envelope = next(&mut socket);
    let view = &envelope["payload"]["view"];
    assert_eq!(
        (
            &view["callback_id"],
            &view["state"]["values"]["b1"]["secs"]["value"]
        ),
        (&json!("setup"), &json!("5"))
    );
    let errors = json!({"response_action": "errors", "errors": {"b1": "1 to 60"}});
    respond(&mut socket, &envelope, &errors);
    server
        .log()
        .wait_acknowledged(PATIENCE, &submitted)
        .unwrap();

    let suggested = server.suggest("pick", "ga");
    let envelope = next(&mut socket);
    assert_eq!(envelope["payload"]["value"], "ga");
    respond(&mut socket, &envelope, &json!({"options": []}));
    server
        .log()
        .wait_acknowledged(PATIENCE, &suggested)
        .unwrap();
    assert!(server.log().violations().is_empty());
}

#[test]
fn interactions_take_no_payload() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let blocks = r#"[{"type":"actions","elements":[{"type":"button","action_id":"open","value":"7","text":{"type":"plain_text","text":"Open"}}]}]"#;
    let form = format!("channel={GENERAL}&text=door&blocks={blocks}");
    post(&server, "chat.postMessage", &bearer(BOT_TOKEN), &form).unwrap();
    let posted = next(&mut socket)["payload"]["event"].clone();
    let ts = posted["ts"].as_str().unwrap();

    server.press("open", None);
    let pressed = next(&mut socket);
    let payload = &pressed["payload"];
    assert_eq!(
        (
            &payload["actions"][0]["value"],
            &payload["container"]["message_ts"]
        ),
        (&json!("7"), &json!(ts))
    );
    assert_eq!(
        payload["actions"][0]["block_id"],
        posted["blocks"][0]["block_id"]
    );
    // Node's client sends an empty payload where it has none.
    respond(&mut socket, &pressed, &json!({}));
    server.press("nowhere", Some("v"));
    server.press_in_view("open", None);
    server.close_view("setup");
    server.shortcut("ring");
    server.message_action("log", GENERAL, ts);
    for kind in [
        "block_actions",
        "block_actions",
        "view_closed",
        "shortcut",
        "message_action",
    ] {
        let envelope = next(&mut socket);
        assert_eq!(envelope["type"], "interactive");
        assert_eq!(envelope["accepts_response_payload"], false);
        assert_eq!(envelope["payload"]["type"], kind);
        acknowledge(&mut socket, &envelope);
    }
    let last = server.press("open", None);
    let envelope = next(&mut socket);
    respond(&mut socket, &envelope, &json!({"text": "no"}));
    server.log().wait_acknowledged(PATIENCE, &last).unwrap();
    assert_eq!(
        server.log().violations(),
        ["a payload where none is accepted"]
    );
}

#[test]
fn frames_that_are_seldom_seen() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let large = server.press_in_large_view("open");
    let text = socket.read().unwrap().into_text().unwrap();
    let depth = text.chars().scan(0_i32, |depth, character| {
        *depth += i32::from(matches!(character, '{' | '['));
        *depth -= i32::from(matches!(character, '}' | ']'));
        Some(*depth)
    });
    assert_eq!(depth.max(), Some(12));
    assert!((67_000..72_000).contains(&text.len()), "{}", text.len());
    let envelope = serde_json::from_str(&text).unwrap();
    acknowledge(&mut socket, &envelope);
    server.log().wait_acknowledged(PATIENCE, &large).unwrap();

    let unknown = server.push_envelope("of_the_future", &json!("a text"), true);
    let envelope = next(&mut socket);
    assert_eq!(
        (&envelope["type"], &envelope["payload"]),
        (&json!("of_the_future"), &json!("a text"))
    );
    acknowledge(&mut socket, &envelope);
    server.log().wait_acknowledged(PATIENCE, &unknown).unwrap();

    assert!(server.push_cache_error());
    assert_eq!(
        socket.read().unwrap(),
        Message::text("UNAUTHENTICATED: cache_error")
    );
    server.ping(b"beat");
    assert_eq!(
        socket.read().unwrap(),
        Message::Ping(b"beat".to_vec().into())
    );
}

#[test]
fn payloads_are_spread_over_the_sockets() {
    let server = start();
    let (mut first, one) = open_app(&server);
    let (mut second, two) = open_app(&server);
    assert_eq!((one, two, server.registered_sockets()), (1, 2, 2));
    let ids: Vec<String> = (0..4).map(|_| server.slash_command("/door", "")).collect();
    let envelopes: Vec<Value> = (0..2)
        .flat_map(|_| [next(&mut first), next(&mut second)])
        .collect();
    for (id, envelope) in ids.iter().zip(&envelopes) {
        assert_eq!(envelope["envelope_id"], id.as_str());
    }
    acknowledge(&mut second, &envelopes[0]);
    wait_violation(&server, "an acknowledgement over another socket");
    acknowledge(&mut first, &envelopes[0]);
    server.log().wait_acknowledged(PATIENCE, &ids[0]).unwrap();
    first.close(None).unwrap();
    assert!(matches!(first.read().unwrap(), Message::Close(_)));
    assert_eq!(server.registered_sockets(), 1);
    server.slash_command("/door", "last");
    assert_eq!(next(&mut second)["payload"]["text"], "last");
}

#[test]
fn acknowledgements_are_checked() {
    let server = start();
    let (mut socket, _) = open_app(&server);
    let id = server.slash_command("/door", "");
    let envelope = next(&mut socket);
    for (frame, rule) in [
        ("[]", "an acknowledgement that is not a JSON object"),
        ("no json", "an acknowledgement that is not a JSON object"),
        ("{}", "an acknowledgement without an envelope_id"),
        (
            r#"{"envelope_id":"x"}"#,
            "an acknowledgement of an unknown envelope",
        ),
    ] {
        socket.send(Message::text(frame)).unwrap();
        wait_violation(&server, rule);
        server.log().clear();
    }
    say(
        &mut socket,
        &json!({"envelope_id": id, "type": "x", "payload": {"no": "text"}}),
    );
    server.log().wait_acknowledged(PATIENCE, &id).unwrap();
    wait_violation(&server, "an acknowledgement with the member type");
    wait_violation(&server, "a payload of the wrong kind");
    acknowledge(&mut socket, &envelope);
    wait_violation(&server, "a second acknowledgement");

    // One byte less than the limit, and the limit.
    let frame = |length: usize| {
        let frame = json!({"envelope_id": "x", "payload": {"text": ""}}).to_string();
        let fill = "a".repeat(length - frame.len());
        frame.replace("\"\"", &format!("\"{fill}\""))
    };
    server.log().clear();
    socket.send(Message::text(frame(20_479))).unwrap();
    wait_violation(&server, "an acknowledgement of an unknown envelope");
    socket.send(Message::text(frame(20_480))).unwrap();
    wait_violation(&server, "a message of 20,480 bytes or more");
    server.wait_sockets(0, PATIENCE).unwrap();

    let (mut socket, _) = open_app(&server);
    // The first of two fragments, with a mask of zeros.
    socket.get_mut().write_all(b"\x01\x82\0\0\0\0{}").unwrap();
    wait_violation(&server, "a fragmented message");
}

#[test]
fn events_are_redelivered_and_then_lost() {
    let server = builder()
        .acknowledge_within(SOON)
        .redeliver_after(&[Duration::ZERO, SOON, SOON])
        .start()
        .unwrap();
    let (mut socket, _) = open_app(&server);
    let event_id = server.push_app_event(&json!({"type": "app_uninstalled"}));
    let mut ids = Vec::new();
    for attempt in 0..=3 {
        let envelope = next(&mut socket);
        let reason = if attempt == 0 { "" } else { "timeout" };
        assert_eq!(envelope["retry_attempt"], attempt);
        assert_eq!(envelope["retry_reason"], reason);
        assert_eq!(envelope["payload"]["event_id"], event_id);
        ids.push(envelope["envelope_id"].clone());
    }
    let losses = server.log().wait_losses(PATIENCE, 1).unwrap();
    assert_eq!(losses[0].event_id, event_id);
    assert_eq!(losses[0].reason, LossReason::Unacknowledged);
    let attempts: Vec<u32> = server
        .log()
        .redeliveries()
        .iter()
        .map(|redelivery| redelivery.attempt)
        .collect();
    assert_eq!(attempts, [1, 2, 3]);
    ids.dedup();
    assert_eq!(ids.len(), 4);
    say(&mut socket, &json!({"envelope_id": ids[0]}));
    wait_violation(&server, "a late acknowledgement");
}

#[test]
fn a_redelivery_that_is_acknowledged_is_the_last() {
    let server = builder()
        .acknowledge_within(Duration::from_secs(1))
        .redeliver_after(&[Duration::ZERO, Duration::ZERO])
        .start()
        .unwrap();
    let (mut socket, _) = open_app(&server);
    server.fault(Step::Frame, Fault::Skip);
    server.push_message(GENERAL, USER, "hi");
    let again = next(&mut socket);
    assert_eq!(again["retry_attempt"], 1);
    acknowledge(&mut socket, &again);
    let id = again["envelope_id"].as_str().unwrap();
    let acknowledged = server.log().wait_acknowledged(PATIENCE, id).unwrap();
    assert_eq!(acknowledged.attempt, 1);
    // Interactions and commands come once.
    let lost = [
        server.press("open", None),
        server.slash_command("/door", ""),
    ];
    let losses = server.log().wait_losses(PATIENCE, 2).unwrap();
    let mut ids: Vec<&str> = losses
        .iter()
        .map(|loss| loss.envelope_id.as_str())
        .collect();
    ids.sort_by_key(|id| *id != lost[0]);
    assert_eq!(ids, lost);
    assert_eq!(server.log().redeliveries().len(), 1);
}

#[test]
fn ghosts_have_their_share_of_the_payloads() {
    let server = builder()
        .acknowledge_within(SOON)
        .redeliver_after(&[Duration::ZERO])
        .ghost_life(NEVER)
        .start()
        .unwrap();
    let (cut, _) = open_app(&server);
    drop(cut);
    server.wait_sockets(0, PATIENCE).unwrap();
    let (mut socket, connections) = open_app(&server);
    assert_eq!(connections, 2);
    let lost = server.slash_command("/door", "to the ghost");
    let losses = server.log().wait_losses(PATIENCE, 1).unwrap();
    assert_eq!(
        (losses[0].envelope_id.as_str(), losses[0].reason),
        (lost.as_str(), LossReason::Ghost)
    );
    server.slash_command("/door", "to the client");
    let envelope = next(&mut socket);
    assert_eq!(envelope["payload"]["text"], "to the client");
    acknowledge(&mut socket, &envelope);
    // The ghost has the event first, and the client has it again.
    server.push_message(GENERAL, USER, "hi");
    let again = next(&mut socket);
    assert_eq!(again["retry_attempt"], 1);
    acknowledge(&mut socket, &again);
    // A close frame leaves no ghost.
    socket.close(None).unwrap();
    assert!(matches!(socket.read().unwrap(), Message::Close(_)));
    assert_eq!(server.registered_sockets(), 1);
}

#[test]
fn ghosts_fill_the_places_until_they_are_forgotten() {
    let server = start();
    server.add_ghosts(10, NEVER);
    let mut refused = open_url(&server, &app_url(&server)).unwrap();
    let frame = next(&mut refused);
    assert_eq!(
        (&frame["reason"], &frame["num_connections"]),
        (&json!("too_many_websockets"), &json!(10))
    );
    assert_eq!(closed(&mut refused), 1000);

    let server = start();
    server.add_ghosts(10, SOON);
    server.wait_registered_sockets(0, PATIENCE).unwrap();
    assert_eq!(open_app(&server).1, 1);
}

#[test]
fn each_reason_of_a_disconnect() {
    let server = builder()
        .warning_ahead(SOON)
        .close_after_disconnect(SOON)
        .start()
        .unwrap();
    for reason in [
        DisconnectReason::Warning,
        DisconnectReason::RefreshRequested,
        DisconnectReason::LinkDisabled,
        DisconnectReason::TooManyWebsockets,
    ] {
        let (mut socket, _) = open_app(&server);
        server.disconnect(reason);
        let frame = next(&mut socket);
        assert_eq!(
            (&frame["type"], &frame["reason"]),
            (&json!("disconnect"), &json!(reason.as_str()))
        );
        assert_eq!(frame["debug_info"]["host"], "applink-fake");
        if reason == DisconnectReason::Warning {
            assert_eq!(next(&mut socket)["reason"], "refresh_requested");
        }
        assert_eq!(closed(&mut socket), 1000);
        server.wait_registered_sockets(0, PATIENCE).unwrap();
    }
}

#[test]
fn a_socket_lives_so_long_and_its_successor_has_the_payloads() {
    let server = builder()
        .debug_socket_life(Duration::from_millis(60))
        .warning_ahead(SOON)
        .close_after_disconnect(NEVER)
        .start()
        .unwrap();
    let url = format!("{}&debug_reconnects=true", app_url(&server));
    let mut old = open_url(&server, &url).unwrap();
    assert_eq!(next(&mut old)["type"], "hello");
    assert_eq!(next(&mut old)["reason"], "warning");
    assert_eq!(next(&mut old)["reason"], "refresh_requested");
    let (mut new, connections) = open_app(&server);
    assert_eq!(connections, 2);
    for _ in 0..2 {
        server.slash_command("/door", "");
        let envelope = next(&mut new);
        acknowledge(&mut new, &envelope);
    }
}

#[test]
fn faults_of_a_socket() {
    let server = start();
    server.fault(Step::Upgrade, Fault::Error("link_disabled".into()));
    let mut refused = open_url(&server, &app_url(&server)).unwrap();
    assert_eq!(next(&mut refused)["reason"], "link_disabled");
    assert_eq!(closed(&mut refused), 1000);
    drop(refused);
    server.fault(Step::Hello, Fault::Error("too_many_websockets".into()));
    let mut refused = open_url(&server, &app_url(&server)).unwrap();
    assert_eq!(next(&mut refused)["reason"], "too_many_websockets");
    assert_eq!(closed(&mut refused), 1000);
    let status = Fault::Status {
        code: 409,
        retry_after: None,
    };
    server.fault(Step::Upgrade, status);
    assert!(open_url(&server, &app_url(&server)).is_err());
    // Without a socket a command is lost at once.
    drop(refused);
    server.wait_sockets(0, PATIENCE).unwrap();
    server.slash_command("/door", "");
    let losses = server.log().wait_losses(PATIENCE, 1).unwrap();
    assert_eq!(losses[0].reason, LossReason::NoSocket);
    let sent =
        |what: &What| matches!(what, What::Sent(Frame::Text(text)) if text.contains("slash"));
    assert!(!server.log().entries().iter().any(|entry| sent(&entry.what)));
}
