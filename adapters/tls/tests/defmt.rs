//! Every public type implements `defmt::Format`. The test is that this compiles.

use embedded_io_async::{Read, Write};
use verified_tls::{
    Algorithms, BufferError, Connection, Connector, Halves, Reader, RecordError, Seed, TlsError,
    Trust, TrustError, Unbuffered, Writer,
};

fn is_format<T: defmt::Format>() {}

/// Names the generic types without a bound on their parameters beyond those of the types
/// themselves.
fn generic<R, W, S>() {
    is_format::<Halves<R, W>>();
    is_format::<Reader<'_, S>>();
    is_format::<Unbuffered<W>>();
    is_format::<Writer<'_, S>>();
}

#[expect(dead_code, reason = "the compiler checks it without a call")]
fn connections<S: Read + Write>() {
    is_format::<Connection<'_, S>>();
}

fn plain() {
    is_format::<Algorithms>();
    is_format::<BufferError>();
    is_format::<Connector<'_>>();
    is_format::<RecordError>();
    is_format::<Seed>();
    is_format::<TlsError>();
    is_format::<Trust<'_>>();
    is_format::<TrustError>();
}

#[test]
fn every_public_type_can_be_logged_by_defmt() {
    // A generic function is checked by the compiler without a call.
    let _ = generic::<(), (), ()>;
    let _: fn() = plain;
}
