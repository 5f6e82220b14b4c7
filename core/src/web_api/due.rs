//! A request that a `Caller` may make now.

use super::method::{Method, MethodInfo, Repetition};
use super::rate::Rate;
use super::rates::RateKey;
use crate::buffer::RecvBuf;

/// Returns the number of the host of a method, 0 for the one of the base. The method's own URL is
/// kept in `url`.
pub(super) fn origin(info: &MethodInfo<'_>, url: Option<&mut RecvBuf<'_>>) -> u32 {
    info.own_url
        .map_or(0, |own_url| (own_url.origin)(info, url))
}

/// A request that may be made now.
pub(super) struct Due {
    /// The post that it is, if it is one.
    pub(super) post: Option<u32>,
    pub(super) key: RateKey,
    pub(super) rate: Rate,
    pub(super) origin: u32,
    /// Whether it may be repeated if it is not known whether Slack has done it.
    pub(super) may_repeat: bool,
}

impl Due {
    /// The request that calls `method`. Its own URL is kept in `url`.
    pub(super) fn of(
        post: Option<u32>,
        method: &dyn Method,
        at_least_once: bool,
        url: Option<&mut RecvBuf<'_>>,
    ) -> Self {
        let info = method.info();
        Self {
            post,
            key: RateKey::new(info.name, info.channel),
            rate: info.rate,
            origin: origin(&info, url),
            may_repeat: at_least_once || info.repetition == Repetition::Harmless,
        }
    }
}
