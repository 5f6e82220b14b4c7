//! A match on names in any case, in little flash.

/// Returns the value for a name, in any case: `match_name!(name, { "text" => value, ... })` is an
/// `Option`.
///
/// The names become one list, which takes about half the flash of a table of `&str`. A name is at
/// least one character, without commas and blanks.
macro_rules! match_name {
    ($name:expr, { $($text:literal => $value:expr,)* }) => {{
        let index = $crate::parse::list::position(concat!($($text, ","),*).as_bytes(), $name);
        index.and_then(|index| [$($value),*].get(index).copied())
    }};
}

pub(crate) use match_name;

#[cfg(test)]
mod tests {
    #[test]
    fn finds_whole_names_in_any_case() {
        let of = |name| match_name!(name, { "one" => 1, "Twenty-One" => 21, });
        assert_eq!(of(b"ONE"), Some(1));
        assert_eq!(of(b"twenty-one"), Some(21));
        for other in [&b""[..], b"on", b"ones", b"one,Twenty-One", b",", b" one"] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }
}
