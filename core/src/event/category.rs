//! The category of an event, by the name of its type.

use super::names::names;

/// The shape of an event: which [`Event`](super::Event) it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventCategory {
    Hello,
    Goodbye,
    MigrationStarted,
    Error,
    ReconnectUrl,
    Message,
    Ack,
    Rejection,
    Pong,
    Channel,
    Item,
    User,
    File,
    Subteam,
    Team,
    Unknown,
}

impl EventCategory {
    /// The shape of the type with this name.
    pub(crate) fn of(name: &str) -> Self {
        names(SHAPED)
            .zip(SHAPES)
            .find(|(known, _)| {
                let behind = name.strip_prefix(known);
                behind.is_some_and(|behind| behind.is_empty() || known.ends_with('_'))
            })
            .map_or(Self::Unknown, |(_, shape)| *shape)
    }
}

macro_rules! shapes {
    ($($shape:ident $name:literal)*) => {
        /// Whole names, and what names begin with (these end with `_`); the first that fits counts.
        /// Types that Slack does not document get their shape in this way, too.
        const SHAPED: &str = concat!($($name, " "),*);

        const SHAPES: &[EventCategory] = &[$(EventCategory::$shape),*];
    };
}

shapes! {
    Message "message"
    Hello "hello"
    Goodbye "goodbye"
    MigrationStarted "team_migration_started"
    Error "error"
    ReconnectUrl "reconnect_url"
    Pong "pong"
    Channel "user_typing"
    User "team_join"
    Channel "channel_"
    Channel "group_"
    Channel "im_"
    Channel "mpim_"
    Channel "member_"
    Channel "shared_channel_"
    Item "reaction_"
    Item "pin_"
    Item "star_"
    User "presence_"
    User "manual_presence_"
    User "dnd_"
    User "user_"
    File "file_"
    Subteam "subteam_"
    Team "team_"
    Team "bot_"
    Team "emoji_"
    Team "pref_"
    Team "external_org_"
    Team "accounts_"
    Team "commands_"
    Team "email_domain_"
}
