//! Token rotation: tokens that expire, and `oauth.v2.access`, which exchanges a refresh token for the next pair.

use serde_json::{Map, Value, json};

use crate::log::Request;
use crate::web_api::{Body, Call, Refusal};
use crate::workspace::{TEAM, TEAM_NAME};
use crate::{APP_ID, BOT};

/// The seconds for which an access token is valid. The server does not count them: see
/// [`FakeSlack::expire_tokens`](crate::FakeSlack::expire_tokens).
const EXPIRES_IN: u64 = 43_200;

/// The app's credentials, for the exchange.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// The first refresh token.
    pub(crate) refresh_token: String,
}

/// The bot's tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The access tokens of all exchanges that have not expired.
    valid: Vec<String>,
    expired: Vec<String>,
    /// The refresh token of the last exchange, or `None` before the first one.
    refresh_token: Option<String>,
}

impl Tokens {
    pub(crate) fn is_valid(&self, token: &str) -> bool {
        self.valid.iter().any(|valid| valid == token)
    }

    pub(crate) fn is_expired(&self, token: &str) -> bool {
        self.expired.iter().any(|expired| expired == token)
    }

    /// Ends the validity of the first token and of those of all exchanges.
    pub(crate) fn expire(&mut self, first: &str) {
        self.expired.push(first.into());
        self.expired.append(&mut self.valid);
    }
}

/// Adds the credentials of a client that sends them in the header (RFC 6749, section 2.3.1) to the arguments.
pub(crate) fn add_credentials(request: &Request, arguments: &mut Map<String, Value>) {
    let basic = request
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, credentials)| base64(credentials.trim()));
    if let Some((id, secret)) = basic.as_deref().and_then(|text| text.split_once(':')) {
        arguments.insert("client_id".into(), id.into());
        arguments.insert("client_secret".into(), secret.into());
    }
}

/// Decodes base64 (RFC 4648, section 4) of a text.
fn base64(coded: &str) -> Option<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in coded.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `oauth.v2.access` with a refresh token, which is valid once.
pub(crate) fn access(call: &Call<'_>) -> Result<Body, Refusal> {
    let argument = |name| call.text(name).unwrap_or_default();
    let client = call.server.settings.client.as_ref();
    let client = client
        .filter(|client| client.id == argument("client_id"))
        .ok_or("invalid_client_id")?;
    if client.secret != argument("client_secret") {
        return Err("bad_client_secret".into());
    }
    if argument("grant_type") != "refresh_token" {
        return Err("invalid_grant_type".into());
    }
    let tokens = &mut call.server.workspace().tokens;
    let valid = tokens
        .refresh_token
        .as_ref()
        .unwrap_or(&client.refresh_token);
    if *valid != argument("refresh_token") {
        return Err("invalid_refresh_token".into());
    }
    let access_token = format!("xoxe.xoxb-1-{}", call.server.random_text(150));
    let refresh_token = format!("xoxe-1-{}", call.server.random_text(140));
    tokens.valid.push(access_token.clone());
    tokens.refresh_token = Some(refresh_token.clone());
    Ok(Body::new(&[
        ("app_id", APP_ID.into()),
        ("authed_user", json!({})),
        ("scope", "chat:write".into()),
        ("token_type", "bot".into()),
        ("access_token", access_token.into()),
        ("bot_user_id", BOT.into()),
        ("refresh_token", refresh_token.into()),
        ("expires_in", EXPIRES_IN.into()),
        ("team", json!({"id": TEAM, "name": TEAM_NAME})),
        ("enterprise", Value::Null),
        ("is_enterprise_install", false.into()),
    ]))
}
