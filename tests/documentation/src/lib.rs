//! Snippets of Markdown files that stand outside of packages, as doctests; `tests` has the checks of links,
//! names and layers.

/// The repository's first page.
#[doc = include_str!("../../../README.md")]
#[cfg(doctest)]
pub mod readme {}

/// The page of the server for tests.
#[doc = include_str!("../../fake-slack/README.md")]
#[cfg(doctest)]
pub mod fake_slack {}
