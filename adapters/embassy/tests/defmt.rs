//! Every public type implements `defmt::Format`. The test is that this compiles.

use embassy_sync::blocking_mutex::raw::{NoopRawMutex, RawMutex};
use slack_rtm::entropy::Entropy;
use slack_rtm::{OwnedStorage, SocketMode, Storage};
use slack_rtm_embassy::app::{App, AppEvent, AppHandle, PostOutcome};
use slack_rtm_embassy::blocking::{self, Blocking, Polled, PolledHalf, Ticks};
use slack_rtm_embassy::clock::{Clock, EmbassyClock};
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::list::List;
use slack_rtm_embassy::nal::{Nal, NalHalf, NalStream};
use slack_rtm_embassy::net::{Net, NetStream, NetWriter};
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::{Handle, Session};
use slack_rtm_embassy::stream::Halves;
use slack_rtm_embassy::tls::Tls;
use slack_rtm_embassy::upload::UploadFailure;
use slack_rtm_embassy::web_api::{CallFailure, PendingCall, WebApi};
use slack_rtm_embassy::wire::{RunnerEnd, SessionEnd, Wire};

fn is_format<T: defmt::Format>() {}

/// Names the generic types without a bound on their parameters beyond those of the types
/// themselves.
fn generic<D, T, C, N, E: Entropy, S: Storage, M: RawMutex>() {
    is_format::<NalHalf<'_, C>>();
    is_format::<Handle<'_, '_, E, S, M, 1, 2>>();
    is_format::<Session<'_, C, E, S, M, 1, 2>>();
    is_format::<Handle<'_, '_, E, S, M, 1, 2, SocketMode>>();
    is_format::<Session<'_, C, E, S, M, 1, 2, SocketMode>>();
    is_format::<App<'_, C, E, S, E, S, M, 1, 2>>();
    is_format::<AppHandle<'_, '_, E, S, E, S, M, 1, 2>>();
    is_format::<WebApi<'_, C, E, S, M, 1, 2>>();
    is_format::<Runner<'_, N, C, M, 1, 2>>();
    is_format::<Wire<M, 1, 2>>();
    is_format::<SessionEnd<'_, M, 1, 2>>();
    is_format::<RunnerEnd<'_, M, 1, 2>>();
    is_format::<Blocking<D>>();
    is_format::<Ticks<D>>();
    is_format::<Cleartext<D>>();
    is_format::<Nal<T, D>>();
    is_format::<NalStream<C>>();
    is_format::<Tls<'_, D, E>>();
}

#[expect(dead_code, reason = "the compiler checks it without a call")]
fn calls<C: Clock, E: Entropy, S: Storage, M: RawMutex>() {
    is_format::<PendingCall<'_, '_, '_, C, E, S, M, 1, 2>>();
    is_format::<List<'_, '_, '_, C, E, S, M, 1, 2>>();
}

#[expect(dead_code, reason = "the compiler checks it without a call")]
fn streams<D: blocking::Dial>() {
    is_format::<Polled<D>>();
    is_format::<PolledHalf<'_, D>>();
}

fn plain() {
    is_format::<EmbassyClock>();
    is_format::<Net<'_>>();
    is_format::<NetStream<'_>>();
    is_format::<NetWriter<'_>>();
    is_format::<Halves<u8, u8>>();
    is_format::<CallFailure<'_>>();
    is_format::<UploadFailure<'_, u8>>();
    is_format::<AppEvent<'_>>();
    is_format::<PostOutcome<'_>>();
}

#[test]
fn every_public_type_can_be_logged_by_defmt() {
    // A generic function is checked by the compiler without a call.
    let _ = generic::<(), (), (), (), &mut dyn Entropy, OwnedStorage<1, 0>, NoopRawMutex>;
    let _: fn() = plain;
}
