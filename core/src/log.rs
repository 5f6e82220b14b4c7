//! Logging macros for the features `log` and `defmt`. Without either feature they do nothing.
//!
//! A message is a literal with `{}` placeholders, which both crates accept. Arguments are always
//! evaluated, so that they count as used; without a feature the compiler removes them.

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

/// Implements `defmt::Format` by `Debug`, for types that programs seldom log.
#[cfg(feature = "defmt")]
macro_rules! format_as_debug {
    ($($type:ty),*) => {
        $(
            impl defmt::Format for $type {
                fn format(&self, f: defmt::Formatter<'_>) {
                    defmt::write!(f, "{}", defmt::Debug2Format(self));
                }
            }
        )*
    };
}

#[cfg(feature = "defmt")]
pub(crate) use format_as_debug;
pub(crate) use {debug, info, trace, warning as warn};
