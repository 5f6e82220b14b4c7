//! Which members are wanted: tables of paths, checked and turned into a tree by the compiler.

#![allow(clippy::indexing_slicing, clippy::panic)] // at compile time only: the tree is built so

/// How a wanted value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Keep {
    /// Complete, or absent and marked. Room for such values is held free in the buffer.
    Whole,
    /// Like [`Whole`](Self::Whole); until it has come, three quarters of the buffer are held free
    /// for it. One path of a table at most.
    Awaited,
    /// As much as there is room for, cut at the boundary of a character, marked.
    Cut,
    /// Like [`Cut`](Self::Cut), and an eighth of the buffer at most: names beside texts.
    Brief,
    /// For a path that ends with `[]`: each element of the array is an event of its own.
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
    pub keep: Keep,
}

/// A table of wanted paths, made by [`paths!`](crate::paths).
#[derive(Clone, Copy, Debug)]
pub struct Paths {
    paths: &'static [Path],
    nodes: &'static [Node],
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
                keep: $crate::json::Keep::$keep,
            }),*];
            const BASE_PATHS: &[$crate::json::Path] = $crate::paths!(@base $($base)?);
            const ALL_PATHS: [$crate::json::Path; BASE_PATHS.len() + OWN_PATHS.len()] =
                $crate::json::paths::joined(BASE_PATHS, OWN_PATHS);
            const PATH_TREE: $crate::json::paths::Tree<
                { $crate::json::paths::most_nodes(&ALL_PATHS) },
            > = $crate::json::paths::Tree::new(&ALL_PATHS);
            const PATH_NODES: [$crate::json::paths::Node; PATH_TREE.size()] = PATH_TREE.nodes();
            $crate::json::paths::table(&ALL_PATHS, &PATH_NODES)
        };
    };
    (@base) => { &[] };
    (@base $base:path) => { $base.all() };
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
        self.paths.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The path with this number, as it was written.
    pub fn path(&self, number: u8) -> Option<&'static str> {
        self.paths.get(usize::from(number)).map(|path| path.path)
    }

    /// All paths, in the order of their numbers.
    pub const fn all(&self) -> &'static [Path] {
        self.paths
    }

    /// Whether this table begins with all paths of `base`, so that their numbers agree.
    pub fn extends(&self, base: &Self) -> bool {
        let same = |(own, base): (&Path, &Path)| own.path == base.path && own.keep == base.keep;
        self.len() >= base.len() && self.paths.iter().zip(base.paths).all(same)
    }

    pub(super) fn has_awaited(&self) -> bool {
        self.paths.iter().any(|path| path.keep == Keep::Awaited)
    }

    pub(super) fn keep(&self, path: u8) -> Keep {
        let path = self.paths.get(usize::from(path));
        path.map_or(Keep::Whole, |path| path.keep)
    }

    #[inline]
    pub(super) fn node(&self, node: u8) -> &'static Node {
        const NOWHERE: &Node = &Node::new(b"", NONE);
        self.nodes.get(usize::from(node)).unwrap_or(NOWHERE)
    }

    /// The node of a member called `name` below `node`, or [`NONE`].
    #[inline]
    pub(super) fn member(&self, node: &Node, name: &[u8]) -> u8 {
        if node.members & name_bit(name) == 0 {
            return NONE;
        }
        let mut next = node.member;
        while let Some(child) = self.nodes.get(usize::from(next)) {
            if child.name == name {
                return next;
            }
            next = child.sibling;
        }
        NONE
    }

    /// Whether the records of `path` belong to `ancestor` or something below it.
    pub(super) fn is_below(&self, path: u8, ancestor: u8) -> bool {
        let top = self.node(ancestor);
        if path == top.path {
            return true;
        }
        if !top.has_members() && top.element == NONE {
            return false;
        }
        let Some(mut node) = self.nodes.iter().position(|node| node.path == path) else {
            return false;
        };
        loop {
            if node == usize::from(ancestor) {
                return true;
            }
            if node == usize::from(ROOT) {
                return false;
            }
            node = usize::from(self.node(node as u8).parent);
        }
    }
}

/// No node, no path.
pub(super) const NONE: u8 = u8::MAX;
/// The document.
pub(super) const ROOT: u8 = 0;
/// The longest name in a path, in bytes.
pub(super) const LONGEST_NAME: usize = 32;

/// A place in the tree of paths.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Its member's name; empty for the elements of an array, and for the document.
    name: &'static [u8],
    /// A bit for each name among its members: most unwanted names are known by that.
    members: u32,
    pub(super) parent: u8,
    /// Its first member, and the next member of its parent.
    member: u8,
    sibling: u8,
    /// The elements of the array that stands here.
    pub(super) element: u8,
    /// The number of the path that ends here.
    pub(super) path: u8,
}

impl Node {
    const fn new(name: &'static [u8], parent: u8) -> Self {
        Self {
            name,
            members: 0,
            parent,
            member: NONE,
            sibling: NONE,
            element: NONE,
            path: NONE,
        }
    }

    /// Whether any of its members is wanted.
    pub(super) const fn has_members(&self) -> bool {
        self.member != NONE
    }

    /// Whether this is the elements of an array.
    pub(super) const fn is_element(&self) -> bool {
        self.name.is_empty()
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
    len: usize,
}

impl<const MOST: usize> Tree<MOST> {
    /// The tree of `paths`.
    pub const fn new(paths: &[Path]) -> Self {
        assert!(paths.len() < NONE as usize, "too many paths in one table");
        let mut tree = Self {
            nodes: [Node::new(b"", ROOT); MOST],
            len: 1,
        };
        let (mut number, mut awaited) = (0, false);
        while number < paths.len() {
            let Path { path, keep } = paths[number];
            if let Keep::Awaited = keep {
                assert!(!awaited, "only one path of a table can be awaited");
                awaited = true;
            }
            tree.add(path.as_bytes(), number as u8, keep, paths);
            number += 1;
        }
        tree
    }

    const fn add(&mut self, path: &'static [u8], number: u8, keep: Keep, paths: &[Path]) {
        let (mut node, mut rest, mut inner_arrays) = (ROOT, path, 0);
        loop {
            let (name, behind) = rest.split_at(name_len(rest));
            assert!(!name.is_empty(), "a name of a path is empty");
            assert!(
                name.len() <= LONGEST_NAME,
                "a name of a path is longer than 32 bytes"
            );
            node = self.child(node, name);
            rest = behind;
            if let [b'[', b']', behind @ ..] = rest {
                node = self.child(node, b"");
                rest = behind;
                let own = self.nodes[node as usize].path;
                if !rest.is_empty()
                    && (own == NONE || !matches!(paths[own as usize].keep, Keep::Element))
                {
                    inner_arrays += 1;
                }
            }
            match rest {
                [] => break,
                [b'.', behind @ ..] => rest = behind,
                _ => panic!("a path is names joined by dots, [] behind a name"),
            }
        }
        assert!(
            inner_arrays < 2,
            "a path may pass one array that is not Element: list that one first"
        );
        let node = &mut self.nodes[node as usize];
        assert!(node.path == NONE, "a path is there twice");
        assert!(
            node.is_element() || !matches!(keep, Keep::Element),
            "a path of elements ends with []"
        );
        node.path = number;
    }

    /// The child of `parent` called `name`, made if it is not there.
    const fn child(&mut self, parent: u8, name: &'static [u8]) -> u8 {
        let new = self.len as u8;
        let mut last = NONE;
        let mut next = if name.is_empty() {
            self.nodes[parent as usize].element
        } else {
            self.nodes[parent as usize].member
        };
        while next != NONE {
            if same(self.nodes[next as usize].name, name) {
                return next;
            }
            last = next;
            next = self.nodes[next as usize].sibling;
        }
        assert!(
            self.len < NONE as usize,
            "too many names in one table of paths"
        );
        self.nodes[self.len] = Node::new(name, parent);
        self.len += 1;
        if name.is_empty() {
            self.nodes[parent as usize].element = new;
        } else {
            self.nodes[parent as usize].members |= name_bit(name);
            if last == NONE {
                self.nodes[parent as usize].member = new;
            } else {
                self.nodes[last as usize].sibling = new;
            }
        }
        new
    }

    /// How many nodes it has.
    pub const fn size(&self) -> usize {
        self.len
    }

    /// Its nodes; `LEN` must be [`size`](Self::size).
    pub const fn nodes<const LEN: usize>(&self) -> [Node; LEN] {
        let mut nodes = [self.nodes[0]; LEN];
        let mut at = 0;
        while at < LEN {
            nodes[at] = self.nodes[at];
            at += 1;
        }
        nodes
    }
}

const fn name_len(path: &[u8]) -> usize {
    let mut len = 0;
    while len < path.len() && path[len] != b'.' && path[len] != b'[' {
        len += 1;
    }
    len
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
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
pub const fn joined<const N: usize>(base: &[Path], own: &[Path]) -> [Path; N] {
    let mut all = [Path {
        path: "",
        keep: Keep::Whole,
    }; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < base.len() {
            base[at]
        } else {
            own[at - base.len()]
        };
        at += 1;
    }
    all
}

/// The finished table.
#[doc(hidden)]
pub const fn table(paths: &'static [Path], nodes: &'static [Node]) -> Paths {
    Paths { paths, nodes }
}
