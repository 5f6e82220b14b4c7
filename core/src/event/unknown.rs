//! Events of types that this crate does not know.

use super::view::view;

view! {
    /// An event of a type that this crate does not know, or a frame that is no event. Its type and
    /// every member of the table of paths are kept; a table of the caller can add more.
    Unknown
}
