//! The ids by which a client recognises its own messages: of its user, its bot and its app.

use core::fmt;
use heapless::String;

use crate::web_api::Accepted;

/// The longest id that is kept, in bytes. Those of Slack have eleven.
const ID_BYTES: usize = 14;

/// An id; empty if it is unknown.
type Id = String<ID_BYTES, u8>;

/// The ids of a client's own user, bot and app, as far as they are known.
///
/// A bot has a user id (`U…`) and a bot id (`B…`), and belongs to an app (`A…`). Which of them a
/// message has depends on how it was posted. One with any of these ids is the client's own
/// ([`Message::is_own`](super::Message::is_own)).
///
/// The client reads its user id from the response to the opening call, which has neither of the
/// others. A program that posts by Web API methods too passes the response of `auth.test` or
/// `chat.postMessage` to [`from_response`](Self::from_response) and the result to
/// [`Client::set_identity`](crate::Client::set_identity), or sets ids that it was configured with.
///
/// An id of more than 14 bytes is treated as unknown.
///
/// ```
/// use slack_rtm::event::Identity;
/// use slack_rtm::web_api::{CallEvent, paths};
/// use slack_rtm::{Client, Config, Token, entropy};
///
/// # let random = entropy::from_fn(|out| { out.fill(4); Ok(()) });
/// let mut client = Client::new(Config::new(), "xoxb-1", Token::<64>::new(), random)?;
/// client.set_identity(&Identity::new().bot("B0123456789"));
///
/// // Of a `Call` of `auth.test` or `chat.postMessage` that keeps the members in `paths::IDENTITY`.
/// let mut handle_event = |event: CallEvent<'_>| {
///     if let CallEvent::Accepted(response) = event {
///         client.set_identity(&Identity::from_response(&response));
///     }
/// };
/// # let _ = (&mut handle_event, &paths::IDENTITY);
/// # Ok::<(), slack_rtm::ConfigError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    user: Id,
    bot: Id,
    app: Id,
}

impl Identity {
    /// Creates an identity without any id.
    pub const fn new() -> Self {
        Self {
            user: Id::new(),
            bot: Id::new(),
            app: Id::new(),
        }
    }

    /// Sets the user id.
    #[must_use]
    pub fn user(mut self, id: &str) -> Self {
        set(&mut self.user, id);
        self
    }

    /// Sets the bot id.
    #[must_use]
    pub fn bot(mut self, id: &str) -> Self {
        set(&mut self.bot, id);
        self
    }

    /// Sets the app id.
    #[must_use]
    pub fn app(mut self, id: &str) -> Self {
        set(&mut self.app, id);
        self
    }

    /// Returns the ids in the response to a method that names the caller: `auth.test`
    /// (`user_id`, `bot_id`, `app_id`), a method that posts a message of the caller, such as
    /// `chat.postMessage` (`message.user`, `message.bot_id`, `message.app_id`), or the opening call
    /// (`self.id`). The table of the call has these members:
    /// [`paths::IDENTITY`](crate::web_api::paths::IDENTITY), or one that extends it.
    ///
    /// Do not use it with methods that return messages of others, such as `reactions.get`.
    pub fn from_response(response: &Accepted<'_>) -> Self {
        let id = |names: &[&str]| {
            let mut found = names.iter().map(|name| response.members().text(name));
            found.find_map(|id| id).map_or("", |id| id.as_str())
        };
        Self::new()
            .user(id(&["self.id", "user_id", "message.user"]))
            .bot(id(&["bot_id", "message.bot_id"]))
            .app(id(&["app_id", "message.app_id"]))
    }

    /// Returns the user id.
    pub fn user_id(&self) -> Option<&str> {
        get(&self.user)
    }

    /// Returns the bot id.
    pub fn bot_id(&self) -> Option<&str> {
        get(&self.bot)
    }

    /// Returns the app id.
    pub fn app_id(&self) -> Option<&str> {
        get(&self.app)
    }

    /// Whether `id` is one of the three.
    pub fn contains(&self, id: &str) -> bool {
        !id.is_empty()
            && [&self.user, &self.bot, &self.app]
                .iter()
                .any(|own| own.as_str() == id)
    }

    /// Replaces the user id.
    pub(crate) fn set_user(&mut self, id: &str) {
        set(&mut self.user, id);
    }

    /// Replaces the ids that `other` has, and keeps the rest.
    pub(crate) fn update(&mut self, other: &Self) {
        let Self { user, bot, app } = self;
        for (own, other) in [(user, &other.user), (bot, &other.bot), (app, &other.app)] {
            if !other.is_empty() {
                own.clone_from(other);
            }
        }
    }
}

fn get(id: &Id) -> Option<&str> {
    (!id.is_empty()).then_some(id.as_str())
}

/// Replaces an id. One that does not fit is unknown.
fn set(own: &mut Id, id: &str) {
    own.clear();
    let _ = own.push_str(id);
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("user_id", &self.user_id())
            .field("bot_id", &self.bot_id())
            .field("app_id", &self.app_id())
            .finish()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Identity);
