//! Lists in pages: what they contain, and pages and cursors as a client seldom meets them.

mod support;

use std::time::{Duration, Instant};

use fake_slack::{BOT, Builder, FakeSlack, GENERAL, USER, USER_TOKEN};
use serde_json::{Value, json};
use support::{get, post};

fn call(server: &FakeSlack, query: &str) -> Value {
    get(server, query).unwrap().json()
}

/// The page of a list that follows this one.
fn next_page(server: &FakeSlack, query: &str, page: &Value) -> Option<Value> {
    let cursor = page["response_metadata"]["next_cursor"].as_str();
    let cursor = cursor.filter(|cursor| !cursor.is_empty())?;
    let sign = if query.contains('?') { '&' } else { '?' };
    let cursor = cursor.replace('=', "%3D").replace('+', "%2B");
    Some(call(server, &format!("{query}{sign}cursor={cursor}")))
}

/// All pages of a list, up to 100 of them.
fn pages(server: &FakeSlack, query: &str) -> Vec<Value> {
    let mut pages = vec![call(server, query)];
    while pages.len() < 100
        && let Some(next) = next_page(server, query, pages.last().unwrap())
    {
        pages.push(next);
    }
    pages
}

/// The ids of the elements, page by page.
fn ids(pages: &[Value], list: &str) -> Vec<Vec<String>> {
    let id = |element: &Value| {
        let id = element["id"].as_str().or_else(|| element["ts"].as_str());
        id.or_else(|| element.as_str()).unwrap().to_owned()
    };
    let of_page = |page: &Value| page[list].as_array().unwrap().iter().map(id).collect();
    pages.iter().map(of_page).collect()
}

fn sizes(pages: &[Value], list: &str) -> Vec<usize> {
    ids(pages, list).iter().map(Vec::len).collect()
}

fn start(setup: impl FnOnce(Builder) -> Builder) -> FakeSlack {
    setup(FakeSlack::builder().plain()).start().unwrap()
}

#[test]
fn users_are_walked_by_cursors() {
    let server = start(|builder| builder.more_users(9));
    let walked = pages(&server, "users.list?limit=4");
    assert_eq!(sizes(&walked, "members"), [4, 4, 3]);
    assert_eq!(
        walked[0]["response_metadata"]["next_cursor"],
        "dXNlcjpVMTAwMDAwMDI="
    );
    assert_eq!(walked[2]["response_metadata"]["next_cursor"], "");
    let all = ids(&walked, "members").concat();
    assert_eq!((all[0].as_str(), all[1].as_str()), (BOT, USER));
    assert_eq!(all.last().unwrap(), "U10000008");
    let user = &walked[1]["members"][0];
    for member in ["real_name", "tz", "is_bot", "updated", "is_app_user"] {
        assert!(!user[member].is_null(), "{member}: {user}");
    }
    assert_eq!(user["profile"]["email"], "user2@example.com");
    assert!((1000..1500).contains(&user.to_string().len()), "{user}");
    assert_eq!(sizes(&pages(&server, "users.list"), "members"), [11]);
}

#[test]
fn many_users_are_listed_with_a_limit() {
    let server = start(|builder| builder.more_users(100_000).longest_logged(100));
    assert_eq!(call(&server, "users.list")["error"], "limit_required");
    let begun = Instant::now();
    let page = call(&server, "users.list?limit=1000");
    assert_eq!(page["members"].as_array().unwrap().len(), 1000);
    let members = format!("conversations.members?channel={GENERAL}&limit=1000");
    let mut page = call(&server, &members);
    let mut count = 0;
    loop {
        count += page["members"].as_array().unwrap().len();
        match next_page(&server, &members, &page) {
            Some(next) => page = next,
            None => break,
        }
    }
    assert_eq!(count, 100_002);
    assert_eq!(
        page["members"].as_array().unwrap().last().unwrap(),
        "U10099999"
    );
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn conversations_have_types_and_may_be_archived() {
    let server = start(|builder| builder.more_channels(20));
    let names = |query: &str| {
        let channels = call(&server, query)["channels"].take();
        let channels = channels.as_array().unwrap().clone();
        let name = |it: &Value| it["name"].as_str().unwrap_or("-").to_owned();
        channels.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names("conversations.list").len(), 2 + 18);
    let current = names("conversations.list?exclude_archived=true");
    assert_eq!(current.len(), 2 + 16);
    assert!(
        !current
            .iter()
            .any(|name| name == "channel9" || name == "channel8")
    );
    assert_eq!(
        names("conversations.list?types=private_channel"),
        ["channel8", "channel18"]
    );
    assert_eq!(names("conversations.list?types=im"), ["-"]);
    assert_eq!(names("conversations.list?types=mpim"), Vec::<String>::new());
    assert_eq!(
        names("conversations.list?types=im,private_channel").len(),
        3
    );
    let wrong = call(&server, "conversations.list?types=public");
    assert_eq!(wrong["error"], "invalid_types");
    let walked = pages(&server, "conversations.list?limit=7&exclude_archived=1");
    assert_eq!(sizes(&walked, "channels"), [7, 7, 4]);
    let channel = &walked[0]["channels"][2];
    assert_eq!(
        (
            &channel["id"],
            &channel["is_member"],
            &channel["is_archived"]
        ),
        (&json!("C10000000"), &json!(false), &json!(false))
    );
    for (query, error) in [
        ("conversations.list?limit=1000", "invalid_limit"),
        ("conversations.list?limit=0", "invalid_limit"),
        ("users.list?limit=1001", "invalid_limit"),
        ("conversations.list?cursor=dGVhbTpD", "invalid_cursor"),
        ("users.list?cursor=%2A", "invalid_cursor"),
    ] {
        assert_eq!(call(&server, query)["error"], error, "{query}");
    }
}

#[test]
fn a_cursor_is_valid_in_its_own_list() {
    let server = start(|builder| builder.more_users(9));
    let page = call(&server, "users.list?limit=2");
    let members = format!("conversations.members?channel={GENERAL}&limit=2");
    assert_eq!(
        next_page(&server, &members, &page).unwrap()["error"],
        "invalid_cursor"
    );
    assert_eq!(
        next_page(&server, "users.list?limit=3", &page).unwrap()["ok"],
        true
    );
    server.expire_cursors();
    assert_eq!(
        next_page(&server, "users.list?limit=3", &page).unwrap()["error"],
        "invalid_cursor"
    );
}

#[test]
fn members_join_and_leave() {
    let server = start(|builder| builder.more_users(9).more_channels(10));
    let members = |channel: &str| {
        let query = format!("conversations.members?channel={channel}&limit=2");
        ids(&pages(&server, &query), "members").concat()
    };
    assert_eq!(members(GENERAL).len(), 11);
    assert_eq!(members("C10000004"), [USER, "U10000004"]);
    assert_eq!(members("D0ALICE01").len(), 2);
    let history = "conversations.history?channel=C10000004";
    assert_eq!(call(&server, history)["error"], "not_in_channel");
    let joined = call(&server, "conversations.join?channel=C10000004");
    assert_eq!(
        (&joined["channel"]["is_member"], joined.get("warning")),
        (&json!(true), None)
    );
    let again = call(&server, "conversations.join?channel=C10000004");
    assert_eq!(again["warning"], "already_in_channel");
    let fields = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
        server.token()
    );
    let body = r#"{"channel":"C10000004"}"#;
    let twice = post(&server, "conversations.join", &fields, body)
        .unwrap()
        .json();
    let warnings = ["already_in_channel", "missing_charset"];
    assert_eq!(
        (&twice["warning"], &twice["response_metadata"]["warnings"]),
        (&json!(warnings.join(",")), &json!(warnings))
    );
    assert_eq!(members("C10000004"), [USER, "U10000004", BOT]);
    assert_eq!(call(&server, history)["ok"], true);
    let leave = || call(&server, "conversations.leave?channel=C10000004");
    assert_eq!(leave(), json!({"ok": true}));
    assert_eq!(leave(), json!({"ok": true, "not_in_channel": true}));
    assert_eq!(members("C10000004"), [USER, "U10000004"]);
    assert_eq!(
        call(&server, "conversations.leave?channel=C10000008"),
        json!({"ok": true})
    );
    assert_eq!(members("C10000008"), [USER, "U10000008"]);
    for (query, error) in [
        (
            "conversations.leave?channel=C0GENERAL",
            "cant_leave_general",
        ),
        (
            "conversations.leave?channel=D0ALICE01",
            "method_not_supported_for_channel_type",
        ),
        (
            "conversations.join?channel=D0ALICE01",
            "method_not_supported_for_channel_type",
        ),
        ("conversations.join?channel=C10000009", "is_archived"),
        ("conversations.join?channel=C0NOWHERE", "channel_not_found"),
        (
            "conversations.members?channel=C0NOWHERE",
            "channel_not_found",
        ),
        ("chat.postMessage?channel=C10000009&text=hi", "is_archived"),
    ] {
        assert_eq!(call(&server, query)["error"], error, "{query}");
    }
}

#[test]
fn replies_are_walked_with_the_first_message_on_each_page() {
    let server = start(|builder| builder);
    let first = server.push_message(GENERAL, USER, "the first");
    let replies: Vec<String> = (0..5)
        .map(|n| server.push_reply(GENERAL, USER, &n.to_string(), &first))
        .collect();
    let query = format!(
        "conversations.replies?channel={GENERAL}&ts={}&limit=2",
        replies[3]
    );
    let walked = pages(&server, &query);
    assert_eq!(sizes(&walked, "messages"), [3, 3, 2]);
    assert_eq!(
        ids(&walked, "messages")[1],
        [first.as_str(), &replies[2], &replies[3]]
    );
    assert_eq!(walked[0]["messages"][0]["reply_count"], 5);
    let more: Vec<_> = walked.iter().map(|page| page["has_more"].clone()).collect();
    assert_eq!(more, [true, true, false]);
    let newer = format!(
        "conversations.replies?channel={GENERAL}&ts={first}&oldest={}",
        replies[3]
    );
    assert_eq!(
        ids(&pages(&server, &newer), "messages")[0],
        [first.as_str(), &replies[4]]
    );
    let unknown = call(&server, "conversations.replies?channel=C0GENERAL&ts=1.2");
    assert_eq!(unknown["error"], "thread_not_found");
}

#[test]
fn pages_may_be_short_and_empty() {
    let short = start(|builder| builder.more_users(5).longest_page(3));
    assert_eq!(
        sizes(&pages(&short, "users.list?limit=5"), "members"),
        [3, 3, 1]
    );
    let empty = start(|builder| builder.more_users(5).empty_pages(2));
    let walked = pages(&empty, "users.list?limit=3");
    assert_eq!(sizes(&walked, "members"), [3, 0, 3, 0, 1]);
    let cursors: Vec<_> = walked[..4]
        .iter()
        .map(|page| page["response_metadata"]["next_cursor"].as_str().unwrap())
        .collect();
    assert!(
        (1..4).all(|at| !cursors[..at].contains(&cursors[at])),
        "{cursors:?}"
    );
    for _ in 0..3 {
        empty.push_message(GENERAL, USER, "hi");
    }
    let history = format!("conversations.history?channel={GENERAL}&limit=2");
    assert_eq!(sizes(&pages(&empty, &history), "messages"), [2, 0, 1]);
}

#[test]
fn cursors_may_expire() {
    let server = start(|builder| builder.more_users(8).cursor_pages(3));
    let walked = pages_until_error(&server, "users.list?limit=2");
    assert_eq!(walked, (3, json!("invalid_cursor")));
    let whole = pages(&server, "users.list?limit=5");
    assert_eq!(sizes(&whole, "members"), [5, 5]);
}

/// The number of pages before one that is refused, and the error of that.
fn pages_until_error(server: &FakeSlack, query: &str) -> (usize, Value) {
    let mut page = call(server, query);
    let mut count = 0;
    while page["ok"] == true {
        count += 1;
        page = next_page(server, query, &page).unwrap();
    }
    (count, page["error"].clone())
}

#[test]
fn a_hostile_server_repeats_a_cursor() {
    let server = start(|builder| builder.more_users(8).repeat_cursor_after(2));
    let walked = pages(&server, "users.list?limit=2");
    assert_eq!(walked.len(), 100);
    let elements = ids(&walked, "members");
    assert_eq!(elements[2], elements[99]);
    assert_ne!(elements[1], elements[2]);
}

#[test]
fn methods_without_json_do_not_see_it() {
    let server = start(|builder| builder);
    let fields = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json; charset=utf-8\r\n",
        server.token()
    );
    let by_json = |method: &str, body: Value| {
        post(&server, method, &fields, &body.to_string())
            .unwrap()
            .json()
    };
    let refused = by_json(
        "files.getUploadURLExternal",
        json!({"filename": "a", "length": 1}),
    );
    assert_eq!(
        (&refused["error"], &refused["response_metadata"]["messages"]),
        (
            &json!("invalid_arguments"),
            &json!(["[ERROR] missing required field: filename"])
        )
    );
    assert_eq!(
        by_json("users.info", json!({"user": USER}))["error"],
        "user_not_found"
    );
    let history = by_json("conversations.history", json!({"channel": GENERAL}));
    assert_eq!(history["ok"], true);
}

#[test]
fn users_are_looked_up() {
    let server = start(|builder| builder.more_users(9));
    let id = |query: &str| call(&server, query)["user"]["id"].clone();
    assert_eq!(id("users.lookupByEmail?email=alice@example.com"), USER);
    assert_eq!(
        id("users.lookupByEmail?email=user8@example.com"),
        "U10000008"
    );
    let with_locale = call(&server, "users.info?user=U10000008&include_locale=true");
    assert_eq!(with_locale["user"]["locale"], "en-US");
    let bot = call(&server, "bots.info?bot=B0FAKE001");
    assert_eq!(
        (&bot["bot"]["user_id"], &bot["bot"]["app_id"]),
        (&json!(BOT), &json!("A0FAKE001"))
    );
    for (query, error) in [
        (
            "users.lookupByEmail?email=user9@example.com",
            "users_not_found",
        ),
        ("users.lookupByEmail", "invalid_arguments"),
        ("users.info?user=U10000009", "user_not_found"),
        ("bots.info?bot=B0OTHER", "bot_not_found"),
    ] {
        assert_eq!(call(&server, query)["error"], error, "{query}");
    }
}

#[test]
fn presence_and_status_are_set() {
    let server = start(|builder| builder);
    let own = || call(&server, "users.getPresence");
    assert_eq!(
        (&own()["presence"], &own()["manual_away"]),
        (&json!("away"), &json!(false))
    );
    assert_eq!(
        call(&server, "users.setPresence?presence=away"),
        json!({"ok": true})
    );
    assert_eq!(own()["manual_away"], true);
    let other = call(&server, "users.getPresence?user=U0ALICE01");
    assert_eq!(other, json!({"ok": true, "presence": "away"}));
    let mut bot = support::open(&server, server.token());
    assert_eq!(own()["presence"], "away");
    assert_eq!(call(&server, "users.setPresence?presence=auto")["ok"], true);
    assert_eq!(
        (&own()["presence"], &own()["connection_count"]),
        (&json!("active"), &json!(1))
    );
    let wrong = call(&server, "users.setPresence?presence=active");
    assert_eq!(wrong["error"], "invalid_presence");

    let fields = format!(
        "Authorization: Bearer {USER_TOKEN}\r\nContent-Type: application/json; charset=utf-8\r\n"
    );
    let set = |profile: Value| {
        let body = json!({"profile": profile}).to_string();
        post(&server, "users.profile.set", &fields, &body)
            .unwrap()
            .json()
    };
    let status = json!({"status_text": "At the door", "status_emoji": "", "status_expiration": 5});
    let profile = set(status)["profile"].take();
    assert_eq!(
        (
            &profile["status_text"],
            &profile["status_emoji"],
            &profile["status_expiration"]
        ),
        (&json!("At the door"), &json!(":speech_balloon:"), &json!(5))
    );
    assert_eq!(support::next(&mut bot)["type"], "user_change");
    let user = call(&server, "users.info?user=U0ALICE01");
    assert_eq!(user["user"]["profile"]["status_text"], "At the door");
    let half = set(json!({"status_text": ""}));
    assert_eq!(
        half["error"],
        "must_clear_both_status_text_and_status_emoji"
    );
    let cleared = set(json!({"status_text": "", "status_emoji": ""}));
    assert_eq!(cleared["profile"]["status_emoji"], "");
    assert_eq!(
        set(json!({"status_text": "x".repeat(101)}))["error"],
        "too_long"
    );
    assert_eq!(
        set(json!({"title": "Warden"}))["profile"]["title"],
        "Warden"
    );
    assert_eq!(set(json!({}))["error"], "invalid_profile");
    let by_bot = call(&server, "users.profile.set?name=title&value=x");
    assert_eq!(by_bot["error"], "not_allowed_token_type");
}

#[test]
fn messages_have_permalinks_and_threads_a_status() {
    let server = start(|builder| builder);
    let first = server.push_message(GENERAL, USER, "hi");
    let reply = server.push_reply(GENERAL, USER, "hi", &first);
    let link = |ts: &str| {
        let query = format!("chat.getPermalink?channel={GENERAL}&message_ts={ts}");
        call(&server, &query)
    };
    let base = "https://fake-team.slack.com/archives/C0GENERAL/p";
    assert_eq!(
        link(&first)["permalink"],
        format!("{base}{}", first.replace('.', ""))
    );
    let of_reply = format!(
        "{base}{}?thread_ts={first}&cid=C0GENERAL",
        reply.replace('.', "")
    );
    assert_eq!(link(&reply)["permalink"], of_reply);
    assert_eq!(link("1.2")["error"], "message_not_found");
    let status = |ts: &str, rest: &str| {
        let query =
            format!("assistant.threads.setStatus?channel_id={GENERAL}&thread_ts={ts}{rest}");
        call(&server, &query)
    };
    assert_eq!(status(&first, "&status=thinks"), json!({"ok": true}));
    assert_eq!(status(&first, "&status="), json!({"ok": true}));
    assert_eq!(status(&first, "")["error"], "invalid_arguments");
    assert_eq!(status("1.2", "&status=x")["error"], "invalid_thread_ts");
}

#[test]
fn views_are_kept() {
    let server = start(|builder| builder);
    let fields = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json; charset=utf-8\r\n",
        server.token()
    );
    let by = |method: &str, body: Value| {
        post(&server, method, &fields, &body.to_string())
            .unwrap()
            .json()
    };
    let modal = |title: &str| {
        json!({
            "type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [],
            "external_id": title,
        })
    };
    let opened = by(
        "views.open",
        json!({"trigger_id": "1.2.x", "view": modal("a")}),
    )["view"]
        .take();
    let (id, hash) = (opened["id"].as_str().unwrap(), opened["hash"].clone());
    assert_eq!(opened["root_view_id"], id);
    assert_eq!(server.view(id), Some(opened.clone()));
    let pushed = by(
        "views.push",
        json!({"trigger_id": "1.2.y", "view": modal("b")}),
    )["view"]
        .take();
    assert_eq!(
        (&pushed["root_view_id"], &pushed["previous_view_id"]),
        (&json!(id), &json!(id))
    );
    let update = |members: Value| {
        let mut body = members;
        body["view"] = modal("c");
        by("views.update", body)
    };
    let updated = update(json!({"view_id": id, "hash": hash}));
    assert_eq!(updated["view"]["title"]["text"], "c");
    assert_eq!(server.view(id), Some(updated["view"].clone()));
    assert_eq!(
        update(json!({"view_id": id, "hash": hash}))["error"],
        "hash_conflict"
    );
    assert_eq!(update(json!({"external_id": "b"}))["ok"], true);
    assert_eq!(update(json!({"external_id": "z"}))["error"], "not_found");
    let home = json!({"type": "home", "blocks": []});
    let published = by("views.publish", json!({"user_id": USER, "view": home}))["view"].take();
    assert_eq!(
        server.view(published["id"].as_str().unwrap()),
        Some(published)
    );
    for (method, body) in [
        ("views.open", json!({"view": modal("d")})),
        ("views.push", json!({"view": modal("d")})),
        ("views.open", json!({"trigger_id": "1.2.z"})),
        ("views.open", json!({"trigger_id": "1.2.z", "view": home})),
        ("views.publish", json!({"view": home})),
        (
            "views.publish",
            json!({"user_id": "U0NOBODY", "view": home}),
        ),
    ] {
        assert_eq!(by(method, body)["error"], "invalid_arguments", "{method}");
    }
}
