//! The argument `view` of the methods for views.

use super::json_text::JsonText;
use super::modal::{HomeTab, Modal};
use crate::json::Writer;
use crate::web_api::ArgumentError;

/// A view as an argument: of `views.open`, `views.push` and `views.update` a modal, of
/// `views.publish` the Home tab.
///
/// ```
/// use slack_rtm::blocks::{Block, Blocks, HeaderBlock, HomeTab, ViewPayload};
/// use slack_rtm::methods::views::PublishView;
/// use slack_rtm::web_api::Method;
///
/// let header = HeaderBlock::new("Front door");
/// let blocks: [&dyn Block; 1] = [&header];
/// let view = ViewPayload::HomeTab(HomeTab::new(Blocks::list(&blocks)));
/// assert!(PublishView::new("U0123456789", view).check().is_ok());
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
