//! Wanted members of a document that is never whole in memory.

use super::paths::{LONGEST_NAME, NONE, ROOT};
use super::records::{HEADER, Kind, LONGEST, Records, entry, header, literal};
use super::tokenizer::Reader;
use super::{Keep, Paths, Piece, SyntaxError, Token, Tokenizer, scan};
use crate::buffer::{RecvBuf, Source};

/// Whether a raw copy of each document is kept beside its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Raw {
    /// Values only.
    #[default]
    Off,
    /// [`RecvBuf::raw`] has the document, or the element of a list, if it fits into the room for
    /// it and is nested no deeper than [`Fields::RAW_LEVELS`]. The buffer must be
    /// [`split`](RecvBuf::split).
    On,
}

/// What [`Fields::run`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Bytes that it consumed.
    pub consumed: usize,
    /// Where the document stands.
    pub state: RanState,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RanState {
    /// It goes on behind the bytes that were given.
    More,
    /// An element of the list with this path is complete. Its records stand behind those of the
    /// document, until the next run.
    Element(u8),
    /// Its value is complete, and what follows was not read along. Another run takes white space
    /// and refuses anything else. Whether the document ends here, the caller knows.
    Done,
}

/// Reads documents through a receive buffer and keeps the wanted members at its front.
///
/// Any number of bytes at a time: what is wanted is unescaped and written to the front of the
/// same buffer, into room that the document itself has left behind; everything else is validated
/// and dropped. Where a name is there twice in an object, the last one counts, except that
/// elements of lists which went out stay out.
///
/// How much of a value is kept depends on the size of the buffer and on the document, never on
/// how the document was divided into reads. Of `N` bytes of memory, 168 are never used for
/// values (a control frame between fragments needs 127 in one piece); 56 where a value is
/// awaited, which is never so in frames. Of the rest:
/// * [`Keep::Awaited`] may take all, and 3/4 N are held free until it has come;
/// * [`Keep::Whole`] may take what is not held free;
/// * [`Keep::Cut`] and lists leave 3/8 N (384 bytes at most) for whole values that come later,
///   or, while a value is awaited, N/8 beside what is held free for that; a list takes half of what is left;
/// * [`Keep::Brief`] takes N/8 of that at most;
/// * a cuttable value for which nothing is left has a record of 8 bytes that tells its length.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::json::{Fields, RanState, Raw};
///
/// slack_rtm::paths! {
///     const ANSWER {
///         const URL = Awaited "url";
///         const NAME = Brief "self.name";
///         const USER = Element "users[]";
///         const USER_ID = Whole "users[].id";
///     }
/// }
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// let mut fields = Fields::new(&ANSWER, Raw::Off);
/// let mut users = Vec::new();
/// let body = br#"{"users":[{"id":"U1"},{"id":"U2"}],"url":"wss:\/\/slack.com","self":{"name":"bot"}}"#;
/// for segment in body.chunks(7) {
///     rx.read_with(|space| {
///         space[..segment.len()].copy_from_slice(segment);
///         Ok::<_, ()>(segment.len())
///     });
///     while let RanState::Element(USER) = fields.run(&mut rx, usize::MAX)?.state {
///         users.push(rx.records().text(USER_ID).unwrap().to_string());
///     }
/// }
/// fields.finish(&mut rx)?;
/// assert_eq!(users, ["U1", "U2"]);
/// assert_eq!(rx.records().text(URL).unwrap(), "wss://slack.com");
/// assert_eq!(rx.records().text(NAME).unwrap(), "bot");
/// # Ok::<(), slack_rtm::json::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fields {
    paths: &'static Paths,
    tokenizer: Tokenizer,
    raw: Raw,
    begun: bool,
    /// The awaited value has not come yet.
    awaiting: bool,
    /// The element that went out with the last run must go.
    delivered: bool,
    /// A wanted value outside of the element was lost.
    lost: bool,
    open: Open,
    /// An entry of the open list did not fit, so that no later one is kept.
    list_full: bool,
    /// The innermost container that is followed.
    node: u8,
    /// What the next value is.
    value: u8,
    /// Bytes of a name in pieces that stand behind the records; more than the longest: no path's.
    name: u8,
    /// Where in the memory the records of the element begin, or [`NOWHERE`].
    element: usize,
    /// Where the records begin among which a path may be only once, and a bit for each place
    /// in the tree of paths that a name may have led to since.
    scope: usize,
    seen: u32,
    /// Where the open record begins, where its value or its entry's value begins, and where
    /// that must end.
    record: usize,
    part: usize,
    limit: usize,
    /// The length of the open value so far, kept or not.
    full: u32,
    /// Where the open list begins, or [`NOWHERE`], and its entries so far.
    list: usize,
    entries: u32,
    /// Where the record of the open array of objects begins, or [`NOWHERE`], and its objects so far.
    counter: usize,
    objects: u32,
    /// How many containers were open where the raw copy begins.
    outer: usize,
}

const NOWHERE: usize = usize::MAX;
const NAME_TOO_LONG: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    /// A value that is not kept.
    Discard,
    Record,
    Entry,
}

/// What a token means to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Nothing,
    ElementBegan,
    ElementEnded(u8),
}

impl Fields {
    /// The deepest nesting of which a raw copy is kept: parsers that recurse read it.
    pub const RAW_LEVELS: usize = 32;

    /// Ready to read a document.
    pub fn new(paths: &'static Paths, raw: Raw) -> Self {
        Self {
            paths,
            tokenizer: Tokenizer::new(),
            raw,
            begun: false,
            awaiting: paths.has_awaited(),
            delivered: false,
            lost: false,
            open: Open::Nothing,
            list_full: false,
            node: ROOT,
            value: ROOT,
            name: 0,
            element: NOWHERE,
            scope: 0,
            seen: 0,
            record: 0,
            part: 0,
            limit: 0,
            full: 0,
            list: NOWHERE,
            entries: 0,
            counter: NOWHERE,
            objects: 0,
            outer: 0,
        }
    }

    /// The table of wanted paths.
    pub const fn paths(&self) -> &'static Paths {
        self.paths
    }

    /// Ready to read another document; the records of the last one stay until it begins.
    pub fn reset(&mut self) {
        *self = Self::new(self.paths, self.raw);
    }

    /// Reads at most `limit` unread bytes of `rx`, up to the end of an element of a list, or of the
    /// document.
    ///
    /// # Errors
    /// [`SyntaxError`] if the document is not JSON. Nothing but [`reset`](Self::reset) is of
    /// use then.
    pub fn run(&mut self, rx: &mut RecvBuf<'_>, limit: usize) -> Result<Ran, SyntaxError> {
        self.begin(rx);
        let given = limit.min(rx.unread().len());
        let mut left = given;
        let mut copied = rx.position();
        let mut state = RanState::More;
        while left > 0 {
            let input = rx.unread().get(..left).unwrap_or_default();
            let (paths, value) = (self.paths, &mut self.value);
            let node = paths.node(self.node);
            let in_pieces = self.name > 0;
            let mut wanted = |name: &[u8]| {
                if !in_pieces {
                    *value = paths.member(node, name);
                }
                in_pieces || *value != NONE
            };
            let mut reader = Reader::new(input);
            while reader.wants_more() {
                self.tokenizer.advance(&mut reader, &mut wanted)?;
            }
            let (used, token) = (reader.at, reader.token);
            let at = rx.position();
            rx.consume(used);
            left -= used;
            let Some(token) = token else { break };
            match self.token(rx, at, token) {
                Effect::Nothing => {}
                Effect::ElementBegan => {
                    copied = rx.position().saturating_sub(1);
                    self.begin_copy(rx);
                }
                Effect::ElementEnded(path) => {
                    state = RanState::Element(path);
                    self.delivered = true;
                    break;
                }
            }
            // What follows is not read along, or it would depend on the division into reads
            // whether garbage behind the document is noticed.
            if self.tokenizer.is_complete() {
                break;
            }
        }
        self.copy(rx, copied);
        rx.seal(self.finished(rx));
        if state == RanState::More && self.tokenizer.is_complete() {
            state = RanState::Done;
            rx.end_document();
        }
        Ok(Ran {
            consumed: given - left,
            state,
        })
    }

    /// The document ends here; ready for the next one afterwards.
    ///
    /// # Errors
    /// [`SyntaxError::Incomplete`] if it is not complete.
    pub fn finish(&mut self, rx: &mut RecvBuf<'_>) -> Result<(), SyntaxError> {
        self.begin(rx);
        self.tokenizer.finish()?;
        rx.end_document();
        self.reset();
        Ok(())
    }

    fn begin(&mut self, rx: &mut RecvBuf<'_>) {
        if !self.begun {
            self.begun = true;
            // A table that awaits a value is one for answers, which come in no frames.
            let source = if self.paths.has_awaited() {
                Source::Stream
            } else {
                Source::Frames
            };
            rx.begin_document(source);
            self.scope = rx.records_start();
            self.seen = 0;
            self.begin_copy(rx);
        }
        if self.delivered {
            self.delivered = false;
            rx.truncate(self.element);
            rx.set_lost(self.lost);
            rx.drop_raw();
            self.element = NOWHERE;
            self.scope = rx.records_start();
            self.seen = u32::MAX;
        }
    }

    fn begin_copy(&mut self, rx: &mut RecvBuf<'_>) {
        rx.drop_raw();
        self.outer = self.tokenizer.depth().saturating_sub(1);
        self.tokenizer.forget_deepest();
        if self.raw == Raw::On {
            rx.begin_raw();
        }
    }

    /// Copies what was consumed since `from`.
    fn copy(&self, rx: &mut RecvBuf<'_>, from: usize) {
        if self.tokenizer.deepest() - self.outer > Self::RAW_LEVELS {
            rx.drop_raw();
        }
        rx.append_raw(from);
    }

    /// Where the records end that are finished.
    fn finished(&self, rx: &RecvBuf<'_>) -> usize {
        if self.list != NOWHERE {
            self.list
        } else if self.open == Open::Record {
            self.record
        } else {
            self.scratch(rx)
        }
    }

    /// A wanted name, or a piece of one that came in pieces.
    fn name(&mut self, rx: &mut RecvBuf<'_>, at: usize, piece: Piece) {
        if self.name > 0 || !piece.is_last() {
            self.name_piece(rx, at, piece);
            if !piece.is_last() {
                return;
            }
            self.divided_name(rx);
        }
        if self.value == NONE {
            self.tokenizer.skip_value();
        } else {
            self.forget(rx, self.value);
        }
    }

    /// Collects a name that came in pieces behind the records.
    fn name_piece(&mut self, rx: &mut RecvBuf<'_>, at: usize, piece: Piece) {
        let scratch = self.scratch(rx);
        let written = match piece {
            Piece::Raw { start, end, .. } => {
                let length = end - start;
                usize::from(self.name) + length <= LONGEST_NAME
                    && rx.append_consumed(at + start, at + end)
            }
            // No wanted name has a character that could be half a pair.
            Piece::Pair(_) => false,
            Piece::Char(escaped) => {
                let mut bytes = [0; 4];
                let bytes = escaped.encode_utf8(&mut bytes).as_bytes();
                usize::from(self.name) + bytes.len() <= LONGEST_NAME && rx.append(bytes)
            }
        };
        if written {
            self.name = (rx.records_end() - scratch) as u8;
        } else {
            rx.truncate(scratch);
            self.name = NAME_TOO_LONG;
        }
    }

    /// Where the name that came in pieces begins behind the records.
    fn scratch(&self, rx: &RecvBuf<'_>) -> usize {
        let length = if self.name == NAME_TOO_LONG {
            0
        } else {
            usize::from(self.name)
        };
        rx.records_end() - length
    }

    /// A name that came in pieces is complete.
    fn divided_name(&mut self, rx: &mut RecvBuf<'_>) {
        let start = self.scratch(rx);
        let node = self.paths.node(self.node);
        self.value = self.paths.member(node, rx.records_from(start));
        rx.truncate(start);
        self.name = 0;
    }

    /// Drops the records of `node` and of what is below it: they have been there before.
    fn forget(&mut self, rx: &mut RecvBuf<'_>, node: u8) {
        let seen = self.seen;
        self.seen |= 1 << (node & 31);
        if seen == self.seen {
            self.forget_records(rx, node);
        }
    }

    #[inline(never)]
    fn forget_records(&self, rx: &mut RecvBuf<'_>, node: u8) {
        let mut at = self.scope;
        while at < rx.records_end() {
            let next = Records::new(rx.records_from(at), true).iter().next_length();
            let Some((path, length)) = next else { return };
            if self.paths.is_below(path, node) {
                rx.remove(at, at + length);
            } else {
                at += length;
            }
        }
    }

    fn token(&mut self, rx: &mut RecvBuf<'_>, at: usize, token: Token) -> Effect {
        match token {
            Token::BeginObject => self.begin_object(rx),
            Token::BeginArray => self.begin_array(rx),
            Token::EndObject => self.end_object(rx),
            Token::EndArray => self.end_array(rx),
            Token::Name(piece) => {
                self.name(rx, at, piece);
                Effect::Nothing
            }
            Token::Text(piece) => self.piece(rx, at, piece, Kind::Text),
            Token::Number(piece) => self.piece(rx, at, piece, Kind::Number),
            Token::Bool(true) => self.literal(rx, literal::TRUE),
            Token::Bool(false) => self.literal(rx, literal::FALSE),
            Token::Null => self.literal(rx, literal::NULL),
        }
    }

    fn begin_object(&mut self, rx: &mut RecvBuf<'_>) -> Effect {
        let node = self.paths.node(self.value);
        if self.is_element() {
            self.begin_element(rx);
            self.node = self.value;
            return Effect::ElementBegan;
        }
        if node.is_element() && self.value != ROOT {
            if self.list != NOWHERE {
                self.literal_entry(rx, literal::OBJECT);
            } else {
                self.objects = self.objects.saturating_add(1);
                self.scope = rx.records_end();
                self.seen = 0;
            }
        } else {
            self.literal_record(rx, literal::OBJECT);
        }
        if node.has_members() {
            self.node = self.value;
        } else {
            self.tokenizer.skip_container();
        }
        Effect::Nothing
    }

    fn end_object(&mut self, rx: &mut RecvBuf<'_>) -> Effect {
        let ended = self.leave();
        let node = self.paths.node(ended);
        if !node.is_element() || ended == ROOT {
            return Effect::Nothing;
        }
        if self.is_element() {
            return Effect::ElementEnded(node.path);
        }
        self.scope = self.outer_scope(rx);
        self.seen = u32::MAX;
        Effect::Nothing
    }

    fn begin_array(&mut self, rx: &mut RecvBuf<'_>) -> Effect {
        let node = self.paths.node(self.value);
        if self.is_element() {
            self.begin_element(rx);
            self.literal_record(rx, literal::ARRAY);
            self.tokenizer.skip_container();
            return Effect::ElementEnded(node.path);
        }
        if node.is_element() && self.value != ROOT {
            if self.list != NOWHERE {
                self.literal_entry(rx, literal::ARRAY);
            } else {
                self.objects = self.objects.saturating_add(1);
            }
            self.tokenizer.skip_container();
            return Effect::Nothing;
        }
        let element = self.paths.node(node.element);
        if node.element == NONE {
            self.literal_record(rx, literal::ARRAY);
            self.tokenizer.skip_container();
            return Effect::Nothing;
        }
        self.node = self.value;
        self.value = node.element;
        if self.is_element() {
        } else if element.has_members() {
            self.counter = NOWHERE;
            self.objects = 0;
            let at = rx.records_end();
            if element.path != NONE && self.append_header(rx, element.path, Kind::Count, 0) {
                self.counter = at;
            }
        } else {
            self.begin_list(rx, element.path);
        }
        Effect::Nothing
    }

    fn end_array(&mut self, rx: &mut RecvBuf<'_>) -> Effect {
        let element = self.paths.node(self.node).element;
        let node = self.paths.node(element);
        if self.list != NOWHERE {
            self.end_list(rx, node.path);
        } else if self.counter != NOWHERE && node.has_members() {
            let count = self.objects as usize;
            rx.patch(self.counter, &header(node.path, Kind::Count, count));
            self.counter = NOWHERE;
        }
        self.leave();
        Effect::Nothing
    }

    /// Goes back to the container around the one that ended, which is returned.
    fn leave(&mut self) -> u8 {
        let ended = self.node;
        self.node = self.paths.node(ended).parent;
        self.value = ended;
        ended
    }

    /// Whether the value is an element that is an event of its own.
    fn is_element(&self) -> bool {
        let node = self.paths.node(self.value);
        node.is_element() && node.path != NONE && self.paths.keep(node.path) == Keep::Element
    }

    fn begin_element(&mut self, rx: &mut RecvBuf<'_>) {
        self.element = rx.records_end();
        self.scope = self.element;
        self.seen = 0;
        self.lost = rx.is_lost();
        rx.set_lost(false);
    }

    /// The scope around an array of objects.
    fn outer_scope(&self, rx: &RecvBuf<'_>) -> usize {
        if self.element == NOWHERE {
            rx.records_start()
        } else {
            self.element
        }
    }

    fn begin_list(&mut self, rx: &mut RecvBuf<'_>, path: u8) {
        self.entries = 0;
        self.list_full = false;
        self.list = NOWHERE;
        let at = rx.records_end();
        let share = if self.paths.keep(path) == Keep::Brief {
            Keep::Brief
        } else {
            Keep::Cut
        };
        let mut room = self.room(rx, share);
        if share == Keep::Cut {
            room = (room / 2).max(room.min(2 * HEADER));
        }
        if room < 2 * HEADER || !self.append_header(rx, path, Kind::List, 0) {
            rx.set_lost(true);
            self.leave();
            return self.tokenizer.skip_container();
        }
        self.list = at;
        // The full length must find room behind the entries.
        self.limit = at + room - HEADER;
    }

    fn end_list(&mut self, rx: &mut RecvBuf<'_>, path: u8) {
        let kind = if self.list_full {
            rx.append(&self.entries.to_le_bytes());
            Kind::CutList
        } else {
            Kind::List
        };
        let length = rx.records_end() - self.list - HEADER;
        rx.patch(self.list, &header(path, kind, length));
        self.list = NOWHERE;
    }

    /// Counts an entry of the open list, and tells whether it may be kept.
    fn begin_entry(&mut self, rx: &RecvBuf<'_>) -> bool {
        self.entries = self.entries.saturating_add(1);
        self.record = rx.records_end();
        !self.list_full
    }

    fn literal_entry(&mut self, rx: &mut RecvBuf<'_>, literal: u8) {
        if self.begin_entry(rx) {
            self.list_full = self.record >= self.limit || !rx.append(&entry::literal(literal));
        }
    }

    fn literal(&mut self, rx: &mut RecvBuf<'_>, literal: u8) -> Effect {
        let node = self.paths.node(self.value);
        let element = self.is_element();
        if element {
            self.begin_element(rx);
            self.literal_record(rx, literal);
            return Effect::ElementEnded(node.path);
        }
        if !node.is_element() {
            self.literal_record(rx, literal);
        } else if self.list != NOWHERE {
            self.literal_entry(rx, literal);
        } else if self.value != ROOT {
            self.objects = self.objects.saturating_add(1);
        }
        Effect::Nothing
    }

    /// A record that is a header only, if the value is wanted.
    fn literal_record(&mut self, rx: &mut RecvBuf<'_>, literal: u8) {
        let path = self.paths.node(self.value).path;
        if path != NONE {
            let literal = usize::from(literal);
            self.append_header(rx, path, Kind::Literal, literal);
        }
    }

    fn append_header(&mut self, rx: &mut RecvBuf<'_>, path: u8, kind: Kind, length: usize) -> bool {
        let keep = match self.paths.keep(path) {
            Keep::Awaited => Keep::Awaited,
            _ => Keep::Whole,
        };
        let fits = self.room(rx, keep) >= HEADER && rx.append(&header(path, kind, length));
        if !fits {
            rx.set_lost(true);
        }
        fits
    }

    /// Bytes that a record may take, its header included.
    fn room(&self, rx: &RecvBuf<'_>, keep: Keep) -> usize {
        let share = rx.records_share();
        let free = rx.records_limit().saturating_sub(rx.records_end());
        let awaited = if self.awaiting && self.element == NOWHERE {
            share / 4 * 3 + HEADER
        } else {
            0
        };
        let whole = if awaited > 0 {
            share / 8
        } else {
            (share / 8 * 3).min(384)
        };
        let (most, all) = match keep {
            Keep::Awaited => return free,
            Keep::Whole => return free.saturating_sub(awaited),
            Keep::Cut | Keep::Element => (usize::MAX, free.saturating_sub(awaited)),
            Keep::Brief => (share / 8, free.saturating_sub(awaited)),
        };
        // However little is left, there is a mark, so that nothing is cut unseen.
        let mark = all.min(2 * HEADER);
        all.saturating_sub(whole).min(most).max(mark)
    }

    /// A piece of a string or number.
    fn piece(&mut self, rx: &mut RecvBuf<'_>, at: usize, piece: Piece, kind: Kind) -> Effect {
        if self.open == Open::Nothing {
            if let Piece::Raw {
                start,
                end,
                last: true,
            } = piece
                && self.whole_value(rx, at + start, at + end, kind)
            {
                return Effect::Nothing;
            }
            self.open_value(rx, kind);
        }
        if self.open != Open::Discard {
            match piece {
                Piece::Raw { start, end, .. } => {
                    let room = self.room_left(rx, end - start);
                    rx.append_consumed(at + start, at + start + room.min(end - start));
                    self.grow(end - start);
                }
                Piece::Char(escaped) => self.character(rx, escaped),
                Piece::Pair(escaped) => {
                    // Its first half stands there as U+FFFD.
                    let half = char::REPLACEMENT_CHARACTER.len_utf8();
                    if self.is_all_kept(rx) {
                        rx.truncate(rx.records_end() - half);
                    }
                    self.full = self.full.saturating_sub(half as u32);
                    self.character(rx, escaped);
                }
            }
        }
        if !piece.is_last() {
            return Effect::Nothing;
        }
        match core::mem::replace(&mut self.open, Open::Nothing) {
            Open::Entry => self.close_entry(rx, kind),
            Open::Record => self.close_record(rx, kind),
            Open::Discard | Open::Nothing => {}
        }
        if self.is_element() {
            return Effect::ElementEnded(self.paths.node(self.value).path);
        }
        Effect::Nothing
    }

    /// Keeps a value that stands at `from..to` in the memory, if that is all of it, it is simple
    /// and there is room. This is what mostly happens; anything else goes piece by piece.
    fn whole_value(&mut self, rx: &mut RecvBuf<'_>, from: usize, to: usize, kind: Kind) -> bool {
        let node = self.paths.node(self.value);
        let length = to.saturating_sub(from);
        if node.is_element() {
            let fits = rx.records_end() + 2 + length <= self.limit && length <= entry::LONGEST_TEXT;
            let kept = kind == Kind::Text
                && self.list != NOWHERE
                && !self.list_full
                && fits
                && rx.append_record(&entry::text(length, false), from, to);
            self.entries = self.entries.saturating_add(u32::from(kept));
            return kept;
        }
        if node.path == NONE {
            return false;
        }
        let keep = self.paths.keep(node.path);
        let room = self.room(rx, keep).min(LONGEST);
        let kept = room >= 2 * HEADER
            && room - HEADER >= length
            && rx.append_record(&header(node.path, kind, length), from, to);
        if kept && keep == Keep::Awaited {
            self.awaiting = false;
        }
        kept
    }

    fn open_value(&mut self, rx: &mut RecvBuf<'_>, kind: Kind) {
        let node = self.paths.node(self.value);
        self.full = 0;
        self.open = Open::Discard;
        if self.is_element() {
            self.begin_element(rx);
        } else if node.is_element() && self.value != ROOT {
            if self.list == NOWHERE {
                self.objects = self.objects.saturating_add(1);
            } else if self.begin_entry(rx) {
                let placeholder: &[u8] = if kind == Kind::Text { &[0; 2] } else { &[0] };
                self.part = self.record + placeholder.len();
                if self.part <= self.limit && rx.append(placeholder) {
                    self.open = Open::Entry;
                } else {
                    self.list_full = true;
                }
            }
            return;
        }
        if node.path == NONE {
            return;
        }
        self.record = rx.records_end();
        let room = self.room(rx, self.paths.keep(node.path));
        // A value that is cut or too long is marked by its length.
        if room < 2 * HEADER || !rx.append(&[0; HEADER]) {
            return rx.set_lost(true);
        }
        self.part = self.record + HEADER;
        self.limit = self.record + room.min(LONGEST);
        self.open = Open::Record;
    }

    fn close_record(&mut self, rx: &mut RecvBuf<'_>, kind: Kind) {
        let path = self.paths.node(self.value).path;
        let keep = self.paths.keep(path);
        let kind = if self.is_all_kept(rx) {
            kind
        } else if kind == Kind::Text && !matches!(keep, Keep::Whole | Keep::Awaited) {
            self.cut(rx);
            Kind::CutText
        } else {
            rx.truncate(self.part);
            rx.append(&self.full.to_le_bytes());
            Kind::TooLong
        };
        let length = rx.records_end() - self.part;
        rx.patch(self.record, &header(path, kind, length));
        if keep == Keep::Awaited {
            self.awaiting = false;
        }
    }

    fn close_entry(&mut self, rx: &mut RecvBuf<'_>, kind: Kind) {
        let keep = self.paths.keep(self.paths.node(self.value).path);
        let cut = !self.is_all_kept(rx);
        let longest = if kind == Kind::Text {
            entry::LONGEST_TEXT
        } else {
            entry::LONGEST_NUMBER
        };
        if cut {
            self.list_full = true;
            let room = self.limit.saturating_sub(self.part);
            if kind != Kind::Text || keep == Keep::Whole || room < 2 * HEADER {
                return rx.truncate(self.record);
            }
            self.cut(rx);
        }
        let length = rx.records_end() - self.part;
        if length > longest {
            self.list_full = true;
            return rx.truncate(self.record);
        }
        if kind == Kind::Text {
            rx.patch(self.record, &entry::text(length, cut));
        } else {
            rx.patch(self.record, &entry::number(length));
        }
    }

    /// Shortens the open value so that its full length can follow, which is appended.
    fn cut(&mut self, rx: &mut RecvBuf<'_>) {
        let most = self.limit.saturating_sub(HEADER).min(rx.records_end());
        let kept = rx
            .records_from(self.part)
            .get(..most.saturating_sub(self.part));
        let whole = scan::whole_characters(kept.unwrap_or_default());
        rx.truncate(self.part + whole);
        rx.append(&self.full.to_le_bytes());
    }

    fn character(&mut self, rx: &mut RecvBuf<'_>, character: char) {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        if self.room_left(rx, bytes.len()) >= bytes.len() {
            rx.append(bytes);
        }
        self.grow(bytes.len());
    }

    /// How many of the next `wanted` bytes of the open value are kept.
    fn room_left(&self, rx: &RecvBuf<'_>, wanted: usize) -> usize {
        if self.is_all_kept(rx) {
            self.limit.saturating_sub(rx.records_end()).min(wanted)
        } else {
            0
        }
    }

    fn grow(&mut self, length: usize) {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.full = self.full.saturating_add(length);
    }

    /// Whether all of the open value so far stands in its record.
    fn is_all_kept(&self, rx: &RecvBuf<'_>) -> bool {
        (rx.records_end() - self.part) as u32 == self.full
    }
}
