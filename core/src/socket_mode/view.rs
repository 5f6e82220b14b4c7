//! The accessors that every view of a frame has.

/// Defines a view of one kind of frames.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name<'r>($crate::json::Members<'r>);

        impl<'r> $name<'r> {
            /// Creates a view of the members of a frame, which were read with
            /// [`COMMON_PATHS`](super::COMMON_PATHS) or a table that extends it.
            pub const fn new(members: $crate::json::Members<'r>) -> Self {
                Self(members)
            }

            /// Returns every kept member of the frame, by name.
            pub const fn members(&self) -> $crate::json::Members<'r> {
                self.0
            }

            /// Returns the text at the path with this number, or the number there.
            #[allow(dead_code)] // some views use only a few
            fn at(&self, path: u8) -> Option<&'r str> {
                self.0.records().text_or_number(path)
            }

            /// Returns the text at the path with this number.
            #[allow(dead_code)]
            fn text_at(&self, path: u8) -> Option<$crate::json::Text<'r>> {
                self.0.records().text(path)
            }
        }
    };
}
pub(super) use view;
