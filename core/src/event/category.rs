//! The category of an event, by the name of its type.

use self::EventCategory::{Channel, File, Item, Message, Subteam, Team, Unknown, User};

/// The view that reads an event.
///
/// These are the categories of events that RTM and Socket Mode share. Frames that only one dialect
/// has (`hello`, acknowledgements, pongs) have no event in the other one, so they are in that
/// dialect's own enum, [`FrameCategory`](crate::rtm::FrameCategory) for RTM: a program for one
/// dialect links no name and no view of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventCategory {
    Message,
    Channel,
    Item,
    User,
    File,
    Subteam,
    Team,
    Unknown,
}

/// The names of types in each category: a whole name, or the beginning of several names, which
/// ends with `_`. The first row that fits counts, so a whole name precedes its beginning.
///
/// Types that Slack does not document get their category in this way, too. A row for each name
/// instead of each category would take 130 bytes of flash more.
const NAMES: [(EventCategory, &str); 7] = [
    (Message, "message app_mention"),
    (
        Channel,
        "user_typing channel_ group_ im_ mpim_ member_ shared_channel_ link_shared",
    ),
    (Item, "reaction_ pin_ star_"),
    (
        User,
        "team_join presence_ manual_presence_ dnd_ user_ app_home_opened",
    ),
    (File, "file_"),
    (Subteam, "subteam_"),
    (
        Team,
        "team_ bot_ emoji_ pref_ external_org_ accounts_ commands_ email_domain_ app_ tokens_revoked",
    ),
];

impl EventCategory {
    /// Returns the category of the type with this name.
    pub(crate) fn of(name: &str) -> Self {
        let fits = |known: &[u8]| {
            let rest = name.as_bytes().strip_prefix(known);
            matches!((rest, known), (Some([]), _) | (Some(_), [.., b'_']))
        };
        NAMES
            .iter()
            .find(|(_, names)| names.as_bytes().split(|byte| *byte == b' ').any(fits))
            .map_or(Unknown, |(category, _)| *category)
    }
}

#[cfg(test)]
mod tests {
    use super::EventCategory;

    #[test]
    fn a_whole_name_precedes_the_beginning_of_names() {
        for (name, category) in [
            ("message", EventCategory::Message),
            ("message_changed", EventCategory::Unknown),
            ("user_typing", EventCategory::Channel),
            ("user_change", EventCategory::User),
            ("team_join", EventCategory::User),
            ("team_joined", EventCategory::Team),
            ("channel", EventCategory::Unknown),
            ("", EventCategory::Unknown),
        ] {
            assert_eq!(EventCategory::of(name), category, "{name}");
        }
    }
}
