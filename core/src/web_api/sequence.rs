//! Calls of which each depends on the response to the one before, made as one.

use super::accepted::Accepted;
use super::job::Job;
use super::sequence_error::SequenceError;

/// Calls of which each depends on the response to the one before, such as the pages of a list.
///
/// [`Caller::begin_sequence`](super::Caller::begin_sequence) and
/// [`Caller::poll_sequence`](super::Caller::poll_sequence) make them as one call: with the elements
/// of every response, and with one outcome, which is that of the last call or of the first one that
/// failed.
///
/// [`Pages`](super::Pages) and [`Upload`](crate::methods::upload::Upload) are sequences. One of your
/// own, which opens a direct message and posts to it:
///
/// ```
/// use slack_rtm::methods::chat::PostMessage;
/// use slack_rtm::methods::conversations::{OPENED, OpenConversation};
/// use slack_rtm::web_api::{
///     Accepted, Arguments, Job, Method, MethodInfo, Sequence, SequenceError, paths,
/// };
///
/// struct Whisper<'a> {
///     users: &'a [&'a str],
///     text: &'a str,
///     /// Empty until the first response.
///     channel: heapless::String<16>,
/// }
///
/// impl Whisper<'_> {
///     /// Passes the method of the present call.
///     fn present<R>(&self, to: impl FnOnce(&dyn Method) -> R) -> R {
///         match self.channel.is_empty() {
///             true => to(&OpenConversation::new(self.users)),
///             false => to(&PostMessage::new(&self.channel, self.text)),
///         }
///     }
/// }
///
/// impl Method for Whisper<'_> {
///     fn info(&self) -> MethodInfo<'_> {
///         match self.channel.is_empty() {
///             true => MethodInfo::new("conversations.open"),
///             false => MethodInfo::new("chat.postMessage").channel(&self.channel),
///         }
///     }
///
///     fn write(&self, arguments: &mut Arguments<'_>) {
///         self.present(|method| method.write(arguments));
///     }
/// }
///
/// impl Sequence for Whisper<'_> {
///     fn job(&self) -> Job<'_> {
///         Job::new(self, if self.channel.is_empty() { &OPENED } else { &paths::CALL })
///     }
///
///     fn accepted(&mut self, response: Accepted<'_>) -> Result<bool, SequenceError> {
///         if !self.channel.is_empty() {
///             return Ok(false); // this was the last call
///         }
///         let id = response.members().text("channel.id");
///         let id = id.and_then(|id| id.as_str().try_into().ok());
///         self.channel = id.ok_or(SequenceError::Missing("channel.id"))?;
///         Ok(true)
///     }
/// }
/// ```
///
/// A sequence is `Send`, so that the future of its calls can be sent to another thread.
pub trait Sequence: Send {
    /// Returns the present call. It stays the same until [`accepted`](Self::accepted).
    fn job(&self) -> Job<'_>;

    /// Takes the response to the present call. Returns whether another call follows.
    ///
    /// # Errors
    /// [`SequenceError`] if the next call cannot be made after this response.
    fn accepted(&mut self, response: Accepted<'_>) -> Result<bool, SequenceError>;
}
