//! The texts of a kept list.

use crate::json::{Text, Value};

/// Returns the entries that are texts.
pub(super) fn texts<'r>(
    entries: impl IntoIterator<Item = Value<'r>>,
) -> impl Iterator<Item = Text<'r>> {
    entries.into_iter().filter_map(|value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    })
}
