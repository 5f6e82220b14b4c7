//! Every public type implements `defmt::Format`. The test is that this compiles.

use slack_rtm::entropy::Entropy;
use slack_rtm::{OwnedStorage, Storage};
use slack_rtm_embassy::blocking::{self, Blocking, Polled, Ticks};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::connect::{Cleartext, CleartextLink, Moved, Stream};
use slack_rtm_embassy::nal::{Nal, NalStream};
use slack_rtm_embassy::net::{Net, NetStream};
use slack_rtm_embassy::pump::{Handle, Happening, Pump};
use slack_rtm_embassy::tls::{
    Algorithms, BufferError, RecordError, Secure, Tls, TlsFailure, TlsLink, Trust, TrustError,
};

fn is_format<T: defmt::Format>() {}

/// Names the generic types without a bound on their parameters beyond those of the types
/// themselves.
fn generic<D, T, C, N, E: Entropy, S: Storage>() {
    is_format::<Blocking<D>>();
    is_format::<Ticks<D>>();
    is_format::<Cleartext<D>>();
    is_format::<Nal<T, D>>();
    is_format::<NalStream<C>>();
    is_format::<Tls<'_, D, E, C>>();
    is_format::<Handle<'_, '_, '_, E, S>>();
    is_format::<Pump<'_, '_, '_, N, C, E, S>>();
}

#[expect(dead_code, reason = "the compiler checks it without a call")]
fn streams<D: blocking::Dial, S: Stream, C>() {
    is_format::<Polled<D>>();
    is_format::<CleartextLink<S>>();
    is_format::<Secure<'_, S, C>>();
    is_format::<TlsLink<'_, S, C>>();
}

fn plain() {
    is_format::<Algorithms>();
    is_format::<BufferError>();
    is_format::<EmbassyClock>();
    is_format::<Happening<'_, ()>>();
    is_format::<Moved>();
    is_format::<Net<'_>>();
    is_format::<NetStream<'_>>();
    is_format::<RecordError>();
    is_format::<TlsFailure>();
    is_format::<Trust<'_>>();
    is_format::<TrustError>();
}

#[test]
fn every_public_type_can_be_logged_by_defmt() {
    // A generic function is checked by the compiler without a call.
    let _ = generic::<(), (), (), (), &mut dyn Entropy, OwnedStorage<1, 0>>;
    let _: fn() = plain;
}
