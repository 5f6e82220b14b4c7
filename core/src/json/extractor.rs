//! Extraction of the wanted members of documents that are never whole in memory.

use super::paths::{NONE, Node, Paths, ROOT, Retention};
use super::raw::{self, CopyRaw, Raw, RawCopy};
use super::record_kind;
use super::record_layout::{HEADER, LONGEST, head, header, tag};
use super::record_room;
use super::source::Source;
use super::token::{PieceKind, SyntaxError, TokenKind};
use super::tokenizer::{Reader, SHORTCUTS, Tokenizer};
use crate::buffer::RecvBuf;
use crate::utf8;

/// Reads documents through a receive buffer and keeps the wanted members at its front.
///
/// It reads any number of bytes at a time. Wanted values are unescaped and written to the front of
/// the same buffer, into room that the document itself has left. Everything else is validated and
/// discarded. If a name occurs twice in an object, the last one counts, except that elements of
/// lists that were yielded are not taken back, and that a value before an array of objects stays
/// beside one of the same name after it, if both are in an object of another array.
///
/// How much of a value is kept depends on the size of the buffer and on the document, never on the
/// division of the document into reads. `N` is the size of the memory, in bytes; of a
/// [split](RecvBuf::split) buffer it is the size of the first part, 168 bytes more than half of the
/// memory. Values leave 168 bytes of `N` free, or 56 if the document comes as a
/// [`Source::Stream`]. Of the rest:
/// * [`Retention::Awaited`] may take all; until it arrives, 3/4 N are reserved for it;
/// * [`Retention::Whole`] may take all that is not reserved;
/// * [`Retention::Cut`] and lists leave 3/8 N (at most 384 bytes) for whole values that come later,
///   or, while a value is awaited, N/16 (at least 80 bytes, or N/8 if that is less) and the bytes
///   reserved for that. Of the remainder, a value or list that is [`Retention::Brief`] takes at most
///   N/8, any other list at most half;
/// * a value that may be cut and for which nothing is left has a record of 8 bytes with its length.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::json::{DocumentState, Extractor, Raw, Source};
///
/// slack_rtm::paths! {
///     const RESPONSE {
///         const URL = Awaited "url";
///         const NAME = Brief "self.name";
///         const USER = Element "users[]";
///         const USER_ID = Whole "users[].id";
///     }
/// }
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// let mut extractor = Extractor::with_source(&RESPONSE, Raw::Off, Source::Stream);
/// let mut users = Vec::new();
/// let body = br#"{"users":[{"id":"U1"},{"id":"U2"}],"url":"wss:\/\/slack.com","self":{"name":"bot"}}"#;
/// for segment in body.chunks(7) {
///     rx.read_with(|space| {
///         space[..segment.len()].copy_from_slice(segment);
///         Ok::<_, ()>(segment.len())
///     });
///     while let DocumentState::Element(USER) = extractor.feed(&mut rx, usize::MAX)?.state {
///         users.push(rx.records().text(USER_ID).unwrap().to_string());
///     }
/// }
/// extractor.finish(&mut rx)?;
/// assert_eq!(users, ["U1", "U2"]);
/// assert_eq!(rx.records().text(URL).unwrap(), "wss://slack.com");
/// assert_eq!(rx.records().text(NAME).unwrap(), "bot");
/// # Ok::<(), slack_rtm::json::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Extractor {
    paths: &'static Paths,
    tokenizer: Tokenizer,
    source: Source,
    stage: Stage,
    /// Whether the awaited value has not arrived.
    awaiting: bool,
    /// Whether a value outside of the open element has no record.
    lost_outside: bool,
    cursor: Cursor,
    scope: Scope,
    open: Open,
    raw: RawCopy,
}

/// The result of [`Extractor::feed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Progress {
    /// The number of bytes consumed. Not 0 if bytes were given and the state is
    /// [`Incomplete`](DocumentState::Incomplete).
    pub consumed: usize,
    /// The state of the document after them.
    pub state: DocumentState,
}

/// The state of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DocumentState {
    /// The document continues after the bytes that were given.
    Incomplete,
    /// An element of the list with this path is complete. Its records follow those of the document
    /// until the next call.
    Element(u8),
    /// The value of the document is complete, and no byte after it is consumed. Another call
    /// consumes white space and refuses anything else. Only the caller knows whether the document
    /// ends here.
    Complete,
}

impl Extractor {
    /// The deepest nesting of which a raw copy is kept, because parsers that recurse read it.
    pub const RAW_LEVELS: usize = raw::LEVELS;

    /// The function that keeps a raw copy, for [`copying`](Self::copying).
    pub(crate) const COPY: CopyRaw = raw::copy;

    /// Creates an extractor for documents in frames: see [`Source::Frames`], which suits streams
    /// too.
    pub const fn new(paths: &'static Paths, raw: Raw) -> Self {
        Self::with_source(paths, raw, Source::Frames)
    }

    /// Creates an extractor for documents that come as `source`.
    pub const fn with_source(paths: &'static Paths, raw: Raw, source: Source) -> Self {
        let copy = match raw {
            Raw::Off => None,
            Raw::On => Some(Self::COPY),
        };
        Self::copying(paths, copy, source)
    }

    /// Creates an extractor that keeps a raw copy with `copy`. A program that decides at run time
    /// links [`COPY`](Self::COPY) only if it names it.
    pub(crate) const fn copying(
        paths: &'static Paths,
        copy: Option<CopyRaw>,
        source: Source,
    ) -> Self {
        Self {
            paths,
            tokenizer: Tokenizer::new(),
            source,
            stage: Stage::Between,
            awaiting: false,
            lost_outside: false,
            cursor: Cursor::START,
            scope: Scope { start: 0, seen: 0 },
            open: Open::nothing(),
            raw: RawCopy::new(copy),
        }
    }

    /// Returns the table of wanted paths.
    pub const fn paths(&self) -> &'static Paths {
        self.paths
    }

    /// Prepares for another document. The records of the last one stay until it begins.
    pub const fn reset(&mut self) {
        self.stage = Stage::Between;
    }

    /// Reads at most `limit` unread bytes of `rx`, up to the end of an element of a list, or of the
    /// document.
    ///
    /// It makes progress: if there are unread bytes and `limit` is not 0, then bytes are consumed,
    /// or the state is not [`DocumentState::Incomplete`].
    ///
    /// # Errors
    /// [`SyntaxError`] if the document is not JSON. All of the `limit` bytes are then consumed, as
    /// far as they were there, so that the caller finds the end of its message. Only
    /// [`reset`](Self::reset) makes the extractor usable again.
    pub fn feed(&mut self, rx: &mut RecvBuf<'_>, limit: usize) -> Result<Progress, SyntaxError> {
        self.begin(rx);
        let begin = rx.position();
        let end = begin + limit.min(rx.unread().len());
        let element = self.read(rx, end);
        rx.finish_to(self.finished(rx));
        let state = match element {
            Ok(Some(path)) => {
                self.stage = Stage::Yielded;
                DocumentState::Element(path)
            }
            Ok(None) if self.tokenizer.is_complete() => {
                rx.end_region();
                DocumentState::Complete
            }
            Ok(None) => DocumentState::Incomplete,
            Err(error) => {
                rx.consume(end - rx.position());
                return Err(error);
            }
        };
        Ok(Progress {
            consumed: rx.position() - begin,
            state,
        })
    }

    /// Ends the document, and prepares for the next one.
    ///
    /// # Errors
    /// [`SyntaxError::Incomplete`] if the document is not complete.
    pub fn finish(&mut self, rx: &mut RecvBuf<'_>) -> Result<(), SyntaxError> {
        self.begin(rx);
        self.tokenizer.finish()?;
        rx.end_region();
        self.reset();
        Ok(())
    }

    /// Begins a document, or continues after an element that was yielded.
    fn begin(&mut self, rx: &mut RecvBuf<'_>) {
        match self.stage {
            Stage::Reading => return,
            Stage::Between => {
                self.tokenizer.reset();
                self.awaiting = self.paths.awaits();
                self.cursor = Cursor::START;
                self.open.value.state = ValueState::Closed;
                self.open.element = None;
                self.open.list = None;
                self.open.objects = None;
                self.scope.seen = 0;
                rx.begin_document(self.source);
                self.raw.begin(rx, &mut self.tokenizer);
            }
            Stage::Yielded => {
                if let Some(start) = self.open.element.take() {
                    rx.truncate(start);
                    rx.set_overflowed(self.lost_outside);
                }
                rx.drop_copy();
                self.scope.seen = u32::MAX;
            }
        }
        self.stage = Stage::Reading;
        self.scope.start = rx.region_start();
    }

    /// Reads up to `end` in the memory, or to the end of an element or of the document. Returns the
    /// path of the element.
    #[inline(always)] // it has one caller
    fn read(&mut self, rx: &mut RecvBuf<'_>, end: usize) -> Result<Option<u8>, SyntaxError> {
        loop {
            let at = rx.position();
            let input = rx.bytes(at, end);
            let (paths, node, next) = (self.paths, self.cursor.node, &mut self.cursor.next);
            let in_pieces = self.cursor.matched_plus_one > 0;
            let mut wanted = |name: &[u8]| {
                if !in_pieces {
                    *next = paths.member(node, name);
                }
                in_pieces || *next != NONE
            };
            let mut reader = Reader::new(input);
            while reader.wants_more() {
                self.tokenizer.advance(&mut reader, &mut wanted);
            }
            if let Some(error) = reader.error() {
                return Err(error);
            }
            let (used, found, character) = (reader.at, reader.found, reader.character);
            let mut span = Span {
                kind: reader.piece,
                start: at + reader.start,
                length: reader.end - reader.start,
            };
            rx.consume_known(used);
            self.raw.append(rx, at, &self.tokenizer);
            if found == TokenKind::Nothing {
                return Ok(None);
            }
            if let PieceKind::Char | PieceKind::Pair = span.kind {
                (span.start, span.length) = rx.write_consumed(character);
            }
            let element = self.token(rx, found, span);
            // Bytes after the document wait for the next call. Otherwise it would depend on the
            // division into reads whether they are refused with the document.
            if element.is_some() || self.tokenizer.is_complete() {
                return Ok(element);
            }
        }
    }

    /// Processes a token. Returns the path of the element that it completes.
    fn token(&mut self, rx: &mut RecvBuf<'_>, found: TokenKind, span: Span) -> Option<u8> {
        match found {
            TokenKind::Name => self.name(rx, span),
            TokenKind::EndObject => return self.end_object(rx),
            TokenKind::EndArray => self.end_array(rx),
            TokenKind::BeginObject => self.begin_object(rx),
            TokenKind::BeginArray => return self.begin_array(rx),
            TokenKind::Text | TokenKind::Number => return self.piece(rx, span, found as u8),
            _ => return self.literal(rx, found as u8),
        }
        None
    }

    /// Returns the end of the finished records.
    fn finished(&self, rx: &RecvBuf<'_>) -> usize {
        if let Some(list) = self.open.list {
            list.record
        } else if self.open.value.state == ValueState::Record {
            self.open.value.record()
        } else {
            rx.region_end()
        }
    }
}

/// The progress of an extractor with its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No document has begun.
    Between,
    Reading,
    /// An element was yielded, whose records go with the next call.
    Yielded,
}

/// The position in the tree of paths.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    /// The innermost container of which members are wanted.
    node: u8,
    /// The next value, or [`NONE`]. While a name comes in pieces, a member whose name begins with
    /// them.
    next: u8,
    /// While a name comes in pieces, one more than the number of bytes that were matched; 0
    /// otherwise.
    matched_plus_one: u8,
    /// The number of open objects that are elements of arrays and not yielded.
    objects: u8,
}

impl Cursor {
    const START: Self = Self {
        node: ROOT,
        next: ROOT,
        matched_plus_one: 0,
        objects: 0,
    };
}

/// The records among which a path may occur only once: those of the document, of an element, or of
/// one object in an array.
#[derive(Clone, Copy, Debug)]
struct Scope {
    /// The position of the first record.
    start: usize,
    /// A bit for each node, modulo 32, that a name in this scope has led to.
    seen: u32,
}

/// The parts of the document that have begun and not ended.
#[derive(Clone, Debug)]
struct Open {
    /// The position of the first record of the element that is yielded when it is complete.
    element: Option<usize>,
    value: OpenValue,
    list: Option<OpenList>,
    objects: Option<OpenObjects>,
}

impl Open {
    const fn nothing() -> Self {
        Self {
            element: None,
            value: OpenValue {
                state: ValueState::Closed,
                whole: false,
                start: 0,
                limit: 0,
                full: 0,
            },
            list: None,
            objects: None,
        }
    }
}

/// The string or number that is being read.
#[derive(Clone, Copy, Debug)]
struct OpenValue {
    state: ValueState,
    /// Whether all of it so far was kept.
    whole: bool,
    /// The position of its first byte in the memory.
    start: usize,
    /// The end of the bytes that it may take.
    limit: usize,
    /// Its length so far, kept or not.
    full: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueState {
    Closed,
    /// It is not kept.
    Discarded,
    /// It is the value of a record.
    Record,
    /// It is an entry of the open list.
    Entry,
}

impl OpenValue {
    /// Returns the position of its record. Only in [`ValueState::Record`].
    const fn record(&self) -> usize {
        self.start - HEADER
    }

    /// Returns how many of `length` more bytes may be kept, if the records end at `end`.
    fn fitting(&self, length: usize, end: usize) -> usize {
        if self.whole {
            length.min(self.limit.saturating_sub(end))
        } else {
            0
        }
    }

    /// Counts `length` more bytes, of which `kept` were kept.
    fn grow(&mut self, length: usize, kept: usize) {
        self.whole &= kept == length;
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.full = self.full.saturating_add(length);
    }
}

/// The array whose entries are being kept in one record.
#[derive(Clone, Copy, Debug)]
struct OpenList {
    state: ListState,
    /// The position of its record.
    record: usize,
    /// The end of the bytes that its entries may take.
    limit: usize,
    /// The number of its entries so far.
    entries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListState {
    Open,
    /// An entry did not fit, so that no later one is kept.
    Full,
}

/// The array of objects that are being counted in a record.
#[derive(Clone, Copy, Debug)]
struct OpenObjects {
    /// The position of its record.
    record: usize,
    /// The number of its objects so far.
    count: u32,
}

/// The role of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It is the document, or a member.
    Member,
    /// It is an element that is yielded.
    Element,
    /// It is an entry of the open list.
    Entry,
    /// It is an element of an array of objects.
    Object,
}

/// A piece of a name or value in the memory.
#[derive(Clone, Copy, Debug)]
struct Span {
    kind: PieceKind,
    start: usize,
    length: usize,
}

/// Names.
impl Extractor {
    /// Processes a wanted name, or a piece of a name.
    fn name(&mut self, rx: &mut RecvBuf<'_>, span: Span) {
        let last = span.kind == PieceKind::Last;
        if !SHORTCUTS || self.cursor.matched_plus_one > 0 || !last {
            if self.cursor.matched_plus_one == 0 {
                (self.cursor.matched_plus_one, self.cursor.next) = (1, NONE);
            }
            // No wanted name has a character that could be half a pair.
            if span.kind == PieceKind::Pair {
                self.cursor.next = NONE;
            }
            for byte in rx.bytes(span.start, span.start + span.length) {
                self.follow(Some(*byte));
            }
            if !last {
                return;
            }
            self.follow(None);
            self.cursor.matched_plus_one = 0;
        }
        if self.cursor.next == NONE {
            self.tokenizer.skip_value();
        } else {
            self.forget(rx);
        }
    }

    /// Follows a byte of a name, or its end, through the tree of paths.
    fn follow(&mut self, byte: Option<u8>) {
        let Cursor {
            node,
            next,
            matched_plus_one,
            ..
        } = self.cursor;
        let matched = matched_plus_one - 1;
        self.cursor.next = self.paths.member_with(node, next, matched, byte);
        self.cursor.matched_plus_one = matched_plus_one.saturating_add(1);
    }

    /// Removes earlier records of the next value and of the values below it.
    fn forget(&mut self, rx: &mut RecvBuf<'_>) {
        let seen = self.scope.seen;
        self.scope.seen |= 1 << (self.cursor.next & 31);
        if seen == self.scope.seen {
            self.forget_records(rx);
        }
    }

    #[inline(never)]
    fn forget_records(&self, rx: &mut RecvBuf<'_>) {
        let mut at = self.scope.start;
        while let (path, length @ 1..) = head(rx.bytes(at, rx.region_end())) {
            if self.paths.is_below(path, self.cursor.next) {
                rx.remove(at, length);
            } else {
                at += length;
            }
        }
    }
}

/// Containers and literals.
impl Extractor {
    /// Begins a value. Returns its role.
    fn begin_value(&mut self, rx: &mut RecvBuf<'_>, node: &Node) -> Role {
        if !node.is_element() {
            Role::Member
        } else if node.retention() == Retention::Element {
            let start = rx.region_end();
            self.open.element = Some(start);
            self.lost_outside = rx.has_overflowed();
            self.scope = Scope { start, seen: 0 };
            rx.set_overflowed(false);
            rx.drop_copy();
            Role::Element
        } else if let Some(list) = &mut self.open.list {
            list.entries = list.entries.saturating_add(1);
            Role::Entry
        } else {
            if self.cursor.objects == 0
                && let Some(objects) = &mut self.open.objects
            {
                objects.count = objects.count.saturating_add(1);
            }
            Role::Object
        }
    }

    /// Keeps a value of which only the kind is kept.
    fn keep_kind(&mut self, rx: &mut RecvBuf<'_>, node: &Node, role: Role, kind: u8) {
        if role == Role::Entry {
            if let Some(list) = &mut self.open.list
                && list.state == ListState::Open
                && (rx.region_end() > list.limit || !rx.append(&[tag(kind)]))
            {
                list.state = ListState::Full;
            }
        } else if role != Role::Object && node.path != NONE {
            self.append_header(rx, node, kind);
        }
    }

    fn literal(&mut self, rx: &mut RecvBuf<'_>, kind: u8) -> Option<u8> {
        let node = self.paths.node(self.cursor.next);
        let role = self.begin_value(rx, node);
        self.keep_kind(rx, node, role, kind);
        node.yielded_path()
    }

    fn begin_object(&mut self, rx: &mut RecvBuf<'_>) {
        let node = self.paths.node(self.cursor.next);
        let role = self.begin_value(rx, node);
        match role {
            Role::Element => {
                self.raw.begin(rx, &mut self.tokenizer);
                self.raw.append(rx, rx.position() - 1, &self.tokenizer);
            }
            Role::Object => {
                if node.path != NONE && !self.append_header(rx, node, record_kind::ELEMENT) {
                    // Its members would look like those of the object before it.
                    return self.tokenizer.skip_container_or_document();
                }
                self.cursor.objects = self.cursor.objects.wrapping_add(1);
                self.scope = Scope {
                    start: rx.region_end(),
                    seen: 0,
                };
            }
            Role::Member | Role::Entry => self.keep_kind(rx, node, role, record_kind::OBJECT),
        }
        if role == Role::Element || self.paths.has_members(self.cursor.next) {
            self.cursor.node = self.cursor.next;
        } else {
            self.tokenizer.skip_container_or_document();
        }
    }

    fn end_object(&mut self, rx: &RecvBuf<'_>) -> Option<u8> {
        let node = self.leave();
        let yielded = node.yielded_path();
        if yielded.is_none() && node.is_element() {
            // Back to the scope around an array of objects. If that is another object of an array,
            // its names up to here are not known: those that follow are a scope of their own.
            self.cursor.objects = self.cursor.objects.wrapping_sub(1);
            self.scope = if self.cursor.objects == 0 {
                Scope {
                    start: self.open.element.unwrap_or(rx.region_start()),
                    seen: u32::MAX,
                }
            } else {
                Scope {
                    start: rx.region_end(),
                    seen: 0,
                }
            };
        }
        yielded
    }

    fn begin_array(&mut self, rx: &mut RecvBuf<'_>) -> Option<u8> {
        let node = self.paths.node(self.cursor.next);
        let role = self.begin_value(rx, node);
        let element = self.paths.element(self.cursor.next);
        if role != Role::Member || element == NONE {
            self.keep_kind(rx, node, role, record_kind::ARRAY);
            self.tokenizer.skip_container_or_document();
            return node.yielded_path();
        }
        self.cursor.node = self.cursor.next;
        self.cursor.next = element;
        let node = self.paths.node(element);
        if node.retention() == Retention::Element {
            // Each element is begun by its value.
        } else if self.paths.has_members(element) {
            if self.cursor.objects == 0 {
                let record = rx.region_end();
                let has_record =
                    node.path != NONE && self.append_header(rx, node, record_kind::COUNT);
                self.open.objects = has_record.then_some(OpenObjects { record, count: 0 });
            }
        } else {
            self.begin_list(rx, node);
        }
        None
    }

    fn end_array(&mut self, rx: &mut RecvBuf<'_>) {
        let path = self.paths.node(self.paths.element(self.cursor.node)).path;
        if let Some(list) = self.open.list.take() {
            let kind = if list.state == ListState::Full {
                rx.append(&list.entries.to_le_bytes());
                record_kind::CUT_LIST
            } else {
                record_kind::LIST
            };
            rx.end_record(list.record, path, kind);
        } else if self.cursor.objects == 0
            && let Some(objects) = self.open.objects.take()
        {
            let header = header(path, record_kind::COUNT, objects.count as usize);
            rx.patch(objects.record, &header);
        }
        self.leave();
    }

    /// Returns to the container around the one that ended, and returns the latter.
    fn leave(&mut self) -> &'static Node {
        let ended = self.cursor.node;
        self.cursor.next = ended;
        self.cursor.node = self.paths.parent(ended);
        self.paths.node(ended)
    }

    fn begin_list(&mut self, rx: &mut RecvBuf<'_>, node: &Node) {
        let brief = node.retention() == Retention::Brief;
        let retention = if brief {
            Retention::Brief
        } else {
            Retention::Cut
        };
        let mut room = self.room(rx, retention);
        if !brief {
            room = (room / 2).max(room.min(2 * HEADER));
        }
        room = room.min(LONGEST);
        let record = rx.region_end();
        if room < 2 * HEADER || !rx.begin_record() {
            rx.set_overflowed(true);
            self.leave();
            return self.tokenizer.skip_container_or_document();
        }
        self.open.list = Some(OpenList {
            state: ListState::Open,
            record,
            // There must be room for a tag after each entry, and for the full length after them
            // all.
            limit: record + room - HEADER - 1,
            entries: 0,
        });
    }
}

/// Strings and numbers.
impl Extractor {
    /// Processes a piece of a string or number. Returns the path of the element that it completes.
    fn piece(&mut self, rx: &mut RecvBuf<'_>, span: Span, kind: u8) -> Option<u8> {
        let node = self.paths.node(self.cursor.next);
        if self.open.value.state == ValueState::Closed {
            self.open_value(rx, node);
        }
        let value = &mut self.open.value;
        if span.kind == PieceKind::Pair {
            // Its first half was kept as U+FFFD.
            let half = char::REPLACEMENT_CHARACTER.len_utf8();
            if value.whole {
                rx.truncate(rx.region_end().saturating_sub(half));
            }
            value.full = value.full.saturating_sub(half as u32);
        }
        let kept = value.fitting(span.length, rx.region_end());
        rx.append_consumed(span.start, kept);
        value.grow(span.length, kept);
        if span.kind != PieceKind::Last {
            return None;
        }
        self.close_value(rx, node, kind);
        node.yielded_path()
    }

    fn open_value(&mut self, rx: &mut RecvBuf<'_>, node: &Node) {
        let role = self.begin_value(rx, node);
        let start = rx.region_end();
        let mut value = OpenValue {
            state: ValueState::Discarded,
            start,
            whole: false,
            limit: start,
            full: 0,
        };
        if role == Role::Entry {
            if let Some(list) = self.open.list
                && list.state == ListState::Open
            {
                value.state = ValueState::Entry;
                value.whole = true;
                value.limit = list.limit;
            }
        } else if role != Role::Object && node.path != NONE {
            let room = self.room(rx, node.retention()).min(LONGEST);
            // There must be room for the full length of a value that is cut or too long.
            if room >= 2 * HEADER && rx.begin_record() {
                value.state = ValueState::Record;
                value.whole = true;
                value.start = start + HEADER;
                value.limit = start + room;
            } else {
                rx.set_overflowed(true);
            }
        }
        self.open.value = value;
    }

    fn close_value(&mut self, rx: &mut RecvBuf<'_>, node: &Node, mut kind: u8) {
        let value = self.open.value;
        self.open.value.state = ValueState::Closed;
        if value.state == ValueState::Discarded {
            return;
        }
        let is_record = value.state == ValueState::Record;
        if !value.whole {
            // Of a list only the first entry is cut.
            let can_be_cut = !matches!(node.retention(), Retention::Whole | Retention::Awaited)
                && (is_record || self.is_first_entry() && value.limit >= value.start + HEADER);
            kind = if kind == record_kind::TEXT && can_be_cut {
                record_kind::CUT_TEXT
            } else {
                record_kind::TOO_LONG
            };
            // There must be room for the full length after the kept part.
            let most = value.limit.saturating_sub(HEADER + value.start);
            let end = rx.region_end().min(value.start + most);
            let kept = if kind == record_kind::TOO_LONG {
                0
            } else {
                utf8::valid(rx.bytes(value.start, end)).len()
            };
            rx.truncate(value.start + kept);
        }
        if !is_record {
            if !value.whole
                && let Some(list) = &mut self.open.list
            {
                list.state = ListState::Full;
            }
            if kind == record_kind::TOO_LONG {
                return;
            }
            rx.append(&[tag(kind)]);
        }
        if !value.whole {
            rx.append(&value.full.to_le_bytes());
        }
        if is_record {
            rx.end_record(value.record(), node.path, kind);
            self.awaiting &= node.retention() != Retention::Awaited;
        }
    }

    fn is_first_entry(&self) -> bool {
        self.open.list.is_some_and(|list| list.entries == 1)
    }

    /// Appends a record that is a header only. Returns whether it fits.
    fn append_header(&mut self, rx: &mut RecvBuf<'_>, node: &Node, kind: u8) -> bool {
        let retention = match node.retention() {
            Retention::Awaited => Retention::Awaited,
            _ => Retention::Whole,
        };
        let fits = self.room(rx, retention) >= HEADER && rx.append(&header(node.path, kind, 0));
        if !fits {
            rx.set_overflowed(true);
        }
        fits
    }

    /// Returns the number of bytes that a record may take, its header included.
    fn room(&self, rx: &RecvBuf<'_>, retention: Retention) -> usize {
        let awaiting = self.awaiting && self.open.element.is_none();
        record_room::room(rx.shared_memory(), rx.region_room(), retention, awaiting)
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Extractor);
