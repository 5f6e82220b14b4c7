//! The kinds of values in records. Those of simple values are the numbers of their tokens.

use super::token::TokenKind;

pub(super) const NULL: u8 = TokenKind::Null as u8;
pub(super) const FALSE: u8 = TokenKind::False as u8;
pub(super) const TRUE: u8 = TokenKind::True as u8;
pub(super) const OBJECT: u8 = TokenKind::BeginObject as u8;
pub(super) const ARRAY: u8 = TokenKind::BeginArray as u8;
pub(super) const NUMBER: u8 = TokenKind::Number as u8;
pub(super) const TEXT: u8 = TokenKind::Text as u8;
/// The last of those that entries can have.
pub(super) const CUT_TEXT: u8 = 7;
pub(super) const TOO_LONG: u8 = 8;
pub(super) const CUT_LIST: u8 = 9;
pub(super) const LIST: u8 = 10;
/// An array of objects.
pub(super) const COUNT: u8 = 11;
/// The beginning of an object in an array, before the records of its members.
pub(super) const ELEMENT: u8 = 12;

const _: () = assert!(NULL == 0 && TEXT < CUT_TEXT);
