//! The construction of tables of paths at compile time: the [`paths!`](crate::paths) macro checks
//! the paths and makes a tree of their names.

#![allow(clippy::indexing_slicing, clippy::panic)] // evaluated by the compiler only

use super::paths::{NONE, ROOT, START_BITS, name_bit};
pub use super::paths::{Node, Path, Paths, Retention};

/// Defines a table of [`Paths`](crate::json::Paths) and a `u8` constant for each path, the number
/// of its records.
///
/// `extends` includes another table, whose numbers stay as they are. This adds wanted members to
/// the tables of this crate. A path that occurs twice, or that is malformed, does not compile.
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
/// assert_eq!(MINE.path(TEXT), Some("text"));
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
    ($(#[$meta:meta])* $vis:vis const $table:ident $(extends $base:path)? {
        $($(#[$path_meta:meta])* $path_vis:vis const $name:ident = $retention:ident $path:literal;)*
    }) => {
        $crate::paths!(@ids [0 $(+ $base.len())?] $($(#[$path_meta])* $path_vis $name)*);
        $(#[$meta])*
        $vis const $table: $crate::json::tree::Paths = {
            // Names that are unlikely to be those of a caller's table or module.
            const OWN_PATHS: &[$crate::json::tree::Path] = &[$($crate::json::tree::Path {
                path: $path,
                retention: $crate::json::tree::Retention::$retention,
            }),*];
            const BASE_TABLE: $crate::json::tree::Paths = $crate::paths!(@base $($base)?);
            const ALL_PATHS: [$crate::json::tree::Path; BASE_TABLE.len() + OWN_PATHS.len()] =
                $crate::json::tree::joined(&BASE_TABLE, OWN_PATHS);
            const PATH_TEXT: [u8; $crate::json::tree::text_len(&ALL_PATHS)] =
                $crate::json::tree::text(&ALL_PATHS);
            const PATH_TREE: $crate::json::tree::Tree<
                { $crate::json::tree::most_nodes(&ALL_PATHS) },
            > = $crate::json::tree::Tree::new(&ALL_PATHS, &PATH_TEXT);
            const PATH_NODES: [$crate::json::tree::Node; PATH_TREE.size()] = PATH_TREE.nodes();
            $crate::json::tree::table(&PATH_TEXT, &PATH_NODES)
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
    /// Creates the tree of `paths`, which are joined in `text`.
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
            if let Retention::Awaited = paths[number].retention {
                assert!(!awaited, "only one path of a table can be awaited");
                awaited = true;
            }
            start = tree.add(text, start, number as u8, paths[number].retention);
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

/// Returns the largest number of nodes that the tree of `paths` can have.
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

/// Returns the paths of both tables. `N` must be their number.
pub const fn joined<const N: usize>(base: &Paths, own: &[Path]) -> [Path; N] {
    let mut all = [Path {
        path: "",
        retention: Retention::Whole,
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
        all[at].retention = base.nodes[node].retention();
        at += 1;
    }
    while at < N {
        all[at] = own[at - (N - own.len())];
        at += 1;
    }
    all
}

/// Returns the length of the text of `paths`.
pub const fn text_len(paths: &[Path]) -> usize {
    let (mut len, mut at) = (0, 0);
    while at < paths.len() {
        len += paths[at].path.len() + 1;
        at += 1;
    }
    len
}

/// Returns the text of `paths`, a comma after each. `LEN` must be [`text_len`].
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

/// Returns the finished table.
pub const fn table(text: &'static [u8], nodes: &'static [Node]) -> Paths {
    let Ok(text) = core::str::from_utf8(text) else {
        panic!("paths are text")
    };
    let (mut awaits, mut node) = (false, 0);
    while node < nodes.len() {
        awaits |= matches!(nodes[node].retention(), Retention::Awaited);
        node += 1;
    }
    Paths {
        text,
        nodes,
        awaits,
    }
}
