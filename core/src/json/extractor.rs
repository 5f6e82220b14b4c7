//! Wanted members of a document that is never whole in memory.

use super::paths::{NONE, Node, ROOT};
use super::records::{HEADER, LONGEST, head, header, kind, tag};
use super::tokenizer::{Found, Part, Reader, SHORTCUTS};
use super::{Paths, Retention, SyntaxError, Tokenizer};
use crate::buffer::{RecvBuf, Source};
use crate::utf8;

/// Whether a raw copy of each document is kept beside its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Raw {
    /// Values only.
    #[default]
    Off,
    /// [`RecvBuf::raw`] has the document, or the element of a list, if it fits into the room for
    /// it and is nested no deeper than [`Extractor::RAW_LEVELS`]. The buffer must be
    /// [`split`](RecvBuf::split).
    On,
}

/// What [`Extractor::feed`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that it consumed.
    pub consumed: usize,
    /// Where the document stands.
    pub state: DocumentState,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentState {
    /// It goes on behind the bytes that were given.
    Incomplete,
    /// An element of the list with this path is complete. Its records stand behind those of the
    /// document, until the next run.
    Element(u8),
    /// Its value is complete, and what follows was not read along. Another run takes white space
    /// and refuses anything else. Whether the document ends here, the caller knows.
    Complete,
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
/// * [`Retention::Awaited`] may take all, and 3/4 N are held free until it has come;
/// * [`Retention::Whole`] may take what is not held free;
/// * [`Retention::Cut`] and lists leave 3/8 N (384 bytes at most) for whole values that come later,
///   or, while a value is awaited, N/8 beside what is held free for that; a list takes half of what is left;
/// * [`Retention::Brief`] takes N/8 of that at most;
/// * a cuttable value for which nothing is left has a record of 8 bytes that tells its length.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::json::{Extractor, DocumentState, Raw};
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
/// let mut fields = Extractor::new(&ANSWER, Raw::Off);
/// let mut users = Vec::new();
/// let body = br#"{"users":[{"id":"U1"},{"id":"U2"}],"url":"wss:\/\/slack.com","self":{"name":"bot"}}"#;
/// for segment in body.chunks(7) {
///     rx.read_with(|space| {
///         space[..segment.len()].copy_from_slice(segment);
///         Ok::<_, ()>(segment.len())
///     });
///     while let DocumentState::Element(USER) = fields.feed(&mut rx, usize::MAX)?.state {
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
pub struct Extractor {
    paths: &'static Paths,
    tokenizer: Tokenizer,
    begun: bool,
    /// The awaited value has not come yet.
    awaiting: bool,
    /// The element that went out with the last run must go.
    delivered: bool,
    /// A wanted value outside of the element was lost.
    lost: bool,
    /// A list is open; an entry of it did not fit, so that no later one is kept.
    in_list: bool,
    list_full: bool,
    open: Open,
    /// The open value stands in its record as far as it came.
    whole: bool,
    /// The innermost container that is followed.
    node: u8,
    /// What the next value is.
    value: u8,
    /// Bytes of a name in pieces, which are those that the name of `value` begins with.
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
    /// The entries of the open list so far.
    entries: u32,
    /// Where the record of the open array of objects begins, or [`NOWHERE`], and its objects so far.
    counter: usize,
    objects: u32,
    /// How many containers were open where the raw copy begins.
    outer: usize,
    /// Copies what was consumed, if a raw copy is wanted: through a pointer, so that programs
    /// which want none do not pay for it.
    copy: Option<CopyRaw>,
}

/// Appends the consumed bytes from a place in the memory on to the raw copy, where containers are
/// so deep.
pub(crate) type CopyRaw = fn(&mut RecvBuf<'_>, usize, usize);

const NOWHERE: usize = usize::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    /// A value that is not kept.
    Discard,
    Record,
    Entry,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is the document, or a member.
    Member,
    /// It is an element that is an event of its own.
    Element,
    /// It is an entry of a list.
    Entry,
    /// It is an element of an array of objects.
    Object,
}

impl Extractor {
    /// The deepest nesting of which a raw copy is kept: parsers that recurse read it.
    pub const RAW_LEVELS: usize = 32;

    /// Ready to read a document.
    pub const fn new(paths: &'static Paths, raw: Raw) -> Self {
        Self::copying(
            paths,
            match raw {
                Raw::Off => None,
                Raw::On => Some(Self::COPY),
            },
        )
    }

    /// What copies, for whoever decides about it at run time and yet links it only if it is wanted.
    pub(crate) const COPY: CopyRaw = copy;

    /// As [`new`](Self::new), with what copies.
    pub(crate) const fn copying(paths: &'static Paths, copy: Option<CopyRaw>) -> Self {
        Self {
            paths,
            tokenizer: Tokenizer::new(),
            copy,
            begun: false,
            awaiting: false,
            delivered: false,
            lost: false,
            in_list: false,
            list_full: false,
            open: Open::Nothing,
            whole: false,
            node: ROOT,
            value: ROOT,
            name: 0,
            element: 0,
            scope: 0,
            seen: 0,
            record: 0,
            part: 0,
            limit: 0,
            full: 0,
            entries: 0,
            counter: 0,
            objects: 0,
            outer: 0,
        }
    }

    /// The table of wanted paths.
    pub const fn paths(&self) -> &'static Paths {
        self.paths
    }

    /// Ready to read another document; the records of the last one stay until it begins.
    pub const fn reset(&mut self) {
        self.begun = false;
    }

    /// Reads at most `limit` unread bytes of `rx`, up to the end of an element of a list, or of the
    /// document.
    ///
    /// # Errors
    /// [`SyntaxError`] if the document is not JSON. Nothing but [`reset`](Self::reset) is of
    /// use then.
    pub fn feed(&mut self, rx: &mut RecvBuf<'_>, limit: usize) -> Result<Progress, SyntaxError> {
        self.begin(rx);
        let begin = rx.position();
        let end = begin + limit.min(rx.unread().len());
        let mut state = DocumentState::Incomplete;
        loop {
            let at = rx.position();
            let input = rx.bytes(at, end);
            let (paths, node, value) = (self.paths, self.node, &mut self.value);
            let in_pieces = self.name > 0;
            let mut wanted = |name: &[u8]| {
                if !in_pieces {
                    *value = paths.member(node, name);
                }
                in_pieces || *value != NONE
            };
            let mut reader = Reader::new(input);
            while reader.wants_more() {
                self.tokenizer.advance(&mut reader, &mut wanted);
            }
            if let Some(error) = reader.error() {
                return Err(error);
            }
            let (used, found, part, character) =
                (reader.at, reader.found, reader.part, reader.character);
            let (start, length) = (reader.start, reader.end - reader.start);
            rx.advance(used);
            if let Some(copy) = self.copy {
                copy(rx, at, self.tokenizer.deepest() - self.outer);
            }
            if found == Found::Nothing {
                break;
            }
            let mut bytes = Bytes {
                part,
                start: at + start,
                length,
            };
            if let Part::Char | Part::Pair = part {
                (bytes.start, bytes.length) = rx.write_consumed(character);
            }
            if let Some(path) = self.token(rx, found, bytes) {
                state = DocumentState::Element(path);
                self.delivered = true;
                break;
            }
            // What follows is not read along, or it would depend on the division into reads
            // whether garbage behind the document is noticed.
            if self.tokenizer.is_complete() {
                break;
            }
        }
        rx.seal(if self.in_list || self.open == Open::Record {
            self.record
        } else {
            rx.records_end()
        });
        if state == DocumentState::Incomplete && self.tokenizer.is_complete() {
            state = DocumentState::Complete;
            rx.end_document();
        }
        Ok(Progress {
            consumed: rx.position() - begin,
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
            self.tokenizer.reset();
            self.begun = true;
            self.awaiting = self.paths.awaits();
            self.in_list = false;
            self.open = Open::Nothing;
            self.node = ROOT;
            self.value = ROOT;
            self.name = 0;
            self.counter = NOWHERE;
            self.seen = 0;
            // A table that awaits a value is one for answers, which come in no frames.
            rx.begin_document(if self.awaiting {
                Source::Stream
            } else {
                Source::Frames
            });
            self.begin_copy(rx);
        } else if self.delivered {
            rx.truncate(self.element);
            rx.set_lost(self.lost);
            rx.drop_raw();
            self.seen = u32::MAX;
        } else {
            return;
        }
        self.delivered = false;
        self.element = NOWHERE;
        self.scope = rx.records_start();
    }

    fn begin_copy(&mut self, rx: &mut RecvBuf<'_>) {
        self.outer = self.tokenizer.depth().saturating_sub(1);
        self.tokenizer.forget_deepest();
        if self.copy.is_some() {
            rx.begin_raw();
        }
    }

    /// What becomes of what was found; the path of an element that ends with it.
    fn token(&mut self, rx: &mut RecvBuf<'_>, found: Found, bytes: Bytes) -> Option<u8> {
        match found {
            Found::Name => self.name(rx, bytes),
            Found::EndObject => return self.end_object(rx),
            Found::EndArray => self.end_array(rx),
            Found::BeginObject => self.begin_object(rx),
            Found::BeginArray => return self.begin_array(rx),
            Found::Text | Found::Number => return self.piece(rx, bytes, found as u8),
            _ => return self.literal(rx, found as u8),
        }
        None
    }
}

/// Where in the memory the bytes of a name or value stand.
#[derive(Clone, Copy, Debug)]
struct Bytes {
    part: Part,
    start: usize,
    length: usize,
}

/// Names.
impl Extractor {
    /// A wanted name, or a part of one.
    fn name(&mut self, rx: &mut RecvBuf<'_>, bytes: Bytes) {
        let last = bytes.part == Part::Last;
        if !SHORTCUTS || self.name > 0 || !last {
            if self.name == 0 {
                (self.name, self.value) = (1, NONE);
            }
            // No wanted name has a character that could be half a pair.
            if bytes.part == Part::Pair {
                self.value = NONE;
            }
            for byte in rx.bytes(bytes.start, bytes.start + bytes.length) {
                self.follow(Some(*byte));
            }
            if !last {
                return;
            }
            self.follow(None);
            self.name = 0;
        }
        if self.value == NONE {
            self.tokenizer.skip_value();
        } else {
            self.forget(rx);
        }
    }

    /// Follows a byte of a name, or its end, through the tree of paths.
    fn follow(&mut self, byte: Option<u8>) {
        let (like, len) = (self.value, self.name - 1);
        self.value = self.paths.member_with(self.node, like, len, byte);
        self.name = self.name.saturating_add(1);
    }

    /// Drops the records of the next value and of what is below it, if they have been there before.
    fn forget(&mut self, rx: &mut RecvBuf<'_>) {
        let seen = self.seen;
        self.seen |= 1 << (self.value & 31);
        if seen == self.seen {
            self.forget_records(rx);
        }
    }

    #[inline(never)]
    fn forget_records(&self, rx: &mut RecvBuf<'_>) {
        let mut at = self.scope;
        while let (path, length @ 1..) = head(rx.bytes(at, rx.records_end())) {
            if self.paths.is_below(path, self.value) {
                rx.remove(at, length);
            } else {
                at += length;
            }
        }
    }
}

/// Containers and literals.
impl Extractor {
    /// A value begins; tells where.
    fn begin_value(&mut self, rx: &mut RecvBuf<'_>, node: &Node) -> Place {
        if !node.is_element() {
            Place::Member
        } else if node.keep() == Retention::Element {
            self.element = rx.records_end();
            self.scope = self.element;
            self.seen = 0;
            self.lost = rx.is_lost();
            rx.set_lost(false);
            rx.drop_raw();
            Place::Element
        } else if self.in_list {
            self.entries = self.entries.saturating_add(1);
            Place::Entry
        } else {
            self.objects = self.objects.saturating_add(1);
            Place::Object
        }
    }

    /// Marks a value that its kind tells completely.
    fn mark(&mut self, rx: &mut RecvBuf<'_>, node: &Node, place: Place, kind: u8) {
        if place == Place::Entry {
            if !self.list_full {
                self.list_full = rx.records_end() > self.limit || !rx.append(&[tag(kind)]);
            }
        } else if place != Place::Object && node.path != NONE {
            self.append_header(rx, node, kind);
        }
    }

    fn literal(&mut self, rx: &mut RecvBuf<'_>, kind: u8) -> Option<u8> {
        let node = self.paths.node(self.value);
        let place = self.begin_value(rx, node);
        self.mark(rx, node, place, kind);
        node.event()
    }

    fn begin_object(&mut self, rx: &mut RecvBuf<'_>) {
        let node = self.paths.node(self.value);
        let place = self.begin_value(rx, node);
        match place {
            Place::Element => {
                self.begin_copy(rx);
                if let Some(copy) = self.copy {
                    copy(rx, rx.position() - 1, 0);
                }
            }
            Place::Object => {
                self.scope = rx.records_end();
                self.seen = 0;
            }
            Place::Member | Place::Entry => self.mark(rx, node, place, kind::OBJECT),
        }
        if place == Place::Element || self.paths.has_members(self.value) {
            self.node = self.value;
        } else {
            self.tokenizer.skip_container();
        }
    }

    fn end_object(&mut self, rx: &RecvBuf<'_>) -> Option<u8> {
        let node = self.leave();
        let event = node.event();
        if event.is_none() && node.is_element() {
            // The scope around an array of objects.
            self.scope = if self.element == NOWHERE {
                rx.records_start()
            } else {
                self.element
            };
            self.seen = u32::MAX;
        }
        event
    }

    fn begin_array(&mut self, rx: &mut RecvBuf<'_>) -> Option<u8> {
        let node = self.paths.node(self.value);
        let place = self.begin_value(rx, node);
        let element = self.paths.element(self.value);
        if place != Place::Member || element == NONE {
            self.mark(rx, node, place, kind::ARRAY);
            self.tokenizer.skip_container();
            return node.event();
        }
        self.node = self.value;
        self.value = element;
        let node = self.paths.node(element);
        if node.keep() == Retention::Element {
        } else if self.paths.has_members(element) {
            self.objects = 0;
            self.counter = NOWHERE;
            let at = rx.records_end();
            if node.path != NONE && self.append_header(rx, node, kind::COUNT) {
                self.counter = at;
            }
        } else {
            self.begin_list(rx, node);
        }
        None
    }

    fn end_array(&mut self, rx: &mut RecvBuf<'_>) {
        let path = self.paths.node(self.paths.element(self.node)).path;
        if self.in_list {
            self.end_list(rx, path);
        } else if self.counter != NOWHERE {
            rx.patch(
                self.counter,
                &header(path, kind::COUNT, self.objects as usize),
            );
            self.counter = NOWHERE;
        }
        self.leave();
    }

    /// Goes back to the container around the one that ended, which is returned.
    fn leave(&mut self) -> &'static Node {
        let ended = self.paths.node(self.node);
        self.value = self.node;
        self.node = self.paths.parent(self.node);
        ended
    }

    fn begin_list(&mut self, rx: &mut RecvBuf<'_>, node: &Node) {
        let brief = node.keep() == Retention::Brief;
        let mut room = self.room(
            rx,
            if brief {
                Retention::Brief
            } else {
                Retention::Cut
            },
        );
        if !brief {
            room = (room / 2).max(room.min(2 * HEADER));
        }
        room = room.min(LONGEST);
        self.record = rx.records_end();
        if room < 2 * HEADER || !rx.append(&[0; HEADER]) {
            rx.set_lost(true);
            self.leave();
            return self.tokenizer.skip_container();
        }
        self.in_list = true;
        self.list_full = false;
        self.entries = 0;
        // A tag must find room behind each entry, and the full length behind them all.
        self.limit = self.record + room - HEADER - 1;
    }

    fn end_list(&mut self, rx: &mut RecvBuf<'_>, path: u8) {
        let kind = if self.list_full {
            rx.append(&self.entries.to_le_bytes());
            kind::CUT_LIST
        } else {
            kind::LIST
        };
        let length = rx.records_end() - self.record - HEADER;
        rx.patch(self.record, &header(path, kind, length));
        self.in_list = false;
    }
}

/// Strings and numbers.
impl Extractor {
    /// A part of a string or number.
    fn piece(&mut self, rx: &mut RecvBuf<'_>, bytes: Bytes, kind: u8) -> Option<u8> {
        let node = self.paths.node(self.value);
        if self.open == Open::Nothing {
            self.open_value(rx, node);
        }
        if bytes.part == Part::Pair {
            // Its first half stands there as U+FFFD.
            let half = char::REPLACEMENT_CHARACTER.len_utf8();
            if self.whole {
                rx.truncate(rx.records_end() - half);
            }
            self.full = self.full.saturating_sub(half as u32);
        }
        let kept = bytes.length.min(self.room_left(rx));
        rx.append_consumed(bytes.start, kept);
        self.grow(bytes.length, kept);
        if bytes.part != Part::Last {
            return None;
        }
        self.close_value(rx, node, kind);
        node.event()
    }

    /// How many bytes of the open value may be kept yet.
    fn room_left(&self, rx: &RecvBuf<'_>) -> usize {
        if self.whole {
            self.limit.saturating_sub(rx.records_end())
        } else {
            0
        }
    }

    /// The open value has `length` more bytes, of which so many were kept.
    fn grow(&mut self, length: usize, kept: usize) {
        self.whole &= kept == length;
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.full = self.full.saturating_add(length);
    }

    fn open_value(&mut self, rx: &mut RecvBuf<'_>, node: &Node) {
        let place = self.begin_value(rx, node);
        self.full = 0;
        self.open = Open::Discard;
        self.whole = false;
        self.part = rx.records_end();
        if place == Place::Entry {
            if self.list_full {
                return;
            }
            self.open = Open::Entry;
        } else {
            if place == Place::Object || node.path == NONE {
                return;
            }
            let room = self.room(rx, node.keep()).min(LONGEST);
            // A value that is cut or too long is marked by its length.
            if room < 2 * HEADER || !rx.append(&[0; HEADER]) {
                return rx.set_lost(true);
            }
            self.record = self.part;
            self.part += HEADER;
            self.limit = self.record + room;
            self.open = Open::Record;
        }
        self.whole = true;
    }

    fn close_value(&mut self, rx: &mut RecvBuf<'_>, node: &Node, kind: u8) {
        let open = core::mem::replace(&mut self.open, Open::Nothing);
        if open == Open::Discard {
            return;
        }
        // Of a list only the first entry is cut.
        let can_be_cut = !matches!(node.keep(), Retention::Whole | Retention::Awaited)
            && (open == Open::Record || self.entries == 1 && self.limit >= self.part + HEADER);
        let kind = if self.whole {
            kind
        } else if kind == kind::TEXT && can_be_cut {
            kind::CUT_TEXT
        } else {
            kind::TOO_LONG
        };
        if !self.whole {
            // The full length must find room behind what is kept.
            let most = self.limit.saturating_sub(HEADER + self.part);
            let end = rx.records_end().min(self.part + most);
            let kept = rx.bytes(self.part, end);
            let whole = if kind == kind::TOO_LONG {
                0
            } else {
                utf8::valid(kept).len()
            };
            rx.truncate(self.part + whole);
        }
        if open == Open::Entry {
            self.list_full = !self.whole;
            if kind == kind::TOO_LONG {
                return;
            }
            rx.append(&[tag(kind)]);
        }
        if !self.whole {
            rx.append(&self.full.to_le_bytes());
        }
        if open == Open::Record {
            let length = rx.records_end() - self.part;
            rx.patch(self.record, &header(node.path, kind, length));
            self.awaiting &= node.keep() != Retention::Awaited;
        }
    }

    /// Appends a record's header with nothing behind it.
    fn append_header(&mut self, rx: &mut RecvBuf<'_>, node: &Node, kind: u8) -> bool {
        let keep = match node.keep() {
            Retention::Awaited => Retention::Awaited,
            _ => Retention::Whole,
        };
        let fits = self.room(rx, keep) >= HEADER && rx.append(&header(node.path, kind, 0));
        if !fits {
            rx.set_lost(true);
        }
        fits
    }

    /// Bytes that a record may take, its header included.
    fn room(&self, rx: &RecvBuf<'_>, keep: Retention) -> usize {
        let share = rx.records_share();
        let mut room = rx.records_room();
        if keep == Retention::Awaited {
            return room;
        }
        let mut reserve = (share / 8 * 3).min(384);
        if self.awaiting && self.element == NOWHERE {
            room = room.saturating_sub(share / 4 * 3 + HEADER);
            reserve = share / 8;
        }
        if keep == Retention::Whole {
            return room;
        }
        // However little is left, there is a mark, so that nothing is cut unseen.
        let mark = room.min(2 * HEADER);
        room = room.saturating_sub(reserve);
        if keep == Retention::Brief {
            room = room.min(share / 8);
        }
        room.max(mark)
    }
}

fn copy(rx: &mut RecvBuf<'_>, from: usize, levels: usize) {
    if levels > Extractor::RAW_LEVELS {
        rx.drop_raw();
    }
    rx.append_raw(from);
}
