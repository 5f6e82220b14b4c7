//! `views.*`: showing and changing modals, and the Home tab.

use crate::blocks::ViewPayload;
use crate::web_api::paths::CALL;
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Method, MethodInfo, Rate, Repetition,
};

crate::paths! {
    /// The members of the responses to `views.*`, for [`ShownView`].
    pub const SHOWN_VIEW extends CALL {
        const ID = Whole "view.id";
        const HASH = Whole "view.hash";
        const EXTERNAL_ID = Whole "view.external_id";
        const ROOT_VIEW_ID = Whole "view.root_view_id";
        const PREVIOUS_VIEW_ID = Whole "view.previous_view_id";
    }
}

/// `views.open`: shows a modal to the person who caused an interaction.
///
/// Call it within 3 seconds after the interaction. A `trigger_id` is valid once, so the call is not
/// repeated if its response was lost.
///
/// ```
/// use slack_rtm::blocks::{Block, Blocks, HeaderBlock, Modal, ViewPayload};
/// use slack_rtm::methods::views::OpenView;
/// use slack_rtm::web_api::Method;
///
/// let header = HeaderBlock::new("Front door");
/// let blocks: [&dyn Block; 1] = [&header];
/// let view = ViewPayload::Modal(Modal::new("Doorbell", Blocks::list(&blocks)));
/// assert!(OpenView::new("1.2.3", view).check().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct OpenView<'a> {
    trigger_id: &'a str,
    view: ViewPayload<'a>,
}

impl<'a> OpenView<'a> {
    /// Shows a modal, with the `trigger_id` of the interaction.
    pub const fn new(trigger_id: &'a str, view: ViewPayload<'a>) -> Self {
        Self { trigger_id, view }
    }
}

impl Method for OpenView<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("views.open").rate(Rate::TIER_4)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("trigger_id", self.trigger_id);
        arguments.json("view", |json| self.view.write(json));
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.view.check()
    }
}

/// `views.push`: shows another modal on top of the one that a person uses. There are three at most.
///
/// A `trigger_id` is valid once, so the call is not repeated if its response was lost.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct PushView<'a> {
    trigger_id: &'a str,
    view: ViewPayload<'a>,
}

impl<'a> PushView<'a> {
    /// Shows a modal, with the `trigger_id` of an interaction with the modal below it.
    pub const fn new(trigger_id: &'a str, view: ViewPayload<'a>) -> Self {
        Self { trigger_id, view }
    }
}

impl Method for PushView<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("views.push").rate(Rate::TIER_4)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("trigger_id", self.trigger_id);
        arguments.json("view", |json| self.view.write(json));
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.view.check()
    }
}

/// `views.update`: replaces a modal that is open.
///
/// It is repeated if its response was lost; with a [`hash`](Self::hash) the second call is refused
/// with `hash_conflict` if the first one was done.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct UpdateView<'a> {
    /// The name of the argument with the id.
    name: &'static str,
    id: &'a str,
    view: ViewPayload<'a>,
    hash: Option<&'a str>,
}

impl<'a> UpdateView<'a> {
    /// Replaces the view with this id ([`ShownView::id`]).
    pub const fn new(view_id: &'a str, view: ViewPayload<'a>) -> Self {
        Self {
            name: "view_id",
            id: view_id,
            view,
            hash: None,
        }
    }

    /// Replaces the view with this `external_id`, of 1 to 255 characters, which the app chose.
    pub const fn by_external_id(external_id: &'a str, view: ViewPayload<'a>) -> Self {
        Self {
            name: "external_id",
            id: external_id,
            view,
            hash: None,
        }
    }

    /// Replaces the view only if it was not changed since the response with this hash
    /// ([`ShownView::hash`]).
    pub const fn hash(mut self, hash: &'a str) -> Self {
        self.hash = Some(hash);
        self
    }
}

impl Method for UpdateView<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("views.update")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text(self.name, self.id);
        arguments.json("view", |json| self.view.write(json));
        arguments.optional("hash", self.hash);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Id.check_text(self.id)?;
        self.view.check()
    }
}

/// `views.publish`: sets the Home tab that one person sees.
///
/// It is repeated if its response was lost; with a [`hash`](Self::hash) the second call is refused
/// with `hash_conflict` if the first one was done.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct PublishView<'a> {
    user_id: &'a str,
    view: ViewPayload<'a>,
    hash: Option<&'a str>,
}

impl<'a> PublishView<'a> {
    /// Sets the Home tab for the user with this id.
    pub const fn new(user_id: &'a str, view: ViewPayload<'a>) -> Self {
        Self {
            user_id,
            view,
            hash: None,
        }
    }

    /// Sets the tab only if it was not changed since the response with this hash
    /// ([`ShownView::hash`]).
    pub const fn hash(mut self, hash: &'a str) -> Self {
        self.hash = Some(hash);
        self
    }
}

impl Method for PublishView<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("views.publish")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("user_id", self.user_id);
        arguments.json("view", |json| self.view.write(json));
        arguments.optional("hash", self.hash);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.view.check()
    }
}

/// The response to [`OpenView`], [`PushView`], [`UpdateView`] or [`PublishView`]. It needs the
/// members in [`SHOWN_VIEW`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ShownView<'r>(Accepted<'r>);

impl<'r> ShownView<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `view.id`, for [`UpdateView::new`].
    pub fn id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("view.id")
    }

    /// Returns `view.hash`, for [`UpdateView::hash`] and [`PublishView::hash`].
    pub fn hash(&self) -> Option<&'r str> {
        self.0.members().text_or_number("view.hash")
    }

    /// Returns `view.external_id`, if the app chose one. An empty one is ignored.
    pub fn external_id(&self) -> Option<&'r str> {
        let id = self.0.members().text_or_number("view.external_id");
        id.filter(|id| !id.is_empty())
    }

    /// Returns `view.root_view_id`: the id of the lowest modal.
    pub fn root_view_id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("view.root_view_id")
    }

    /// Returns `view.previous_view_id`: the id of the modal below this one.
    pub fn previous_view_id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("view.previous_view_id")
    }
}
