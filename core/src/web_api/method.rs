//! Methods of the Web API, and their arguments.

use super::argument_error::ArgumentError;
use super::arguments::Arguments;
use super::body::Body;
use super::cleartext::Cleartext;
use super::exchange::Advance;
use super::placement::ArgumentsIn;
use super::rate::Rate;
use super::request_error::RequestError;
use crate::buffer::{RecvBuf, Sink};
use crate::http::request::RequestWriter;
use crate::url::Url;
use core::fmt;

/// A method of the Web API, with its arguments.
///
/// The modules in [`methods`](crate::methods) have the methods of a bot. [`Named`] is any other
/// one, by its name. Implement the trait for a method of your own that is used often:
///
/// ```
/// use slack_rtm::web_api::{Arguments, Method, MethodInfo, Rate, Repetition};
///
/// /// `pins.add`: pins a message to its channel.
/// #[derive(Debug)]
/// struct AddPin<'a> {
///     channel: &'a str,
///     ts: &'a str,
/// }
///
/// impl Method for AddPin<'_> {
///     fn info(&self) -> MethodInfo<'_> {
///         MethodInfo::new("pins.add").rate(Rate::TIER_2).repetition(Repetition::Harmless)
///     }
///
///     fn write(&self, arguments: &mut Arguments<'_>) {
///         arguments.text("channel", self.channel);
///         arguments.text("timestamp", self.ts);
///     }
/// }
/// ```
///
/// A method is `Sync`, so that the future of a call can be sent to another thread.
pub trait Method: Sync {
    /// Returns the name of the method and its properties.
    fn info(&self) -> MethodInfo<'_>;

    /// Writes the arguments, without the token.
    ///
    /// It is called several times for one request: to count the bytes, and again for each part that
    /// fits into the send buffer. Every call must write the same arguments.
    fn write(&self, arguments: &mut Arguments<'_>);

    /// Checks Slack's limits on the arguments, before anything is sent.
    ///
    /// # Errors
    /// [`ArgumentError`] names the part that exceeds its limit.
    fn check(&self) -> Result<(), ArgumentError> {
        Ok(())
    }
}

/// The name of a method, and the properties that decide how it is called.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodInfo<'a> {
    /// The name, such as `chat.postMessage`.
    pub name: &'a str,
    /// Where Slack's documents prefer the arguments.
    pub arguments_in: ArgumentsIn,
    /// Whether the call may be repeated if its response was lost.
    pub repetition: Repetition,
    /// The rate that Slack allows.
    pub rate: Rate,
    /// The channel whose calls the rate is for, or `None` if it is for all calls of the method. Of a
    /// request to a URL of its own it is the URL.
    pub channel: Option<&'a str>,
    /// Whether the request carries the token.
    pub needs_token: bool,
    /// Whether the arguments exist only as a form.
    pub(crate) is_form: bool,
    /// The functions for a request to the URL in `channel`.
    pub(crate) own_url: Option<&'static OwnUrl>,
    /// The body, if the caller supplies it. Only of a request to a URL of its own.
    pub(crate) body: Option<&'a Body>,
}

impl<'a> MethodInfo<'a> {
    /// Creates a method whose arguments are in a form, that is not repeated, and that is called once a
    /// second at most.
    pub const fn new(name: &'a str) -> Self {
        Self {
            name,
            arguments_in: ArgumentsIn::Form,
            repetition: Repetition::Unsafe,
            rate: Rate::POST,
            channel: None,
            needs_token: true,
            is_form: false,
            own_url: None,
            body: None,
        }
    }

    /// Returns the URL, if the request has one of its own.
    pub const fn url(&self) -> Option<&'a str> {
        match self.own_url {
            Some(_) => self.channel,
            None => None,
        }
    }

    /// Sets where the arguments are.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.arguments_in = arguments_in;
        self
    }

    /// Sets whether the call may be repeated.
    #[must_use]
    pub const fn repetition(mut self, repetition: Repetition) -> Self {
        self.repetition = repetition;
        self
    }

    /// Sets the rate that Slack allows.
    #[must_use]
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = rate;
        self
    }

    /// Sends the arguments in a form, wherever the [`Api`](super::Api) or the
    /// [`Caller`](super::Caller) sends those of other methods: for a method that accepts no JSON.
    #[must_use]
    pub const fn form_only(mut self) -> Self {
        self.arguments_in = ArgumentsIn::Form;
        self.is_form = true;
        self
    }

    /// Sends requests without the token.
    #[must_use]
    pub const fn without_token(mut self) -> Self {
        self.needs_token = false;
        self
    }

    /// Sets the channel whose calls the rate is for. Not for a request to a URL of its own.
    #[must_use]
    pub const fn channel(mut self, channel: &'a str) -> Self {
        if self.own_url.is_none() {
            self.channel = Some(channel);
        }
        self
    }
}

/// Shows no URL, which is a secret.
impl fmt::Debug for MethodInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodInfo")
            .field("name", &self.name)
            .field("arguments_in", &self.arguments_in)
            .field("repetition", &self.repetition)
            .field("rate", &self.rate)
            .field("channel", &self.channel.filter(|_| self.own_url.is_none()))
            .field("needs_token", &self.needs_token)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(MethodInfo<'_>);

/// Emits field lines of a request to a URL.
pub(crate) type Fields<'f> = &'f dyn Fn(&mut RequestWriter<'_>, &Url<'_>);

/// The functions for requests to a URL of their own. Pointers in a [`MethodInfo`], so that the
/// linker drops the functions from programs without such requests.
#[derive(Debug)]
pub(crate) struct OwnUrl {
    /// Checks the URL. The last argument is whether a `Caller` makes the call: only then the caller can
    /// supply a body.
    pub(crate) check: fn(&MethodInfo<'_>, Cleartext, bool) -> Result<(), RequestError>,
    /// Emits the request. The second parameter emits the field lines of every request.
    pub(crate) write: fn(&dyn Method, Fields<'_>, &mut dyn Sink),
    /// Emits the arguments as they are stored.
    pub(crate) store: fn(&dyn Method, &mut dyn Sink),
    /// Returns the hash of scheme, host and port, which is not 0. Keeps the URL in the receive
    /// buffer, if one is passed, which is empty while there is no link.
    pub(crate) origin: fn(&MethodInfo<'_>, Option<&mut RecvBuf<'_>>) -> u32,
    /// Returns the URL that is kept.
    pub(crate) kept: for<'r> fn(&'r RecvBuf<'_>) -> Option<Url<'r>>,
    /// Reads the response.
    pub(crate) advance: Advance,
}

/// There is one table.
impl PartialEq for OwnUrl {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for OwnUrl {}

/// Whether a call may be repeated if it is not known whether Slack did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Repetition {
    /// The second call does no harm: it only reads, or it leads to the same state.
    Harmless,
    /// The second call does its work again, such as a second message.
    Unsafe,
}

/// Any method, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Named<'c> {
    /// The name of the method, such as `chat.postMessage`.
    pub name: &'c str,
    /// Names and values of the arguments, without the token. They are percent-encoded when they are
    /// written.
    pub arguments: &'c [(&'c str, &'c str)],
}

impl Method for Named<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new(self.name)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        for (name, value) in self.arguments {
            arguments.text(name, value);
        }
    }
}

impl<M: Method + ?Sized> Method for &M {
    fn info(&self) -> MethodInfo<'_> {
        (**self).info()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        (**self).write(arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        (**self).check()
    }
}

/// Shows the name.
impl fmt::Debug for dyn Method + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}
