//! The grammar between tokens: a table of states and classes of bytes.

#![allow(clippy::indexing_slicing)] // at compile time only: the tables are built so

/// Where in the grammar the next byte stands. The first eight are between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Value,
    FirstElement,
    FirstName,
    NextName,
    Colon,
    AfterMember,
    AfterElement,
    Finished,
    String,
    Escape,
    Hex,
    True,
    False,
    Null,
    /// Before a number's first byte.
    Number,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

/// What a byte between tokens does.
#[derive(Clone, Copy)]
pub(super) enum Action {
    Pass,
    Name,
    Text,
    ToValue,
    ToName,
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    Number,
    True,
    False,
    Null,
    Refuse,
}

impl Action {
    /// The action of `byte` in a state between tokens.
    #[inline(always)]
    pub(super) fn of(state: State, byte: u8) -> Self {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(OTHER);
        let row = usize::from(state as u8) << 4;
        ACTIONS
            .get(row | usize::from(class))
            .copied()
            .unwrap_or(Self::Refuse)
    }
}

/// The classes of bytes that the grammar tells apart between tokens.
const CLASS_BYTES: [&[u8]; 12] = [
    b" \t\n\r",
    b"\"",
    b",",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"-0123456789",
    b"t",
    b"f",
    b"n",
];
const OTHER: u8 = 12;

static CLASSES: [u8; 128] = {
    let mut classes = [OTHER; 128];
    let mut class = 0;
    while class < CLASS_BYTES.len() {
        let mut bytes = CLASS_BYTES[class];
        while let [first, rest @ ..] = bytes {
            classes[*first as usize] = class as u8;
            bytes = rest;
        }
        class += 1;
    }
    classes
};

/// The action of each class in each of the eight states between tokens.
static ACTIONS: [Action; 128] = {
    let mut actions = [Action::Refuse; 128];
    let mut state = 0;
    while state < 8 {
        actions[state << 4] = Action::Pass;
        state += 1;
    }
    let mut start = 0;
    while start < 2 {
        let row = start << 4;
        actions[row | 1] = Action::Text;
        actions[row | 4] = Action::BeginObject;
        actions[row | 6] = Action::BeginArray;
        actions[row | 8] = Action::Number;
        actions[row | 9] = Action::True;
        actions[row | 10] = Action::False;
        actions[row | 11] = Action::Null;
        start += 1;
    }
    actions[(State::FirstElement as usize) << 4 | 7] = Action::EndArray;
    actions[(State::FirstName as usize) << 4 | 1] = Action::Name;
    actions[(State::FirstName as usize) << 4 | 5] = Action::EndObject;
    actions[(State::NextName as usize) << 4 | 1] = Action::Name;
    actions[(State::Colon as usize) << 4 | 3] = Action::ToValue;
    actions[(State::AfterMember as usize) << 4 | 2] = Action::ToName;
    actions[(State::AfterMember as usize) << 4 | 5] = Action::EndObject;
    actions[(State::AfterElement as usize) << 4 | 2] = Action::ToValue;
    actions[(State::AfterElement as usize) << 4 | 7] = Action::EndArray;
    actions
};
