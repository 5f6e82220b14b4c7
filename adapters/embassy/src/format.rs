//! `defmt::Format` for types whose members have none. It shows their names, and never a secret.

use crate::blocking::{Blocking, Dial, Polled, Ticks};
use crate::connect::{Cleartext, CleartextLink};
use crate::nal::{Nal, NalStream};

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
    "CleartextLink": [S] CleartextLink<S>;
    "Nal": [T, D] Nal<T, D>;
    "NalStream": [C] NalStream<C>;
}

#[cfg(feature = "embassy-net")]
named! {
    "Net": ['b] crate::net::Net<'b>;
    "NetStream": ['s] crate::net::NetStream<'s>;
}

#[cfg(feature = "tls")]
named! {
    "Tls": ['b, D, E, C] crate::tls::Tls<'b, D, E, C>;
    "Secure": ['l, S: crate::connect::Stream, C] crate::tls::Secure<'l, S, C>;
    "Algorithms": [] crate::tls::Algorithms;
}

#[cfg(feature = "tls")]
impl<'l, S: crate::connect::Stream, C> defmt::Format for crate::tls::TlsLink<'l, S, C> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match self {
            Self::Cleartext(link) => defmt::write!(f, "{}", link),
            Self::Secure(link) => defmt::write!(f, "{}", link),
        }
    }
}

#[cfg(feature = "tls")]
impl defmt::Format for crate::tls::Trust<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Trust {{ anchors: {=usize} }}", self.anchors.len());
    }
}
