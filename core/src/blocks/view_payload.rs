//! The argument `view` of the methods for views.

use super::json_text::JsonText;
use super::modal::{HomeTab, Modal};
use crate::json::Writer;
use crate::web_api::ArgumentError;

/// A view as an argument: of `views.open`, `views.push` and `views.update` a modal, of
/// `views.publish` the Home tab.
///
/// ```
/// use slack_rtm::blocks::{Block, Blocks, HeaderBlock, Modal, ViewPayload};
/// use slack_rtm::web_api::{ArgumentError, Arguments, Method, MethodInfo, Rate};
///
/// /// `views.open`: shows a modal.
/// struct OpenView<'a> {
///     trigger_id: &'a str,
///     view: ViewPayload<'a>,
/// }
///
/// impl Method for OpenView<'_> {
///     fn info(&self) -> MethodInfo<'_> {
///         MethodInfo::new("views.open").rate(Rate::TIER_4)
///     }
///
///     fn write(&self, arguments: &mut Arguments<'_>) {
///         arguments.text("trigger_id", self.trigger_id);
///         arguments.json("view", |json| self.view.write(json));
///     }
///
///     fn check(&self) -> Result<(), ArgumentError> {
///         self.view.check()
///     }
/// }
///
/// let header = HeaderBlock::new("Front door");
/// let blocks: [&dyn Block; 1] = [&header];
/// let view = ViewPayload::Modal(Modal::new("Doorbell", Blocks::list(&blocks)));
/// assert!(OpenView { trigger_id: "1.2.3", view }.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ViewPayload<'a> {
    /// A modal.
    Modal(Modal<'a>),
    /// The Home tab.
    HomeTab(HomeTab<'a>),
    /// A view that is JSON already: an object. Its limits are not checked.
    Json(JsonText<'a>),
}

impl ViewPayload<'_> {
    /// Checks Slack's limits.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    pub fn check(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Modal(modal) => modal.check(),
            Self::HomeTab(tab) => tab.check(),
            Self::Json(_) => Ok(()),
        }
    }

    /// Writes the view, which is an object.
    pub fn write(&self, json: &mut Writer<'_>) {
        match self {
            Self::Modal(modal) => modal.write(json),
            Self::HomeTab(tab) => tab.write(json),
            Self::Json(text) => text.write(json),
        }
    }
}
