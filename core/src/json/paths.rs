//! Which members are wanted: tables of paths, checked and turned into a tree by the compiler.

#![allow(clippy::indexing_slicing, clippy::panic)] // at compile time only: the tree is built so

/// How a wanted value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Retention {
    /// Complete, or absent and marked. Room for such values is held free in the buffer.
    Whole,
    /// Like [`Whole`](Self::Whole); until it has come, three quarters of the buffer are held free
    /// for it. One path of a table at most.
    Awaited,
    /// As much as there is room for, cut at the boundary of a character, marked.
    Cut,
    /// Like [`Cut`](Self::Cut), and an eighth of the buffer at most: names beside texts.
    Brief,
    /// For a path that ends with `[]` and passes no other array: each element is an event of its own.
    Element,
}

/// A path to wanted members, and how their values are kept.
///
/// Names are joined by dots; `[]` behind a name stands for each element of an array:
/// `type`, `item.channel`, `users[].profile.display_name`, `response_metadata.warnings[]`.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// The path as it is written.
    pub path: &'static str,
    /// How its values are kept.
    pub keep: Retention,
}

/// A table of wanted paths, made by [`paths!`](crate::paths).
#[derive(Clone, Copy, Debug)]
pub struct Paths {
    /// The paths in the order of their numbers, a comma behind each: one text takes less flash than
    /// many.
    text: &'static str,
    /// The tree of their names, each node in front of what is below it.
    nodes: &'static [Node],
    awaits: bool,
}

/// Makes a table of [`Paths`](crate::json::Paths) and a `u8` constant for each path, the number
/// under which its records are found.
///
/// `extends` takes over another table, so that all its numbers stay as they are: this is how
/// members of your own are added to those this crate wants. A path that is there twice, or that
/// makes no sense, does not compile.
///
/// ```
/// slack_rtm::paths! {
///     /// What is wanted of a message.
///     pub const MESSAGE {
///         /// The type of the event.
///         pub const TYPE = Whole "type";
///         pub const TEXT = Cut "text";
///     }
/// }
/// slack_rtm::paths! {
///     const MINE extends MESSAGE {
///         const EMOJI = Brief "edited.reactions[]";
///     }
/// }
/// assert_eq!((TYPE, TEXT, EMOJI), (0, 1, 2));
/// assert_eq!(MINE.path(TEXT), Some("text"));
/// ```
///
/// Elements that are events of their own do not stand inside other arrays:
///
/// ```compile_fail
/// slack_rtm::paths! {
///     const NESTED {
///         const INNER = Element "outer[].inner[]";
///     }
/// }
/// ```
#[macro_export]
macro_rules! paths {
    ($(#[$meta:meta])* $vis:vis const $table:ident $(extends $base:path)? {
        $($(#[$path_meta:meta])* $path_vis:vis const $name:ident = $keep:ident $path:literal;)*
    }) => {
        $crate::paths!(@ids [0 $(+ $base.len())?] $($(#[$path_meta])* $path_vis $name)*);
        $(#[$meta])*
        $vis const $table: $crate::json::Paths = {
            // Names that no table and no module of a caller is likely to have.
            const OWN_PATHS: &[$crate::json::Path] = &[$($crate::json::Path {
                path: $path,
                keep: $crate::json::Retention::$keep,
            }),*];
            const BASE_TABLE: $crate::json::Paths = $crate::paths!(@base $($base)?);
            const ALL_PATHS: [$crate::json::Path; BASE_TABLE.len() + OWN_PATHS.len()] =
                $crate::json::paths::joined(&BASE_TABLE, OWN_PATHS);
            const PATH_TEXT: [u8; $crate::json::paths::text_len(&ALL_PATHS)] =
                $crate::json::paths::text(&ALL_PATHS);
            const PATH_TREE: $crate::json::paths::Tree<
                { $crate::json::paths::most_nodes(&ALL_PATHS) },
            > = $crate::json::paths::Tree::new(&ALL_PATHS, &PATH_TEXT);
            const PATH_NODES: [$crate::json::paths::Node; PATH_TREE.size()] = PATH_TREE.nodes();
            $crate::json::paths::table(&PATH_TEXT, &PATH_NODES)
        };
    };
    (@base) => { $crate::json::paths::table(&[], &[]) };
    (@base $base:path) => { $base };
    (@ids [$($id:tt)*]) => {};
    (@ids [$($id:tt)*] $(#[$meta:meta])* $vis:vis $name:ident $($rest:tt)*) => {
        $(#[$meta])*
        $vis const $name: u8 = ($($id)*) as u8;
        $crate::paths!(@ids [$($id)* + 1] $($rest)*);
    };
}

impl Paths {
    /// How many paths there are; their numbers are below that.
    pub const fn len(&self) -> usize {
        let (mut rest, mut len) = (self.text.as_bytes(), 0);
        while let [first, behind @ ..] = rest {
            len += (*first == b',') as usize;
            rest = behind;
        }
        len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The path with this number, as it was written.
    pub fn path(&self, number: u8) -> Option<&'static str> {
        self.texts().nth(usize::from(number))
    }

    /// All paths, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = Path> + use<> {
        let nodes = self.nodes;
        self.texts().zip(0..).map(move |(path, number)| {
            let node = nodes.iter().find(|node| node.path == number);
            let keep = node.map_or(Retention::Whole, Node::keep);
            Path { path, keep }
        })
    }

    /// The paths as they were written, in the order of their numbers.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'static str> + use<> {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            let end = rest.bytes().position(|byte| byte == b',')?;
            let path = rest.get(..end)?;
            rest = rest.get(end + 1..)?;
            Some(path)
        })
    }

    /// Whether this table begins with all paths of `base`, so that their numbers agree.
    pub fn extends(&self, base: &Self) -> bool {
        let same = |(own, base): (Path, Path)| own.path == base.path && own.keep == base.keep;
        self.text.starts_with(base.text) && self.all().zip(base.all()).all(same)
    }

    /// Whether a value is awaited.
    pub(super) const fn awaits(&self) -> bool {
        self.awaits
    }

    #[inline(never)]
    pub(super) fn node(&self, node: u8) -> &'static Node {
        self.at(node)
    }

    #[inline(always)]
    fn at(&self, node: u8) -> &'static Node {
        self.nodes.get(usize::from(node)).unwrap_or(NOWHERE)
    }

    /// The node of a member called `name` below `node`, or [`NONE`].
    #[inline]
    pub(super) fn member(&self, node: u8, name: &[u8]) -> u8 {
        let unwanted = |names: &[u8; 4]| u32::from_le_bytes(*names) & name_bit(name) == 0;
        if self.at(node).names.first().is_some_and(unwanted) {
            return NONE;
        }
        self.find(node, |member| {
            usize::from(member.len) == name.len() && self.name(member) == name
        })
    }

    /// A member of `node` whose name begins with the first `len` bytes of the name of `like` and has
    /// `byte` behind them, or ends there; or [`NONE`].
    pub(super) fn member_with(&self, node: u8, like: u8, len: u8, byte: Option<u8>) -> u8 {
        let Some(begin) = self.name(self.node(like)).get(..usize::from(len)) else {
            return NONE;
        };
        self.find(node, |member| {
            let behind = self.name(member).strip_prefix(begin);
            behind.is_some_and(|behind| behind.first().copied() == byte) && !member.is_element()
        })
    }

    /// The first child of `node` that is the one, or [`NONE`].
    #[inline]
    fn find(&self, node: u8, is_it: impl Fn(&Node) -> bool) -> u8 {
        let end = self.at(node).end;
        let mut next = node.wrapping_add(1);
        while next < end {
            let child = self.at(next);
            if is_it(child) {
                return next;
            }
            next = child.end;
        }
        NONE
    }

    /// The name of a member; none for the elements of an array.
    #[inline(never)]
    pub(super) fn name(&self, node: &Node) -> &'static [u8] {
        let name = self.text.as_bytes().get(node.start()..);
        name.and_then(|name| name.get(..usize::from(node.len)))
            .unwrap_or_default()
    }

    /// Whether anything below `node` is wanted.
    #[inline(always)] // less than the calls
    pub(super) fn has_members(&self, node: u8) -> bool {
        self.node(node).end > node.wrapping_add(1)
    }

    /// The node that `node` is a child of.
    pub(super) fn parent(&self, node: u8) -> u8 {
        let mut before = (ROOT..node).rev();
        before.find(|at| self.at(*at).end > node).unwrap_or(ROOT)
    }

    /// The elements of the array that stands at `node`, or [`NONE`].
    pub(super) fn element(&self, node: u8) -> u8 {
        // It comes before all members.
        let next = node.wrapping_add(1);
        if next < self.node(node).end && self.node(next).is_element() {
            next
        } else {
            NONE
        }
    }

    /// Whether the records of `path` belong to `ancestor` or something below it.
    pub(super) fn is_below(&self, path: u8, ancestor: u8) -> bool {
        let mut below = ancestor..self.node(ancestor).end;
        below.any(|node| self.node(node).path == path)
    }
}

/// No node, no path.
pub(super) const NONE: u8 = u8::MAX;
/// The document.
pub(super) const ROOT: u8 = 0;
const NOWHERE: &Node = &Node::new(0, 0);

/// A place in the tree of paths. Bytes only, for there are many.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// A bit for each name among its members: most unwanted names are known by that. Where flash is
    /// short there is none.
    names: [[u8; 4]; FILTERS],
    /// Where its member's name stands in the text, and above that [`Retention`]. The elements of an array
    /// have no name; the document has a length, so that it is not taken for one.
    start: [u8; 2],
    len: u8,
    /// The first node behind it that is not below it.
    end: u8,
    /// The number of the path that ends here.
    pub(super) path: u8,
}

const FILTERS: usize = cfg!(target_pointer_width = "64") as usize;
/// Bits of [`Node::start`] that are a place in the text.
const START_BITS: u32 = 13;

impl Node {
    const fn new(start: usize, len: usize) -> Self {
        Self {
            names: [[0; 4]; FILTERS],
            start: (start as u16).to_le_bytes(),
            len: len as u8,
            end: 0,
            path: NONE,
        }
    }

    const fn set_keep(&mut self, keep: Retention) {
        let start = self.start() as u16 | (keep as u16) << START_BITS;
        self.start = start.to_le_bytes();
    }

    const fn start(&self) -> usize {
        (u16::from_le_bytes(self.start) & ((1 << START_BITS) - 1)) as usize
    }

    /// How the values of its path are kept.
    pub(super) const fn keep(&self) -> Retention {
        match u16::from_le_bytes(self.start) >> START_BITS {
            0 => Retention::Whole,
            1 => Retention::Awaited,
            2 => Retention::Cut,
            3 => Retention::Brief,
            _ => Retention::Element,
        }
    }

    /// The path of these elements, if each is an event of its own.
    pub(super) fn event(&self) -> Option<u8> {
        (self.keep() == Retention::Element).then_some(self.path)
    }

    /// Whether this is the elements of an array.
    pub(super) const fn is_element(&self) -> bool {
        self.len == 0
    }
}

#[inline]
const fn name_bit(name: &[u8]) -> u32 {
    match (name.first(), name.last()) {
        (Some(first), Some(last)) => {
            let sum = *first as usize + (*last as usize) * 2 + name.len() * 5;
            1 << (sum & 31)
        }
        _ => 0,
    }
}

/// The tree while the compiler builds it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tree<const MOST: usize> {
    nodes: [Node; MOST],
    /// Of each node the parent, the first child, and the next child of its parent.
    links: [Links; MOST],
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Links {
    parent: u8,
    child: u8,
    next: u8,
}

impl<const MOST: usize> Tree<MOST> {
    /// The tree of `paths`, which are joined in `text`.
    pub const fn new(paths: &[Path], text: &[u8]) -> Self {
        assert!(paths.len() < NONE as usize, "too many paths in one table");
        assert!(
            text.len() < 1 << START_BITS,
            "the paths of one table are too long"
        );
        let mut tree = Self {
            nodes: [Node::new(0, 1); MOST],
            links: [Links {
                parent: ROOT,
                child: NONE,
                next: NONE,
            }; MOST],
            len: 1,
        };
        let (mut number, mut start, mut awaited) = (0, 0, false);
        while number < paths.len() {
            if let Retention::Awaited = paths[number].keep {
                assert!(!awaited, "only one path of a table can be awaited");
                awaited = true;
            }
            start = tree.add(text, start, number as u8, paths[number].keep);
            number += 1;
        }
        tree
    }

    /// Adds the path at `start`; returns where the next one starts.
    const fn add(&mut self, text: &[u8], start: usize, number: u8, keep: Retention) -> usize {
        let (mut node, mut at, mut arrays, mut inner_arrays) = (ROOT, start, 0, 0);
        loop {
            let name = at;
            while !matches!(text[at], b'.' | b'[' | b',') {
                at += 1;
            }
            assert!(at > name, "a name of a path is empty");
            assert!(at - name < 255, "a name of a path is longer than 254 bytes");
            node = self.child(text, node, name, at - name);
            if text[at] == b'[' {
                assert!(
                    text[at + 1] == b']',
                    "a path is names joined by dots, [] behind a name"
                );
                at += 2;
                arrays += 1;
                node = self.child(text, node, at, 0);
                if text[at] != b','
                    && !matches!(self.nodes[node as usize].keep(), Retention::Element)
                {
                    inner_arrays += 1;
                }
            }
            match text[at] {
                b',' => break,
                b'.' => at += 1,
                _ => panic!("a path is names joined by dots, [] behind a name"),
            }
        }
        assert!(
            inner_arrays < 2,
            "a path may pass one array that is not Element: list that one first"
        );
        assert!(
            arrays < 2 || !matches!(keep, Retention::Element),
            "a path that is Element may pass no other array"
        );
        let node = &mut self.nodes[node as usize];
        assert!(node.path == NONE, "a path is there twice");
        assert!(
            node.is_element() || !matches!(keep, Retention::Element),
            "a path of elements ends with []"
        );
        node.path = number;
        node.set_keep(keep);
        at + 1
    }

    /// The child of `parent` with the name at `start` of `text`, made if it is not there.
    const fn child(&mut self, text: &[u8], parent: u8, start: usize, len: usize) -> u8 {
        let first = self.links[parent as usize].child;
        let (mut last, mut next) = (NONE, first);
        while next != NONE {
            let node = self.nodes[next as usize];
            if node.len as usize == len && same(text, node.start(), start, len) {
                return next;
            }
            (last, next) = (next, self.links[next as usize].next);
        }
        assert!(
            self.len < NONE as usize,
            "too many names in one table of paths"
        );
        let new = self.len as u8;
        self.nodes[self.len] = Node::new(start, len);
        self.links[self.len].parent = parent;
        self.len += 1;
        if len == 0 || last == NONE {
            self.links[new as usize].next = first;
            self.links[parent as usize].child = new;
        } else {
            self.links[last as usize].next = new;
        }
        let (_, name) = text.split_at(start);
        let (name, _) = name.split_at(len);
        if let Some(names) = self.nodes[parent as usize].names.first_mut() {
            *names = (u32::from_le_bytes(*names) | name_bit(name)).to_le_bytes();
        }
        new
    }

    /// How many nodes it has.
    pub const fn size(&self) -> usize {
        self.len
    }

    /// Its nodes, each in front of what is below it; `LEN` must be [`size`](Self::size).
    pub const fn nodes<const LEN: usize>(&self) -> [Node; LEN] {
        let mut ordered = [self.nodes[0]; LEN];
        let mut places = [ROOT; MOST];
        let (mut node, mut len) = (0, 0);
        loop {
            ordered[len] = self.nodes[node];
            places[node] = len as u8;
            len += 1;
            let mut next = self.links[node].child;
            while next == NONE {
                ordered[places[node] as usize].end = len as u8;
                if node == ROOT as usize {
                    return ordered;
                }
                next = self.links[node].next;
                if next == NONE {
                    node = self.links[node].parent as usize;
                }
            }
            node = next as usize;
        }
    }
}

const fn same(text: &[u8], a: usize, b: usize, len: usize) -> bool {
    let mut at = 0;
    while at < len && text[a + at] == text[b + at] {
        at += 1;
    }
    at == len
}

/// The most nodes that the tree of `paths` can have.
#[doc(hidden)]
pub const fn most_nodes(paths: &[Path]) -> usize {
    let (mut nodes, mut number) = (1, 0);
    while number < paths.len() {
        let path = paths[number].path.as_bytes();
        let mut at = 0;
        nodes += 1;
        while at < path.len() {
            if path[at] == b'.' || path[at] == b'[' {
                nodes += 1;
            }
            at += 1;
        }
        number += 1;
    }
    nodes
}

/// The paths of both tables; `N` must be their number.
#[doc(hidden)]
pub const fn joined<const N: usize>(base: &Paths, own: &[Path]) -> [Path; N] {
    let mut all = [Path {
        path: "",
        keep: Retention::Whole,
    }; N];
    let (mut at, mut rest) = (0, base.text);
    while at < N - own.len() {
        let mut end = 0;
        while rest.as_bytes()[end] != b',' {
            end += 1;
        }
        (all[at].path, rest) = rest.split_at(end);
        (_, rest) = rest.split_at(1);
        let mut node = 0;
        while base.nodes[node].path as usize != at {
            node += 1;
        }
        all[at].keep = base.nodes[node].keep();
        at += 1;
    }
    while at < N {
        all[at] = own[at - (N - own.len())];
        at += 1;
    }
    all
}

/// The length of the text of `paths`.
#[doc(hidden)]
pub const fn text_len(paths: &[Path]) -> usize {
    let (mut len, mut at) = (0, 0);
    while at < paths.len() {
        len += paths[at].path.len() + 1;
        at += 1;
    }
    len
}

/// The text of `paths`, a comma behind each; `LEN` must be [`text_len`].
#[doc(hidden)]
pub const fn text<const LEN: usize>(paths: &[Path]) -> [u8; LEN] {
    let mut text = [b','; LEN];
    let (mut number, mut len) = (0, 0);
    while number < paths.len() {
        let mut path = paths[number].path.as_bytes();
        while let [first, rest @ ..] = path {
            assert!(*first != b',', "a name of a path has a comma");
            text[len] = *first;
            len += 1;
            path = rest;
        }
        len += 1;
        number += 1;
    }
    text
}

/// The finished table.
#[doc(hidden)]
pub const fn table(text: &'static [u8], nodes: &'static [Node]) -> Paths {
    let Ok(text) = core::str::from_utf8(text) else {
        panic!("paths are text")
    };
    let (mut awaits, mut node) = (false, 0);
    while node < nodes.len() {
        awaits |= matches!(nodes[node].keep(), Retention::Awaited);
        node += 1;
    }
    Paths {
        text,
        nodes,
        awaits,
    }
}
