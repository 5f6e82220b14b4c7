//! Menus from which one value is selected.

use super::block::BlockElement;
use super::option::SelectOption;
use super::text_object::plain_member;
use crate::json::Writer;
use crate::web_api::{ArgumentError, ArgumentPart};

/// The values that a [`Select`] offers.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SelectKind<'a> {
    /// 1 to 100 options (`static_select`).
    Options(&'a [SelectOption<'a>]),
    /// The options that the app sends while a person types (`external_select`).
    External,
    /// The people of the workspace (`users_select`).
    Users,
    /// The conversations that the person sees (`conversations_select`).
    Conversations,
    /// The public channels (`channels_select`).
    Channels,
}

/// A menu from which a person selects one value.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Select<'a> {
    action_id: &'a str,
    kind: SelectKind<'a>,
    placeholder: Option<&'a str>,
}

impl<'a> Select<'a> {
    /// Creates a menu. `action_id` has 1 to 255 characters, and is in the event of a selection.
    pub const fn new(action_id: &'a str, kind: SelectKind<'a>) -> Self {
        Self {
            action_id,
            kind,
            placeholder: None,
        }
    }

    /// Sets the plain text, of 1 to 150 characters, that is shown while nothing is selected.
    #[must_use]
    pub const fn placeholder(mut self, text: &'a str) -> Self {
        self.placeholder = Some(text);
        self
    }
}

impl BlockElement for Select<'_> {
    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Id.check_text(self.action_id)?;
        ArgumentPart::Placeholder.check_optional(self.placeholder)?;
        match self.kind {
            SelectKind::Options(options) => {
                ArgumentPart::Options.check(options.len())?;
                options.iter().try_for_each(SelectOption::check)
            }
            _ => Ok(()),
        }
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("type").text(match self.kind {
            SelectKind::Options(_) => "static_select",
            SelectKind::External => "external_select",
            SelectKind::Users => "users_select",
            SelectKind::Conversations => "conversations_select",
            SelectKind::Channels => "channels_select",
        });
        json.name("action_id").text(self.action_id);
        if let Some(text) = self.placeholder {
            plain_member(json, "placeholder", text);
        }
        if let SelectKind::Options(options) = self.kind {
            json.name("options").begin_array();
            options.iter().for_each(|option| option.write(json));
            json.end_array();
        }
        json.end_object();
    }
}
