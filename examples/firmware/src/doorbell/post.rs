//! A ring through the Web API: a message with a button, which waits during an outage.

#[cfg(not(feature = "socket-mode"))]
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use machine::arguments::Arguments;
#[cfg(not(feature = "socket-mode"))]
use machine::clock;
use machine::random::Random;
use machine::say;
use slack_rtm::MessageId;
use slack_rtm::blocks::{Actions, Block, BlockElement, Blocks, Button, HeaderBlock};
#[cfg(not(feature = "socket-mode"))]
use slack_rtm::methods::chat::Posted;
use slack_rtm::methods::chat::{self, PostMessage};
use slack_rtm::time::Duration;
#[cfg(not(feature = "socket-mode"))]
use slack_rtm::web_api::CallerEvent;
use slack_rtm::web_api::{Caller, CallerConfig, Method, PostError, RateSlot, RequestError};
#[cfg(not(feature = "socket-mode"))]
use slack_rtm_embassy::{clock::EmbassyClock, web_api::WebApi};

use crate::application::{RING_LIFE, Storage};

/// One method, in one channel.
pub type Rates = [RateSlot; 2];

#[cfg(not(feature = "socket-mode"))]
pub type Bell<'a> = WebApi<'a, EmbassyClock, Random, &'a mut Storage, NoopRawMutex>;

/// Creates the machine for calls. It is a function of its own, so that its stack is free afterwards.
#[inline(never)]
pub fn caller<'c>(
    arguments: &Arguments<'c>,
    storage: &'c mut Storage,
    rates: &'c mut Rates,
    random: Random,
) -> Result<Caller<'c, Random, &'c mut Storage>, RequestError> {
    let mut config = CallerConfig::new()
        .api_base(arguments.api)
        .post_paths(&chat::POSTED);
    if cfg!(not(feature = "tls")) {
        config = config.allow_insecure();
    }
    Caller::new(config, arguments.token, storage, rates, random)
}

/// Stores a post that somebody is at the door, by `post`.
pub fn store(
    arguments: &Arguments<'_>,
    post: impl FnOnce(&dyn Method, Duration) -> Result<MessageId, PostError>,
) {
    let (header, open) = (
        HeaderBlock::new("Somebody is at the door"),
        Button::new("open", "Open").primary(),
    );
    let buttons: [&dyn BlockElement; 1] = [&open];
    let actions = Actions::new(&buttons);
    let blocks: [&dyn Block; 2] = [&header, &actions];
    // The text is for notifications.
    let ring = PostMessage::new(arguments.channel, "Ding-dong!").blocks(Blocks::list(&blocks));
    match post(&ring, RING_LIFE) {
        Ok(id) => say!("rang: {}", id),
        Err(error) => say!("cannot ring: {}", error),
    }
}

/// Posts that somebody is at the door, and waits for the outcome.
#[cfg(not(feature = "socket-mode"))]
pub async fn ring(bell: &mut Bell<'_>, arguments: &Arguments<'_>) {
    let began = clock::busy();
    store(arguments, |ring, life| bell.post(ring, Some(life)));
    while bell.pending_posts() > 0 {
        match bell.next_post().await {
            Ok(CallerEvent::PostAccepted(id, response)) => {
                let ts = Posted::new(response).ts();
                say!("heard: {} at {}", id, ts.unwrap_or_default());
            }
            Ok(CallerEvent::PostExpired(id)) => say!("too old to be posted: {}", id),
            Ok(other) => say!("not heard: {:?}", other),
            Err(error) => say!("cannot ring: {}", error),
        }
    }
    say!("busy for {} us", clock::busy_since(began));
}
