//! Lists of names as one text: a table of texts takes more flash.

/// The names in a text that has a space behind each.
pub(super) fn names(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let end = rest.bytes().position(|byte| byte == b' ')?;
        let name = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
        Some(name)
    })
}
