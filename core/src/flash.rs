//! Whether code is chosen for speed or for size: the one place that decides.

/// Whether the target has flash to spare, as hosts do. Where it is false, loops handle one byte at
/// a time and tables that only save time are left out.
pub(crate) const PLENTIFUL: bool = cfg!(target_pointer_width = "64");
