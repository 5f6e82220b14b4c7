//! The construction of tables of paths at compile time: the [`paths!`](crate::paths) macro checks
//! the paths and makes a tree of their names.

#![allow(clippy::indexing_slicing, clippy::panic)] // evaluated by the compiler only

use super::paths::{NONE, ROOT, START_BITS, name_at, name_bit, parent_of};
pub use super::paths::{Node, Paths, Retention};

/// Defines a table of [`Paths`](crate::json::Paths) and a `u8` constant for each path, the number
/// of its records.
///
/// `extends` includes another table, whose numbers stay as they are. This adds wanted members to
/// the tables of this crate. `under` adds the paths of a table as those of an object in the document,
/// `beyond` without the paths that another table begins with. A path that occurs twice, or that is malformed, does not compile.
///
/// ```
/// slack_rtm::paths! {
///     /// The wanted members of a message.
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
/// assert_eq!(MINE.path(TEXT).unwrap(), "text");
/// ```
///
/// Elements that are yielded separately cannot be inside of other arrays:
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
    (
        $(#[$meta:meta])* $vis:vis const $table:ident
        $(extends $base:path)? $(, under $prefix:literal $inner:path $(, beyond $skipped:path)?)?
        {
            $($(#[$path_meta:meta])* $path_vis:vis const $name:ident = $retention:ident $path:literal;)*
        }
    ) => {
        $crate::paths!(
            @ids [0 $(+ $base.len())? $(+ $inner.len() $(- $skipped.len())?)?]
            $($(#[$path_meta])* $path_vis $name)*
        );
        $(#[$meta])*
        $vis const $table: $crate::json::tree::Paths = {
            // Names that are unlikely to be those of a caller's table or module.
            const OWN_PATHS: &[$crate::json::tree::OwnPath] = &[$($crate::json::tree::OwnPath {
                path: $path,
                retention: $crate::json::tree::Retention::$retention,
            }),*];
            const SOURCE: $crate::json::tree::TableSource = $crate::json::tree::TableSource {
                base: $crate::paths!(@base $($base)?),
                inner: $crate::paths!(@base $($inner)?),
                skipped: $crate::paths!(@base $($($skipped)?)?).len(),
                prefix: concat!($($prefix)?),
                own: OWN_PATHS,
            };
            const PATH_TEXT: [u8; SOURCE.text_len()] = SOURCE.text();
            const PATH_TREE: $crate::json::tree::Tree<
                { $crate::json::tree::most_nodes(&PATH_TEXT) },
            > = $crate::json::tree::Tree::new(&SOURCE, &PATH_TEXT);
            const NAMED: $crate::json::tree::NamedTree<
                { PATH_TREE.size() },
                { $crate::json::tree::most_names(&PATH_TEXT) },
            > = $crate::json::tree::NamedTree::new(PATH_TREE.nodes(), &PATH_TEXT);
            const PATH_NAMES: [u8; NAMED.names_len()] = NAMED.names();
            const PATH_NODES: [$crate::json::tree::Node; PATH_TREE.size()] = NAMED.nodes();
            $crate::json::tree::table(&PATH_NAMES, &PATH_NODES)
        };
    };
    (@base) => { $crate::json::tree::table(&[], &[]) };
    (@base $base:path) => { $base };
    (@ids [$($id:tt)*]) => {};
    (@ids [$($id:tt)*] $(#[$meta:meta])* $vis:vis $name:ident $($rest:tt)*) => {
        $(#[$meta])*
        $vis const $name: u8 = ($($id)*) as u8;
        $crate::paths!(@ids [$($id)* + 1] $($rest)*);
    };
}

/// A tree of paths under construction.
#[derive(Debug)]
pub struct Tree<const MOST: usize> {
    nodes: [Node; MOST],
    /// The links of each node.
    links: [Links; MOST],
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Links {
    parent: u8,
    /// The first child.
    child: u8,
    /// The next child of the parent.
    next: u8,
}

impl<const MOST: usize> Tree<MOST> {
    /// Creates the tree of the paths of `source`, which are joined in `text`.
    pub const fn new(source: &TableSource, text: &[u8]) -> Self {
        assert!(source.len() < NONE as usize, "too many paths in one table");
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
        while number < source.len() {
            let retention = source.retention(number);
            if let Retention::Awaited = retention {
                assert!(!awaited, "only one path of a table can be awaited");
                awaited = true;
            }
            start = tree.add(text, start, number as u8, retention);
            number += 1;
        }
        tree
    }

    /// Adds the path at `start`. Returns the start of the next one.
    const fn add(&mut self, text: &[u8], start: usize, number: u8, retention: Retention) -> usize {
        let (mut node, mut at, mut arrays) = (ROOT, start, 0);
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
                    "a path is names joined by dots, [] after a name"
                );
                at += 2;
                arrays += 1;
                node = self.child(text, node, at, 0);
            }
            match text[at] {
                b',' => break,
                b'.' => at += 1,
                _ => panic!("a path is names joined by dots, [] after a name"),
            }
        }
        assert!(
            arrays < 2 || !matches!(retention, Retention::Element),
            "a path that is Element may pass no other array"
        );
        let node = &mut self.nodes[node as usize];
        assert!(node.path == NONE, "a path occurs twice");
        assert!(
            node.is_element() || !matches!(retention, Retention::Element),
            "a path of elements ends with []"
        );
        node.path = number;
        node.set_retention(retention);
        at + 1
    }

    /// Returns the child of `parent` with the name at `start` of `text`, and adds it if it is
    /// missing.
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

    /// Returns the number of nodes.
    pub const fn size(&self) -> usize {
        self.len
    }

    /// Returns the nodes, each before its descendants. `LEN` must be [`size`](Self::size).
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

/// A path of the table under construction, as it was written.
#[derive(Clone, Copy, Debug)]
pub struct OwnPath {
    /// The names, joined by dots.
    pub path: &'static str,
    /// How much of its values is kept.
    pub retention: Retention,
}

/// The paths of a table under construction: those of another table, those of another table below an
/// object, and its own.
#[derive(Clone, Copy, Debug)]
pub struct TableSource {
    /// The table that it extends.
    pub base: Paths,
    /// The table whose paths are those of an object in the document.
    pub inner: Paths,
    /// The number of the first paths of `inner` that are left out.
    pub skipped: usize,
    /// The path of the object.
    pub prefix: &'static str,
    /// Its own paths.
    pub own: &'static [OwnPath],
}

/// A path of a [`TableSource`].
#[derive(Clone, Copy)]
enum SourcePath {
    /// The path with this number of a table, below an object.
    Of(Paths, usize, &'static str),
    Own(OwnPath),
}

impl TableSource {
    /// Returns the number of paths.
    pub const fn len(&self) -> usize {
        self.base.len() + self.inner.len() - self.skipped + self.own.len()
    }

    /// Returns whether there are no paths.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    const fn path(&self, number: usize) -> SourcePath {
        let (base, inner) = (self.base.len(), self.inner.len() - self.skipped);
        if number < base {
            SourcePath::Of(self.base, number, "")
        } else if number < base + inner {
            SourcePath::Of(self.inner, number - base + self.skipped, self.prefix)
        } else {
            SourcePath::Own(self.own[number - base - inner])
        }
    }

    const fn retention(&self, number: usize) -> Retention {
        match self.path(number) {
            SourcePath::Of(table, number, _) => table.nodes[node_of(&table, number)].retention(),
            SourcePath::Own(path) => path.retention,
        }
    }

    /// Returns the length of the text.
    pub const fn text_len(&self) -> usize {
        // The paths of a text of this length fill it up to here.
        let (_, len) = self.write([0; 0]);
        len
    }

    /// Returns the text of the paths, a comma after each. `LEN` must be
    /// [`text_len`](Self::text_len).
    pub const fn text<const LEN: usize>(&self) -> [u8; LEN] {
        let (text, _) = self.write([0; LEN]);
        text
    }

    /// Writes the text as far as there is room. Returns it, and its whole length.
    const fn write<const LEN: usize>(&self, mut text: [u8; LEN]) -> ([u8; LEN], usize) {
        let (mut number, mut len) = (0, 0);
        while number < self.len() {
            match self.path(number) {
                SourcePath::Own(path) => (text, len) = with_name(text, len, path.path.as_bytes()),
                SourcePath::Of(table, number, prefix) => {
                    if !prefix.is_empty() {
                        (text, len) = with_name(text, len, prefix.as_bytes());
                        (text, len) = with_name(text, len, b".");
                    }
                    (text, len) = with_path(text, len, &table, node_of(&table, number));
                }
            }
            if len < LEN {
                text[len] = b',';
            }
            len += 1;
            number += 1;
        }
        (text, len)
    }
}

/// Returns the node at which the path with this number ends.
const fn node_of(table: &Paths, number: usize) -> usize {
    let mut node = 0;
    while table.nodes[node].path as usize != number {
        node += 1;
    }
    node
}

/// Puts the path that ends at `node` at `len` of the text, as far as there is room. Returns the text
/// and its length.
const fn with_path<const LEN: usize>(
    mut text: [u8; LEN],
    mut len: usize,
    table: &Paths,
    node: usize,
) -> ([u8; LEN], usize) {
    let mut depth = 0;
    let mut above = node;
    while above > 0 {
        above = parent_of(table.nodes, above);
        depth += 1;
    }
    let mut is_first = true;
    while depth > 0 {
        depth -= 1;
        let (mut at, mut up) = (node, 0);
        while up < depth {
            at = parent_of(table.nodes, at);
            up += 1;
        }
        if table.nodes[at].is_element() {
            (text, len) = with_name(text, len, b"[]");
        } else {
            if !is_first {
                (text, len) = with_name(text, len, b".");
            }
            (text, len) = with_name(text, len, name_at(table, at));
        }
        is_first = false;
    }
    (text, len)
}

/// Puts a part of a path at `len` of the text, as far as there is room. Returns the text and its
/// length.
const fn with_name<const LEN: usize>(
    mut text: [u8; LEN],
    mut len: usize,
    mut part: &[u8],
) -> ([u8; LEN], usize) {
    while let [first, rest @ ..] = part {
        assert!(*first != b',', "a name of a path has a comma");
        if len < LEN {
            text[len] = *first;
        }
        len += 1;
        part = rest;
    }
    (text, len)
}

/// The nodes of a tree, whose names are in a text of their own that has each name once.
#[derive(Debug)]
pub struct NamedTree<const NODES: usize, const MOST: usize> {
    nodes: [Node; NODES],
    names: [u8; MOST],
    len: usize,
}

impl<const NODES: usize, const MOST: usize> NamedTree<NODES, MOST> {
    /// Moves the names of `nodes` from `text`. The longest come first, since shorter ones are often
    /// parts of them.
    pub const fn new(mut nodes: [Node; NODES], text: &[u8]) -> Self {
        let (mut names, mut len) = ([0; MOST], 0);
        let mut longest = 0;
        let mut node = 1;
        while node < NODES {
            if nodes[node].len > longest {
                longest = nodes[node].len;
            }
            node += 1;
        }
        while longest > 0 {
            node = 1;
            while node < NODES {
                if nodes[node].len == longest {
                    let start = nodes[node].start();
                    let mut at = 0;
                    while at < len && !is_at(&names, len, at, text, start, longest as usize) {
                        at += 1;
                    }
                    if at == len {
                        let mut byte = 0;
                        while byte < longest as usize {
                            names[len] = text[start + byte];
                            len += 1;
                            byte += 1;
                        }
                    }
                    nodes[node].set_start(at);
                }
                node += 1;
            }
            longest -= 1;
        }
        Self { nodes, names, len }
    }

    /// Returns the nodes.
    pub const fn nodes(&self) -> [Node; NODES] {
        self.nodes
    }

    /// Returns the length of all names.
    pub const fn names_len(&self) -> usize {
        self.len
    }

    /// Returns the names. `LEN` must be [`names_len`](Self::names_len).
    pub const fn names<const LEN: usize>(&self) -> [u8; LEN] {
        let (mut names, mut at) = ([0; LEN], 0);
        while at < LEN {
            names[at] = self.names[at];
            at += 1;
        }
        names
    }
}

/// Returns whether the name at `start` of `text` is at `at` of the first `len` names.
const fn is_at(
    names: &[u8],
    len: usize,
    at: usize,
    text: &[u8],
    start: usize,
    name_len: usize,
) -> bool {
    let mut byte = 0;
    while byte < name_len && at + byte < len && names[at + byte] == text[start + byte] {
        byte += 1;
    }
    byte == name_len
}

/// Returns the largest length that the names of the paths in `text` can have.
pub const fn most_names(text: &[u8]) -> usize {
    text.len()
}

/// Returns the largest number of nodes that the tree of the paths in `text` can have.
pub const fn most_nodes(text: &[u8]) -> usize {
    let (mut nodes, mut at) = (1, 0);
    while at < text.len() {
        nodes += matches!(text[at], b'.' | b'[' | b',') as usize;
        at += 1;
    }
    nodes
}

/// Returns the finished table.
pub const fn table(names: &'static [u8], nodes: &'static [Node]) -> Paths {
    let Ok(names) = core::str::from_utf8(names) else {
        panic!("paths are text")
    };
    let (mut awaits, mut node) = (false, 0);
    while node < nodes.len() {
        awaits |= matches!(nodes[node].retention(), Retention::Awaited);
        node += 1;
    }
    Paths {
        names,
        nodes,
        awaits,
    }
}
