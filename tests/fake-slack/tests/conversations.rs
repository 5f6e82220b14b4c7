//! The methods of conversations and reactions, and their errors.

mod support;

use std::time::Duration;

use fake_slack::{BOT, BOT_DIRECT, BOT_TOKEN, FakeSlack, GENERAL, Rate, USER};
use serde_json::{Value, json};
use support::{get, next, open};

fn plain() -> FakeSlack {
    FakeSlack::builder().plain().more_users(9).start().unwrap()
}

fn call(server: &FakeSlack, query: &str) -> Value {
    get(server, query).unwrap().json()
}

#[test]
fn channels_have_information() {
    let server = plain();
    let channel = &call(
        &server,
        "conversations.info?channel=C0GENERAL&include_num_members=1",
    )["channel"];
    assert_eq!(
        (&channel["id"], &channel["name"], &channel["is_im"]),
        (&json!(GENERAL), &json!("general"), &json!(false))
    );
    assert_eq!(channel["num_members"], 11);
    let direct = &call(&server, "conversations.info?channel=D0ALICE01")["channel"];
    assert_eq!(
        (&direct["is_im"], &direct["user"]),
        (&json!(true), &json!(USER))
    );
}

#[test]
fn a_direct_channel_is_opened_once() {
    let server = plain();
    let known = call(&server, "conversations.open?users=U0ALICE01&return_im=true");
    assert_eq!(
        (
            &known["no_op"],
            &known["already_open"],
            &known["channel"]["id"]
        ),
        (&json!(true), &json!(true), &json!(BOT_DIRECT))
    );
    assert_eq!(known["channel"]["user"], USER);
    let open = || call(&server, "conversations.open?users=U0ALICE01,U10000001");
    let new = open();
    assert_eq!((&new["ok"], new.get("no_op")), (&json!(true), None));
    let again = open();
    assert_eq!(
        (&again["no_op"], &again["channel"]["id"]),
        (&json!(true), &new["channel"]["id"])
    );
    let id = new["channel"]["id"].as_str().unwrap();
    let by_id = call(&server, &format!("conversations.open?channel={id}"));
    assert_eq!(by_id["channel"]["id"], id);
    let posted = call(&server, &format!("chat.postMessage?channel={id}&text=hi"));
    assert_eq!(posted["ok"], true);
}

#[test]
fn a_reaction_is_added_once_and_everybody_hears_of_it() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let ts = server.push_message(GENERAL, USER, "hi");
    assert_eq!(next(&mut bot)["text"], "hi");
    let item = format!("channel=C0GENERAL&timestamp={ts}&name=thumbsup");
    assert_eq!(call(&server, &format!("reactions.add?{item}"))["ok"], true);
    let added = next(&mut bot);
    assert_eq!(
        (&added["type"], &added["user"], &added["item_user"]),
        (&json!("reaction_added"), &json!(BOT), &json!(USER))
    );
    assert_eq!(
        (&added["reaction"], &added["item"]),
        (
            &json!("thumbsup"),
            &json!({"type": "message", "channel": GENERAL, "ts": ts})
        )
    );
    let error = |method: &str| call(&server, &format!("{method}?{item}"))["error"].clone();
    assert_eq!(error("reactions.add"), "already_reacted");
    let history = call(&server, "conversations.history?channel=C0GENERAL");
    assert_eq!(
        history["messages"][0]["reactions"],
        json!([{"name": "thumbsup", "users": [BOT], "count": 1}])
    );
    assert_eq!(error("reactions.remove"), Value::Null);
    assert_eq!(next(&mut bot)["type"], "reaction_removed");
    assert_eq!(error("reactions.remove"), "no_reaction");
}

#[test]
fn calls_that_are_refused() {
    let server = plain();
    let ts = server.push_message(GENERAL, USER, "hi");
    let many = (0..9).map(|n| format!("U1{n:07}")).collect::<Vec<_>>();
    for (query, error) in [
        ("conversations.info?channel=C0NOWHERE", "channel_not_found"),
        ("conversations.info", "invalid_arguments"),
        ("conversations.open?users=U0NOBODY", "user_not_found"),
        ("conversations.open?users=", "not_enough_users"),
        (
            &format!("conversations.open?users={}", many.join(",")),
            "too_many_users",
        ),
        ("conversations.open", "users_list_not_supplied"),
        ("conversations.open?channel=C0GENERAL", "channel_not_found"),
        (
            "conversations.open?users=U10000001&prevent_creation=true",
            "channel_not_found",
        ),
        (
            "reactions.add?channel=C0GENERAL&timestamp=1.2&name=:thumbsup:",
            "invalid_name",
        ),
        (
            "reactions.add?channel=C0GENERAL&timestamp=1.2",
            "invalid_name",
        ),
        ("reactions.add?name=wave", "no_item_specified"),
        (
            "reactions.add?channel=C0GENERAL&timestamp=now&name=wave",
            "bad_timestamp",
        ),
        (
            "reactions.add?channel=C0GENERAL&timestamp=1.2&name=wave",
            "message_not_found",
        ),
        (
            &format!("reactions.add?channel=C0NOWHERE&timestamp={ts}&name=wave"),
            "channel_not_found",
        ),
        (
            &format!("reactions.remove?channel=C0GENERAL&timestamp={ts}&name=wave"),
            "no_reaction",
        ),
        (
            "conversations.history?channel=C0NOWHERE",
            "channel_not_found",
        ),
        (
            "conversations.history?channel=C0GENERAL&oldest=yesterday",
            "invalid_ts_oldest",
        ),
        (
            "conversations.history?channel=C0GENERAL&latest=-1",
            "invalid_ts_latest",
        ),
        (
            "conversations.history?channel=C0GENERAL&limit=1000",
            "invalid_limit",
        ),
        (
            "conversations.history?channel=C0GENERAL&cursor=bmV4dA==",
            "invalid_cursor",
        ),
    ] {
        assert_eq!(call(&server, query)["error"], error, "{query}");
    }
}

#[test]
fn the_history_is_walked_by_cursors() {
    let server = plain();
    let stamps: Vec<String> = (0..7)
        .map(|n| server.push_message(GENERAL, USER, &n.to_string()))
        .collect();
    server.push_reply(GENERAL, USER, "not in the history", &stamps[3]);
    let (mut cursor, mut pages) = (String::new(), vec![]);
    loop {
        let query = format!(
            "conversations.history?channel=C0GENERAL&oldest={}&limit=2&cursor={}",
            stamps[1],
            cursor.replace('=', "%3D")
        );
        let page = call(&server, &query);
        let texts = page["messages"].as_array().unwrap().iter();
        pages.push(
            texts
                .map(|message| message["text"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
        let next = page["response_metadata"]["next_cursor"].as_str();
        assert_eq!(page["has_more"], next.is_some());
        match next {
            Some(next) => cursor = next.into(),
            None => break,
        }
    }
    assert_eq!(pages, [vec!["3", "2"], vec!["5", "4"], vec!["6"]]);
}

#[test]
fn the_history_rate_answers_429() {
    let rate = Rate {
        burst: 1,
        every: Duration::from_secs(60),
    };
    let server = FakeSlack::builder()
        .plain()
        .history_rate(Some(rate))
        .start()
        .unwrap();
    let query = "conversations.history?channel=C0GENERAL";
    assert_eq!(get(&server, query).unwrap().status, 200);
    let limited = get(&server, query).unwrap();
    assert_eq!(limited.status, 429);
    assert!(limited.head.contains("retry-after: 60"), "{}", limited.head);
}
