//! Slack's error codes, with their meaning and remedy.

use crate::parse;
use core::fmt;

/// The remedy for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Remedy {
    /// The error is temporary: try again with growing delays, and not before a `Retry-After`.
    Retry,
    /// The code is unknown to this crate: try again with the longest delay.
    RetrySlowly,
    /// The token is no longer valid: get a new one. Trying again does not help.
    ReplaceToken,
    /// The token or its app is of the wrong kind, or not allowed here: use another app, add the
    /// scope, or ask an administrator. Trying again does not help.
    ChangeApp,
    /// The request is wrong: correct the arguments, or report a bug. Trying again does not help.
    FixRequest,
    /// Call `rtm.connect` instead of `rtm.start`.
    UseRtmConnect,
    /// A state or a setting in Slack forbids the call, such as an archived channel or a missing
    /// membership: drop the call, and have a member or an administrator change it.
    ChangeWorkspace,
    /// Nothing is to be done: the purpose of the call is fulfilled already.
    Nothing,
}

impl Remedy {
    /// Returns whether the same request may succeed later.
    pub const fn is_retry(self) -> bool {
        matches!(self, Self::Retry | Self::RetrySlowly)
    }

    /// Returns what to do, in a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "try again later",
            Self::RetrySlowly => "look the code up in Slack's documents; try again later",
            Self::ReplaceToken => "get a new token",
            Self::ChangeApp => {
                "use a token of another app or with more scopes, or ask an administrator"
            }
            Self::FixRequest => "correct the arguments of the call",
            Self::UseRtmConnect => "call rtm.connect instead",
            Self::ChangeWorkspace => "drop the call, and ask a member or an administrator",
            Self::Nothing => "nothing is left to be done",
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The hash of the code for a rate limit.
const RATELIMITED: u32 = parse::fnv1a("ratelimited");
/// The hash of the same code in the spelling of `chat.postMessage`.
const RATE_LIMITED: u32 = parse::fnv1a("rate_limited");

/// One line per code: variant, code, remedy, meaning.
macro_rules! error_codes {
    ($($variant:ident $code:literal $remedy:ident $meaning:literal)*) => {
        /// The reason why Slack refused a call: the member `error` of a response with `"ok":false`.
        ///
        /// The variants are the codes of the methods that open a session, and those that every
        /// method may return. [`meaning`](Self::meaning) explains the code;
        /// [`remedy`](Self::remedy) is the thing to do. Any other code keeps its text;
        /// [`explain`](Self::explain) looks it up in the table of the method.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum ErrorCode<'r> {
            $(
                #[doc = concat!("`", $code, "`: ", $meaning, ".")]
                #[doc = ""]
                #[doc = concat!("Remedy: [`Remedy::", stringify!($remedy), "`].")]
                $variant,
            )*
            /// Any other code, in Slack's spelling.
            Other(&'r str),
        }

        impl<'r> ErrorCode<'r> {
            /// Every code that this crate knows by name.
            pub const KNOWN: &'static [ErrorCode<'static>] = &[$(ErrorCode::$variant),*];

            /// Hashes of the codes. The texts take four times the flash, and only a program that
            /// shows them is linked with them.
            const HASHES: &'static [u32] = &[$(parse::fnv1a($code)),*];

            /// Returns the code with this text.
            ///
            /// The text is compared by a hash of 32 bits. An unknown code is mistaken for a known
            /// one with a probability of 1 in a hundred million. `rate_limited` is another spelling
            /// of `ratelimited`.
            pub fn from_code(text: &'r str) -> Self {
                // Numbers the variants, so that the match below compiles to a table.
                enum Place { $($variant),* }
                let mut hash = parse::fnv1a(text);
                if hash == RATE_LIMITED {
                    hash = RATELIMITED;
                }
                match Self::HASHES.iter().position(|known| *known == hash) {
                    $(Some(place) if place == Place::$variant as usize => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }

            /// Returns Slack's text of the code.
            pub const fn as_str(self) -> &'r str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(text) => text,
                }
            }

            /// Returns the code without a borrowed text: an unknown code loses its text.
            pub const fn without_text(self) -> ErrorCode<'static> {
                match self {
                    $(Self::$variant => ErrorCode::$variant,)*
                    Self::Other(_) => ErrorCode::Other("other"),
                }
            }

            /// Returns the remedy.
            pub const fn remedy(self) -> Remedy {
                match self {
                    $(Self::$variant => Remedy::$remedy,)*
                    Self::Other(_) => Remedy::RetrySlowly,
                }
            }

            /// Returns the meaning, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                    Self::Other(_) => "an error that this program does not know",
                }
            }
        }
    };
}

error_codes! {
    NotAuthed "not_authed" ReplaceToken "no token came with the call"
    InvalidAuth "invalid_auth" ReplaceToken "the token is not valid, or not from this network address"
    AccountInactive "account_inactive" ReplaceToken "the token's user or workspace was deleted"
    TokenRevoked "token_revoked" ReplaceToken "the token was revoked, or its app removed"
    TokenExpired "token_expired" ReplaceToken "the token has expired"
    UserRemovedFromTeam "user_removed_from_team" ReplaceToken "the token's user was removed from the workspace"
    TeamDisabled "team_disabled" ReplaceToken "the workspace was disabled"
    NoPermission "no_permission" ReplaceToken "the token lacks the permissions for this call"
    OrgLoginRequired "org_login_required" ReplaceToken "the workspace moves into an organization and is closed until that is done"
    TwoFactorSetupRequired "two_factor_setup_required" ReplaceToken "the user must set up two-factor authentication first"
    NotAllowedTokenType "not_allowed_token_type" ChangeApp "this kind of token cannot use the method: RTM takes tokens of classic apps, apps.connections.open an app-level token (xapp-)"
    MissingScope "missing_scope" ChangeApp "the token was not granted a scope that the method needs"
    AccessDenied "access_denied" ChangeApp "access to something that the call names is denied"
    AccessLimited "accesslimited" ChangeApp "the method is limited on this network"
    TeamAccessNotGranted "team_access_not_granted" ChangeApp "the token was not granted access to this workspace"
    EkmAccessDenied "ekm_access_denied" ChangeApp "administrators have suspended posting"
    EnterpriseIsRestricted "enterprise_is_restricted" ChangeApp "the method cannot be called for an enterprise"
    DeprecatedEndpoint "deprecated_endpoint" ChangeApp "this URL is no longer served"
    MethodDeprecated "method_deprecated" ChangeApp "the method is no longer served"
    IsBot "is_bot" ChangeApp "a bot's token cannot use the method"
    InvalidArgName "invalid_arg_name" FixRequest "an argument's name is too long or has characters beside letters, digits and _"
    InvalidArguments "invalid_arguments" FixRequest "arguments are missing or not as the method wants them"
    InvalidArrayArg "invalid_array_arg" FixRequest "an argument is an array; only strings are taken"
    InvalidCharset "invalid_charset" FixRequest "the charset of Content-Type is neither utf-8 nor iso-8859-1"
    InvalidFormData "invalid_form_data" FixRequest "the form is missing or malformed"
    InvalidPostType "invalid_post_type" FixRequest "the Content-Type is not one that the method takes"
    MissingPostType "missing_post_type" FixRequest "a body came without Content-Type"
    InvalidJson "invalid_json" FixRequest "the body is not JSON"
    JsonNotObject "json_not_object" FixRequest "the body is JSON, but not an object"
    UnknownMethod "unknown_method" FixRequest "there is no method of this name"
    RateLimited "ratelimited" Retry "too many calls; Retry-After is the time to wait"
    InternalError "internal_error" Retry "the server failed, most likely for a moment; part of the call may have been done"
    FatalError "fatal_error" Retry "the server failed badly; part of the call may have been done"
    ServiceUnavailable "service_unavailable" Retry "the service is down for the moment"
    RequestTimeout "request_timeout" Retry "the request's body did not arrive completely"
    MigrationInProgress "migration_in_progress" Retry "the workspace moves between servers"
    TeamAddedToOrg "team_added_to_org" Retry "the workspace moves into an organization; calls fail at times until that is done"
    RtmConnectRequired "rtm_connect_required" UseRtmConnect "rtm.start is no longer served here"
}

/// Codes by which Slack refuses a call because its purpose is fulfilled already.
const HARMLESS: &[&str] = &[
    "already_in_channel",
    "already_open",
    "already_reacted",
    "no_op",
    "no_reaction",
    "username_same",
];

impl ErrorCode<'_> {
    /// Returns whether the refusal is as good as success, since the purpose of the call is
    /// fulfilled already: the reaction is there (`already_reacted`), or the one to be removed is
    /// not (`no_reaction`).
    ///
    /// `message_not_found` is not among them: it is also the response to a wrong timestamp.
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::Other(text) if HARMLESS.contains(&text))
    }
}

/// Writes the code, its meaning and the remedy.
impl fmt::Display for ErrorCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}; {}",
            self.as_str(),
            self.meaning(),
            self.remedy()
        )
    }
}
