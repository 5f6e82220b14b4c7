//! Logging through `log` or `defmt`, or nothing at all.
//!
//! What is logged is fit for both: a literal with `{}`. Where both features are off nothing of it
//! is left but the names of the arguments, which the compiler drops.

macro_rules! trace {
    ($text:literal $(, $argument:expr)*) => {{
        #[cfg(feature = "log")]
        ::log::trace!($text $(, $argument)*);
        #[cfg(feature = "defmt")]
        ::defmt::trace!($text $(, $argument)*);
        $(let _ = &$argument;)*
    }};
}
macro_rules! debug {
    ($text:literal $(, $argument:expr)*) => {{
        #[cfg(feature = "log")]
        ::log::debug!($text $(, $argument)*);
        #[cfg(feature = "defmt")]
        ::defmt::debug!($text $(, $argument)*);
        $(let _ = &$argument;)*
    }};
}
macro_rules! info {
    ($text:literal $(, $argument:expr)*) => {{
        #[cfg(feature = "log")]
        ::log::info!($text $(, $argument)*);
        #[cfg(feature = "defmt")]
        ::defmt::info!($text $(, $argument)*);
        $(let _ = &$argument;)*
    }};
}
macro_rules! warning {
    ($text:literal $(, $argument:expr)*) => {{
        #[cfg(feature = "log")]
        ::log::warn!($text $(, $argument)*);
        #[cfg(feature = "defmt")]
        ::defmt::warn!($text $(, $argument)*);
        $(let _ = &$argument;)*
    }};
}

pub(crate) use {debug, info, trace, warning as warn};
