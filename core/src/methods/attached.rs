//! A message with attachments, of any method that posts or changes one.

use crate::blocks::Attachments;
use crate::web_api::{ArgumentError, Arguments, Method, MethodInfo};

/// A message with attachments, created by `attachments` of a method of [`chat`](super::chat).
///
/// It is a type of its own, so that the linker drops the attachments from programs that have none.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct WithAttachments<'a, M> {
    message: M,
    attachments: Attachments<'a>,
}

impl<'a, M> WithAttachments<'a, M> {
    pub(super) const fn new(message: M, attachments: Attachments<'a>) -> Self {
        Self {
            message,
            attachments,
        }
    }
}

impl<M: Method> Method for WithAttachments<'_, M> {
    fn info(&self) -> MethodInfo<'_> {
        self.message.info()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.message.write(arguments);
        arguments.json("attachments", |json| self.attachments.write(json));
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.message.check()?;
        self.attachments.check()
    }
}
