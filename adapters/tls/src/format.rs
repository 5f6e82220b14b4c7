//! `defmt::Format` for types whose members have none. It shows their names, and never a secret.

use embedded_io_async::{Read, Write};

use crate::{Algorithms, Connection, Connector, Halves, Reader, Seed, Trust, Unbuffered, Writer};

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
    "Algorithms": [] Algorithms;
    "Connection": [S: Read + Write] Connection<'_, S>;
    "Connector": [] Connector<'_>;
    "Halves": [R, W] Halves<R, W>;
    "Reader": [S] Reader<'_, S>;
    "Seed": [] Seed;
    "Unbuffered": [W] Unbuffered<W>;
    "Writer": [S] Writer<'_, S>;
}

impl defmt::Format for Trust<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Trust {{ anchors: {=usize} }}", self.anchors.len());
    }
}
