//! Blocks of Slack's Block Kit, as writers: what a message, a modal or the Home tab shows.
//!
//! A block is a value that borrows its texts. Nothing is allocated: the JSON is written into the
//! request while it is sent. [`check`](Block::check) compares a block with Slack's limits and names
//! the part that exceeds one.
//!
//! ```
//! use slack_rtm::blocks::{Actions, Block, BlockElement, Blocks, Button, HeaderBlock, Section, TextObject};
//! use slack_rtm::buffer::write_to_slice;
//! use slack_rtm::json::Writer;
//!
//! let header = HeaderBlock::new("Front door");
//! let text = Section::new(TextObject::markdown("<@U0123456789> rang the *bell*."));
//! let open = Button::new("open", "Open").value("5").primary();
//! let elements: [&dyn BlockElement; 1] = [&open];
//! let buttons = Actions::new(&elements);
//! let list: [&dyn Block; 3] = [&header, &text, &buttons];
//! let blocks = Blocks::list(&list);
//! assert!(blocks.check().is_ok());
//! # let mut memory = [0; 512];
//! # let json = write_to_slice(&mut memory, |sink| blocks.write(&mut Writer::new(sink)))?;
//! # assert!(json.starts_with(br#"[{"type":"header","text":{"type":"plain_text","text":"Front door"}},"#));
//! # Ok::<(), slack_rtm::buffer::ResourceError>(())
//! ```
//!
//! Blocks, attachments and views can also be JSON that the program has already, as [`JsonText`], or a
//! type of the program that implements `serde::Serialize`, with [`JsonText::serialize`].
//!
//! The limits are those of `docs.slack.dev/reference/block-kit`. They count characters, not bytes.

mod actions;
mod attachments;
mod block;
mod button;
mod context;
mod input;
mod json_text;
mod layout;
mod modal;
mod option;
mod section;
mod select;
mod text_object;
mod view_payload;

pub use actions::Actions;
pub use attachments::Attachments;
pub use block::{Block, BlockElement, Blocks};
pub use button::Button;
pub use context::Context;
pub use input::{Input, TextInput};
pub use json_text::{JsonText, JsonTextError};
pub use layout::{Divider, HeaderBlock};
pub use modal::{HomeTab, Modal};
pub use option::SelectOption;
pub use section::Section;
pub use select::{Select, SelectKind};
pub use text_object::TextObject;
pub use view_payload::ViewPayload;
