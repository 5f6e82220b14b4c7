//! The people of the workspace: those with a token, and any number of others, which are made when they are asked for.

use std::collections::HashMap;

use crate::{BOT, USER, USER_TOKEN};

/// How the id of a generated user begins. Its number follows, in seven digits.
const GENERATED: &str = "U1";

/// What the name of a generated user begins with.
const NAME: &str = "user";

pub(crate) const BOT_NAME: &str = "fakebot";

/// Somebody.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_bot: bool,
    pub(crate) token: Option<String>,
    pub(crate) presence: String,
    /// Whether the user chose to be away.
    pub(crate) is_away: bool,
    pub(crate) profile: Profile,
}

/// The part of a profile that can be set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) status_text: String,
    pub(crate) status_emoji: String,
    pub(crate) status_expiration: u64,
    /// All other members.
    pub(crate) others: serde_json::Map<String, serde_json::Value>,
}

impl User {
    fn new(id: &str, name: &str, is_bot: bool, token: Option<&str>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            is_bot,
            token: token.map(String::from),
            presence: "away".into(),
            is_away: false,
            profile: Profile::default(),
        }
    }

    /// The address that the user can be looked up by; a bot has none.
    pub(crate) fn email(&self) -> Option<String> {
        (!self.is_bot).then(|| format!("{}@example.com", self.name))
    }
}

/// All users. Their numbers are 0 for the bot, 1 for the person, and so on.
#[derive(Debug)]
pub(crate) struct People {
    named: Vec<User>,
    generated: usize,
    /// The generated users that have changed, by their ids.
    changed: HashMap<String, User>,
}

impl People {
    pub(crate) fn new(token: &str, generated: usize) -> Self {
        Self {
            named: vec![
                User::new(BOT, BOT_NAME, true, Some(token)),
                User::new(USER, "alice", false, Some(USER_TOKEN)),
            ],
            generated,
            changed: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.named.len() + self.generated
    }

    /// The bot.
    pub(crate) fn bot(&self) -> User {
        self.named[0].clone()
    }

    /// The user with this number.
    pub(crate) fn at(&self, number: usize) -> Option<User> {
        if let Some(user) = self.named.get(number) {
            return Some(user.clone());
        }
        let number = number - self.named.len();
        (number < self.generated).then(|| {
            let id = format!("{GENERATED}{number:07}");
            let changed = self.changed.get(&id).cloned();
            changed.unwrap_or_else(|| User::new(&id, &format!("{NAME}{number}"), false, None))
        })
    }

    /// The id of the user with this number.
    pub(crate) fn id(&self, number: usize) -> String {
        match self.named.get(number) {
            Some(user) => user.id.clone(),
            None => format!("{GENERATED}{:07}", number - self.named.len()),
        }
    }

    /// The number of the user with this id.
    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        let named = self.named.iter().position(|user| user.id == id);
        named.or_else(|| {
            let digits = id.strip_prefix(GENERATED)?;
            let number: usize = digits.parse().ok()?;
            let is_id = digits.len() >= 7 && digits.bytes().all(|digit| digit.is_ascii_digit());
            (is_id && number < self.generated).then_some(number + self.named.len())
        })
    }

    /// The user with this id.
    pub(crate) fn get(&self, id: &str) -> Option<User> {
        self.at(self.number(id)?)
    }

    pub(crate) fn with_token(&self, token: &str) -> Option<User> {
        let mut named = self.named.iter();
        named
            .find(|user| user.token.as_deref() == Some(token))
            .cloned()
    }

    pub(crate) fn with_email(&self, email: &str) -> Option<User> {
        let is_it = |user: &User| user.email().is_some_and(|known| known == email);
        if let Some(user) = self.named.iter().find(|user| is_it(user)) {
            return Some(user.clone());
        }
        let number = email.strip_suffix("@example.com")?.strip_prefix(NAME)?;
        let user = self.at(number
            .parse::<usize>()
            .ok()?
            .checked_add(self.named.len())?)?;
        is_it(&user).then_some(user)
    }

    /// Changes the user with this id; nothing if there is none.
    pub(crate) fn change(&mut self, id: &str, change: impl FnOnce(&mut User)) {
        let Some(mut user) = self.get(id) else { return };
        change(&mut user);
        match self.named.iter_mut().find(|named| named.id == id) {
            Some(named) => *named = user,
            None => drop(self.changed.insert(id.into(), user)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_number_id_and_email() {
        let people = People::new("xoxb-1", 100_000);
        assert_eq!(people.len(), 100_002);
        for (number, id) in [
            (0, BOT),
            (1, USER),
            (2, "U10000000"),
            (100_001, "U10099999"),
        ] {
            assert_eq!(people.at(number).unwrap().id, id);
            assert_eq!(
                (people.number(id), people.id(number)),
                (Some(number), id.into())
            );
        }
        for id in ["U10100000", "U1+000001", "U11", "U1", "U1x", ""] {
            assert_eq!(people.number(id), None, "{id}");
        }
        assert!(people.at(100_002).is_none());
        let by_email = |email| people.with_email(email).map(|user| user.id);
        assert_eq!(by_email("alice@example.com").as_deref(), Some(USER));
        assert_eq!(
            by_email("user99999@example.com").as_deref(),
            Some("U10099999")
        );
        for email in [
            "user100000@example.com",
            "fakebot@example.com",
            "user01@example.com",
        ] {
            assert_eq!(by_email(email), None, "{email}");
        }
    }

    #[test]
    fn a_generated_user_can_change() {
        let mut people = People::new("xoxb-1", 3);
        people.change("U10000002", |user| user.presence = "active".into());
        people.change("U10000003", |user| user.presence = "active".into());
        assert_eq!(people.at(4).unwrap().presence, "active");
        assert_eq!(people.at(3).unwrap().presence, "away");
    }
}
