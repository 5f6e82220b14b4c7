//! What differs between the machines, one module of facts each.

#[cfg(feature = "an385")]
mod an385;
#[cfg(feature = "an385")]
pub use an385::*;

#[cfg(feature = "an386")]
mod an386;
#[cfg(feature = "an386")]
pub use an386::*;

#[cfg(feature = "an500")]
mod an500;
#[cfg(feature = "an500")]
pub use an500::*;

#[cfg(feature = "an505")]
mod an505;
#[cfg(feature = "an505")]
pub use an505::*;
