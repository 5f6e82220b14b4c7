//! `oauth.v2.access`: the exchange of a refresh token, for apps with token rotation.

use crate::time::Duration;
use crate::web_api::paths::CALL;
use crate::web_api::{Accepted, Arguments, Method, MethodInfo, Rate};
use core::fmt;

crate::paths! {
    /// The members of the response to `oauth.v2.access`, for [`NewTokens`].
    pub const NEW_TOKENS extends CALL {
        const ACCESS_TOKEN = Whole "access_token";
        const REFRESH_TOKEN = Whole "refresh_token";
        const EXPIRES_IN = Whole "expires_in";
    }
}

/// `oauth.v2.access` with a refresh token: returns the next pair of tokens.
///
/// It needs no token. A refresh token is valid once: store the new pair before anything else. So
/// the call is not repeated if its response was lost.
///
/// `Debug` shows none of the secrets.
#[derive(Clone, Copy)]
#[must_use]
pub struct RefreshTokens<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    refresh_token: &'a str,
}

impl<'a> RefreshTokens<'a> {
    /// Exchanges this refresh token. Id and secret of the client are in the settings of the app.
    pub const fn new(client_id: &'a str, client_secret: &'a str, refresh_token: &'a str) -> Self {
        Self {
            client_id,
            client_secret,
            refresh_token,
        }
    }
}

impl Method for RefreshTokens<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("oauth.v2.access")
            .rate(Rate::TIER_4)
            .without_token()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("grant_type", "refresh_token");
        arguments.text("client_id", self.client_id);
        arguments.text("client_secret", self.client_secret);
        arguments.text("refresh_token", self.refresh_token);
    }
}

impl fmt::Debug for RefreshTokens<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshTokens").finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(RefreshTokens<'_>);

/// The response to [`RefreshTokens`]. It needs the members in [`NEW_TOKENS`], and a receive buffer of
/// 2 KiB, in which a token may have 256 bytes.
///
/// `Debug` shows none of the tokens.
#[derive(Clone, Copy)]
pub struct NewTokens<'r>(Accepted<'r>);

impl<'r> NewTokens<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `access_token`: the token of the next calls
    /// ([`Caller::set_token`](crate::web_api::Caller::set_token)).
    pub fn access_token(&self) -> Option<&'r str> {
        self.0.members().text_or_number("access_token")
    }

    /// Returns `refresh_token`: the one for the next exchange.
    pub fn refresh_token(&self) -> Option<&'r str> {
        self.0.members().text_or_number("refresh_token")
    }

    /// Returns `expires_in`: the time for which the access token is valid, 12 hours.
    pub fn expires_in(&self) -> Option<Duration> {
        let seconds = self.0.members().find("expires_in")?.as_u64()?;
        Some(Duration::from_secs(seconds))
    }
}

impl fmt::Debug for NewTokens<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTokens")
            .field("expires_in", &self.expires_in())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(NewTokens<'_>);
