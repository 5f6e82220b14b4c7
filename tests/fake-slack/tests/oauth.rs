//! Token rotation: an exchange of a refresh token, its errors, and tokens that expire.

mod support;

use fake_slack::{BOT, BOT_TOKEN, FakeSlack};
use support::post;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const GRANT: &str = "grant_type=refresh_token&client_id=1.2&client_secret=secret&refresh_token=";

fn start() -> FakeSlack {
    let builder = FakeSlack::builder().plain();
    builder
        .client("1.2", "secret", "xoxe-1-first")
        .start()
        .unwrap()
}

/// Returns the error of `auth.test` with a token, or "".
fn error_with(server: &FakeSlack, token: &str) -> String {
    let body = format!("token={token}");
    let json = post(server, "auth.test", FORM, &body).unwrap().json();
    json["error"].as_str().unwrap_or_default().into()
}

#[test]
fn a_refresh_token_is_exchanged_once_and_the_new_token_is_the_bots() {
    let server = start();
    let exchange = |refresh_token: &str| {
        let body = format!("{GRANT}{refresh_token}");
        post(&server, "oauth.v2.access", FORM, &body)
            .unwrap()
            .json()
    };
    let first = exchange("xoxe-1-first");
    assert_eq!(first["expires_in"], 43_200, "{first}");
    let access = first["access_token"].as_str().unwrap();
    let body = format!("token={access}");
    let own = post(&server, "auth.test", FORM, &body).unwrap().json();
    assert_eq!(own["user_id"], BOT, "{own}");
    assert_eq!(exchange("xoxe-1-first")["error"], "invalid_refresh_token");
    let second = exchange(first["refresh_token"].as_str().unwrap());
    assert_eq!(second["ok"], true, "{second}");
    // Two tokens are valid until they expire.
    let newer = second["access_token"].as_str().unwrap();
    assert_ne!(access, newer);
    for token in [BOT_TOKEN, access, newer] {
        assert_eq!(error_with(&server, token), "");
    }
}

#[test]
fn tokens_expire_and_the_next_exchange_gives_a_valid_one() {
    let server = start();
    server.expire_tokens();
    assert_eq!(error_with(&server, BOT_TOKEN), "token_expired");
    let mut refresh_token = String::from("xoxe-1-first");
    for _ in 0..2 {
        let body = format!("{GRANT}{refresh_token}");
        let json = post(&server, "oauth.v2.access", FORM, &body)
            .unwrap()
            .json();
        let access = json["access_token"].as_str().unwrap();
        refresh_token = json["refresh_token"].as_str().unwrap().into();
        assert_eq!(error_with(&server, access), "");
        server.expire_tokens();
        assert_eq!(error_with(&server, access), "token_expired");
    }
}

#[test]
fn exchanges_that_are_refused() {
    let server = start();
    let basic = format!("{FORM}Authorization: Basic MS4yOnNlY3JldA==\r\n");
    for (fields, body, error) in [
        (
            FORM,
            "client_id=1.3&client_secret=secret",
            "invalid_client_id",
        ),
        (
            FORM,
            "client_id=1.2&client_secret=other",
            "bad_client_secret",
        ),
        (
            FORM,
            "client_id=1.2&client_secret=secret&code=1",
            "invalid_grant_type",
        ),
        (
            FORM,
            &format!("{GRANT}xoxe-1-other"),
            "invalid_refresh_token",
        ),
        // The credentials in the header.
        (&basic, "grant_type=refresh_token", "invalid_refresh_token"),
    ] {
        let answer = post(&server, "oauth.v2.access", fields, body).unwrap();
        assert_eq!(answer.error(), error, "{body}");
    }
    let other = FakeSlack::builder().plain().start().unwrap();
    let body = format!("{GRANT}xoxe-1-first");
    let answer = post(&other, "oauth.v2.access", FORM, &body).unwrap();
    assert_eq!(answer.error(), "invalid_client_id");
}
