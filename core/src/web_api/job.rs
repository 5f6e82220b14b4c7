//! A call that a `Caller` makes: the method, the members to keep, and whether it may be done twice.

use super::method::Method;
use crate::json::Paths;
use core::fmt;

/// A call that a [`Caller`](super::Caller) makes.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub(super) method: &'a dyn Method,
    pub(super) paths: &'static Paths,
    pub(super) at_least_once: bool,
}

impl<'a> Job<'a> {
    /// Creates a call of `method` that keeps the members of the response that `paths` names: one of the
    /// tables in [`paths`](super::paths), or one that extends it.
    pub const fn new(method: &'a dyn Method, paths: &'static Paths) -> Self {
        Self {
            method,
            paths,
            at_least_once: false,
        }
    }

    /// Repeats the call if its response was lost, although Slack may then do it twice. Without
    /// this, such a call ends as [`Unconfirmed`](super::CallerEvent::Unconfirmed), unless its
    /// repetition is [harmless](super::Repetition::Harmless).
    #[must_use]
    pub const fn at_least_once(mut self) -> Self {
        self.at_least_once = true;
        self
    }
}

/// Shows the method's name.
impl fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("method", &self.method.info().name)
            .field("at_least_once", &self.at_least_once)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Job<'_>);
