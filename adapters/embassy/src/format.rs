//! `defmt::Format` for types whose members have none. It shows their names, and never a secret.

use embassy_sync::blocking_mutex::raw::RawMutex;
use slack_rtm::entropy::Entropy;
use slack_rtm::{Dialect, Storage};

use crate::app::{App, AppHandle};
use crate::blocking::{Blocking, Dial, Polled, PolledHalf, Ticks};
use crate::clock::Clock;
use crate::link::Cleartext;
use crate::list::List;
use crate::nal::{Nal, NalHalf, NalStream};
use crate::runner::Runner;
use crate::session::{Handle, Session};
use crate::web_api::{PendingCall, WebApi};
use crate::wire::{RunnerEnd, SessionEnd, Wire};

/// Implements the trait so that it shows the name of the type.
macro_rules! named {
    ($($name:literal: [$($generics:tt)*] $type:ty;)*) => {
        $(
            impl<$($generics)*> defmt::Format for $type {
                fn format(&self, f: defmt::Formatter<'_>) {
                    defmt::write!(f, $name);
                }
            }
        )*
    };
}

named! {
    "Ticks": [F] Ticks<F>;
    "Blocking": [D] Blocking<D>;
    "Polled": [D: Dial] Polled<D>;
    "Cleartext": [D] Cleartext<D>;
    "Nal": [T, D] Nal<T, D>;
    "NalStream": [C] NalStream<C>;
    "NalHalf": ['h, C] NalHalf<'h, C>;
    "PolledHalf": ['h, D: Dial] PolledHalf<'h, D>;
    "Wire": [M, const IN: usize, const OUT: usize] Wire<M, IN, OUT>;
    "SessionEnd": ['a, M: RawMutex, const IN: usize, const OUT: usize] SessionEnd<'a, M, IN, OUT>;
    "RunnerEnd": ['a, M, const IN: usize, const OUT: usize] RunnerEnd<'a, M, IN, OUT>;
    "Runner": ['a, N, C, M, const IN: usize, const OUT: usize] Runner<'a, N, C, M, IN, OUT>;
}

impl<C, E, S, M, const IN: usize, const OUT: usize, D> defmt::Format
    for Session<'_, C, E, S, M, IN, OUT, D>
where
    M: RawMutex,
    D: Dialect,
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Session {{ state: {}, counters: {}, close_reason: {}, last_failure: {} }}",
            self.state(),
            self.counters(),
            self.close_reason(),
            self.last_failure()
        );
    }
}

impl<E, S, M, const IN: usize, const OUT: usize, D> defmt::Format
    for Handle<'_, '_, E, S, M, IN, OUT, D>
where
    M: RawMutex,
    D: Dialect,
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Handle {{ state: {}, now: {}, last_failure: {} }}",
            self.state(),
            self.now(),
            self.last_failure()
        );
    }
}

impl<C, E, S, M: RawMutex, const IN: usize, const OUT: usize> defmt::Format
    for WebApi<'_, C, E, S, M, IN, OUT>
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "WebApi {{ last_failure: {} }}", self.last_failure());
    }
}

impl<C, E, S, R, P, M, const IN: usize, const OUT: usize> defmt::Format
    for App<'_, C, E, S, R, P, M, IN, OUT>
where
    M: RawMutex,
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "App {{ session: {}, web_api: {} }}",
            self.session,
            self.web_api
        );
    }
}

impl<E, S, R, P, M: RawMutex, const IN: usize, const OUT: usize> defmt::Format
    for AppHandle<'_, '_, E, S, R, P, M, IN, OUT>
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "AppHandle {{ session: {} }}", self.session);
    }
}

impl<C, E, S, M, const IN: usize, const OUT: usize> defmt::Format
    for PendingCall<'_, '_, '_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "PendingCall {{ is_over: {} }}", self.is_over());
    }
}

impl<C, E, S, M, const IN: usize, const OUT: usize> defmt::Format
    for List<'_, '_, '_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "List");
    }
}

#[cfg(feature = "embassy-net")]
named! {
    "Net": ['b] crate::net::Net<'b>;
    "NetStream": ['s] crate::net::NetStream<'s>;
    "NetWriter": ['h] crate::net::NetWriter<'h>;
}

#[cfg(feature = "tls")]
named! {
    "Tls": ['b, D, E] crate::tls::Tls<'b, D, E>;
}
