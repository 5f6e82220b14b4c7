//! Lists with commas (RFC 9110 section 5.6.1).

/// The elements of a list, without the blanks around them. Empty elements are included.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'l> {
    rest: Option<&'l [u8]>,
}

impl<'l> Elements<'l> {
    /// Returns the elements of `list`.
    pub(crate) const fn of(list: &'l [u8]) -> Self {
        Self { rest: Some(list) }
    }
}

impl<'l> Iterator for Elements<'l> {
    type Item = &'l [u8];

    #[inline(never)] // one copy serves all lists
    fn next(&mut self) -> Option<&'l [u8]> {
        let list = self.rest?;
        let comma = list.iter().position(|byte| *byte == b',');
        let (element, tail) = list.split_at_checked(comma.unwrap_or(list.len()))?;
        self.rest = tail.get(1..);
        Some(element.trim_ascii())
    }
}

/// Returns the index of `element` in `list`, in any case.
#[inline(never)] // one copy serves all lists
pub(crate) fn position(list: &[u8], element: &[u8]) -> Option<usize> {
    Elements::of(list).position(|one| one.eq_ignore_ascii_case(element))
}

/// Returns whether `list` contains `element`, in any case.
pub(crate) fn contains(list: &[u8], element: &[u8]) -> bool {
    position(list, element).is_some()
}

#[cfg(test)]
mod tests {
    use super::{Elements, contains, position};
    use std::vec::Vec;

    #[test]
    fn elements_come_without_blanks_and_may_be_empty() {
        let all = |list| Elements::of(list).collect::<Vec<_>>();
        assert_eq!(all(b""), [b""]);
        assert_eq!(all(b" a , b\t,,c"), [&b"a"[..], b"b", b"", b"c"]);
        assert_eq!(all(b"a,"), [&b"a"[..], b""]);
    }

    #[test]
    fn only_whole_elements_are_found() {
        let list = b"close, Keep-Alive ,upgrade";
        for (at, element) in [&b"close"[..], b"keep-alive", b"UPGRADE"]
            .iter()
            .enumerate()
        {
            assert_eq!(position(list, element), Some(at), "{element:?}");
            assert!(contains(list, element));
        }
        for other in [
            &b"up"[..],
            b"upgrades",
            b"keep",
            b"",
            b"close, Keep-Alive",
            b" close",
        ] {
            assert!(!contains(list, other), "{other:?}");
        }
    }
}
