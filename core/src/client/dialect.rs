//! The dialect of a client: which events there can be.

use crate::event::{
    ChannelEvent, FileEvent, ItemEvent, Message, SubteamEvent, TeamEvent, Unknown, UserEvent,
};
use crate::json::Members;
use crate::rtm::{Notice, Pong, ReconnectUrl, Reply, ServerError};
use crate::web_api::{Accepted, ApiError, Element};
use core::fmt;

/// The protocol over the socket, a type parameter of [`Event`](crate::Event).
///
/// A variant that a dialect does not have holds a value that cannot exist, so that a program links
/// nothing for it. A handler for any dialect is generic:
/// `fn handle<D: Dialect>(event: &Event<'_, D>)`.
pub trait Dialect: Copy + fmt::Debug + Format + Sealed + 'static {
    /// `T` in RTM, and [`Never`] in another dialect.
    type Rtm<'r, T: View<'r>>: View<'r>;
}

/// RTM, Slack's Real Time Messaging API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rtm {}

impl Dialect for Rtm {
    type Rtm<'r, T: View<'r>> = T;
}

/// The value of a variant that a dialect does not have: there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Never {}

/// A view in a variant of [`Event`](crate::Event). It is implemented for the views of this crate
/// only.
pub trait View<'r>: Copy + fmt::Debug + Format + Sealed {
    /// Returns the members that were kept; `None` for a refusal, which has its own accessors.
    fn members(&self) -> Option<Members<'r>>;
}

impl<'r> View<'r> for Never {
    fn members(&self) -> Option<Members<'r>> {
        match *self {}
    }
}

impl<'r> View<'r> for ApiError<'r> {
    fn members(&self) -> Option<Members<'r>> {
        None
    }
}

impl Sealed for Rtm {}
impl Sealed for Never {}
impl Sealed for ApiError<'_> {}

/// Implements the trait for views that have a method `members`.
macro_rules! views {
    ($($view:ident)*) => {
        $(
            impl<'r> $crate::client::dialect::View<'r> for $view<'r> {
                fn members(&self) -> Option<$crate::json::Members<'r>> {
                    Some($view::members(self))
                }
            }

            impl $crate::client::dialect::Sealed for $view<'_> {}
        )*
    };
}

pub(super) use views;

views! {
    Accepted ChannelEvent Element FileEvent ItemEvent Message Notice Pong ReconnectUrl Reply
    ServerError SubteamEvent TeamEvent Unknown UserEvent
}

/// No other crate implements the traits of this file.
#[allow(unreachable_pub)] // it bounds public traits
pub trait Sealed {}

/// `defmt::Format` with the feature `defmt`, and nothing without it.
#[cfg(feature = "defmt")]
#[allow(unreachable_pub)] // it bounds public traits
pub trait Format: defmt::Format {}

#[cfg(feature = "defmt")]
impl<T: defmt::Format> Format for T {}

/// `defmt::Format` with the feature `defmt`, and nothing without it.
#[cfg(not(feature = "defmt"))]
#[allow(unreachable_pub)] // it bounds public traits
pub trait Format {}

#[cfg(not(feature = "defmt"))]
impl<T> Format for T {}
