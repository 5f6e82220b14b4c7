//! The views in the variants of an event, some of which only one dialect has.

use crate::event::{
    self, ChannelEvent, FileEvent, ItemEvent, Message, SubteamEvent, TeamEvent, Unknown, UserEvent,
};
use crate::json::{Members, Paths};
use crate::rtm::{Notice, Pong, ReconnectUrl, Reply, ServerError};
use crate::socket_mode::{self, Disconnect, Envelope, Hello, Interaction, SlashCommand};
use crate::web_api::{Accepted, ApiError, Element};
use core::fmt;

/// The views of a [dialect](crate::Dialect), in the variants of [`Event`](crate::Event).
///
/// A variant that a dialect does not have holds a value that cannot exist, so that a program links
/// nothing for it.
pub trait EventViews: Copy + fmt::Debug + Format + Sealed + 'static {
    /// `T` in RTM, and [`Never`] in another dialect.
    type Rtm<'r, T: View<'r>>: View<'r>;
    /// `T` in Socket Mode, and [`Never`] in another dialect.
    type SocketMode<'r, T: View<'r>>: View<'r>;
    /// The view of `hello`.
    type Hello<'r>: View<'r>;

    /// The members that every table for events has.
    #[doc(hidden)] // a client reads it
    const COMMON_PATHS: &'static Paths;

    /// Returns the value of a variant that only RTM has, or `None` in another dialect.
    #[doc(hidden)] // a client calls it
    fn rtm<'r, T: View<'r>>(view: T) -> Option<Self::Rtm<'r, T>>;

    /// Returns the view of `hello`.
    #[doc(hidden)] // a client calls it
    fn hello(members: Members<'_>) -> Self::Hello<'_>;
}

/// RTM, Slack's Real Time Messaging API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rtm {}

impl EventViews for Rtm {
    type Rtm<'r, T: View<'r>> = T;
    type SocketMode<'r, T: View<'r>> = Never;
    type Hello<'r> = Notice<'r>;

    const COMMON_PATHS: &'static Paths = &event::COMMON_PATHS;

    fn rtm<'r, T: View<'r>>(view: T) -> Option<T> {
        Some(view)
    }

    fn hello(members: Members<'_>) -> Notice<'_> {
        Notice::new(members)
    }
}

/// Socket Mode, for apps that can be created today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SocketMode {}

impl EventViews for SocketMode {
    type Rtm<'r, T: View<'r>> = Never;
    type SocketMode<'r, T: View<'r>> = T;
    type Hello<'r> = Hello<'r>;

    const COMMON_PATHS: &'static Paths = &socket_mode::COMMON_PATHS;

    fn rtm<'r, T: View<'r>>(_: T) -> Option<Never> {
        None
    }

    fn hello(members: Members<'_>) -> Hello<'_> {
        Hello::new(members)
    }
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
impl Sealed for SocketMode {}
impl Sealed for Never {}
impl Sealed for ApiError<'_> {}

/// Implements the trait for views that have a method `members`.
macro_rules! views {
    ($($view:ident)*) => {
        $(
            impl<'r> $crate::client::view::View<'r> for $view<'r> {
                fn members(&self) -> Option<$crate::json::Members<'r>> {
                    Some($view::members(self))
                }
            }

            impl $crate::client::view::Sealed for $view<'_> {}
        )*
    };
}

pub(super) use views;

views! {
    Accepted ChannelEvent Disconnect Element Envelope FileEvent Hello Interaction ItemEvent Message
    Notice Pong ReconnectUrl Reply ServerError SlashCommand SubteamEvent TeamEvent Unknown UserEvent
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
