//! Tables of paths, which select the wanted members, and look-ups in them.

use crate::flash::PLENTIFUL;

/// How much of a wanted value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Retention {
    /// All of it, or only its length. Room for such values is reserved in the buffer.
    Whole,
    /// Like [`Whole`](Self::Whole). Until the value arrives, three quarters of the buffer are
    /// reserved for it. At most one path of a table.
    Awaited,
    /// As much as fits, cut between characters, and its full length.
    Cut,
    /// Like [`Cut`](Self::Cut), and at most an eighth of the buffer: for names next to texts.
    Brief,
    /// For a path that ends with `[]` and passes no other array: each element is yielded
    /// separately.
    Element,
}

/// A table of wanted paths, made by [`paths!`](crate::paths).
///
/// Names of a path are joined by dots. `[]` after a name means each element of an array:
/// `type`, `item.channel`, `users[].profile.display_name`, `response_metadata.warnings[]`.
#[derive(Clone, Copy, Debug)]
pub struct Paths {
    /// The names in the paths: each is once in the text, and may be a part of a longer one. The paths
    /// as they were written would take 1 % of the image with a client more, in Socket Mode 5 %.
    pub(super) names: &'static str,
    /// The tree of their names, each node before its descendants.
    pub(super) nodes: &'static [Node],
    /// Whether a path is [`Retention::Awaited`].
    pub(super) awaits: bool,
}

impl Paths {
    /// Returns the number of paths. The number of each path is less than that.
    pub const fn len(&self) -> usize {
        let (mut rest, mut len) = (self.nodes, 0);
        while let [first, after @ ..] = rest {
            len += (first.path != NONE) as usize;
            rest = after;
        }
        len
    }

    /// Returns whether there are no paths.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether this table begins with the names of all paths of `base`, as every table that
    /// extends it does.
    pub(crate) const fn begins_with(&self, base: &Self) -> bool {
        let (mut rest, mut at) = (base.nodes, 0);
        while let [node, after @ ..] = rest {
            if node.path != NONE && !self.has_path_of(base, node.path, at) {
                return false;
            }
            (rest, at) = (after, at + 1);
        }
        true
    }

    /// Returns whether the path of this table with this number has the same names as that of `other`
    /// which ends at the node `theirs`.
    const fn has_path_of(&self, other: &Self, number: u8, mut theirs: usize) -> bool {
        let (mut rest, mut own) = (self.nodes, 0);
        while let [node, after @ ..] = rest
            && node.path != number
        {
            (rest, own) = (after, own + 1);
        }
        if rest.is_empty() {
            return false;
        }
        while own > 0 && theirs > 0 {
            let (mut a, mut b) = (name_at(self, own), name_at(other, theirs));
            while let ([byte, rest @ ..], [wanted, rest_of_wanted @ ..]) = (a, b) {
                if *byte != *wanted {
                    return false;
                }
                (a, b) = (rest, rest_of_wanted);
            }
            if !a.is_empty() || !b.is_empty() {
                return false;
            }
            own = parent_of(self.nodes, own);
            theirs = parent_of(other.nodes, theirs);
        }
        own == theirs
    }

    /// Returns the node at which the path with this number ends, or [`NONE`].
    pub(super) fn node_of(&self, number: u8) -> u8 {
        let mut nodes = self.nodes.iter();
        let at = nodes.position(|node| node.path == number && number != NONE);
        at.and_then(|at| u8::try_from(at).ok()).unwrap_or(NONE)
    }

    /// Returns the number of the path `name`, which begins below the node `from`.
    pub(super) fn find_path(&self, from: u8, name: &str) -> Option<u8> {
        let (mut node, mut rest) = (from, name.as_bytes());
        loop {
            let is_end = |byte: &u8| matches!(byte, b'.' | b'[');
            let end = rest.iter().position(is_end).unwrap_or(rest.len());
            let (own, after) = rest.split_at_checked(end)?;
            if own.is_empty() {
                return None;
            }
            (node, rest) = (self.member(node, own), after);
            if let Some(after) = rest.strip_prefix(b"[]") {
                (node, rest) = (self.element(node), after);
            }
            match rest {
                [] => break,
                [b'.', after @ ..] => rest = after,
                _ => return None,
            }
        }
        Some(self.node(node).path).filter(|path| *path != NONE)
    }

    /// Returns whether a value is awaited.
    pub(super) const fn awaits(&self) -> bool {
        self.awaits
    }

    /// Returns a node by its number.
    #[inline(never)] // one copy of the code serves all callers
    pub(super) fn node(&self, node: u8) -> &'static Node {
        self.at(node)
    }

    #[inline(always)]
    fn at(&self, node: u8) -> &'static Node {
        self.nodes.get(usize::from(node)).unwrap_or(NO_NODE)
    }

    /// Returns the member `name` of `node`, or [`NONE`].
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

    /// Returns a member of `node` whose name begins with the first `len` bytes of the name of
    /// `like` and continues with `byte`, or ends there if that is `None`; or else [`NONE`].
    pub(super) fn member_with(&self, node: u8, like: u8, len: u8, byte: Option<u8>) -> u8 {
        let Some(begin) = self.name(self.node(like)).get(..usize::from(len)) else {
            return NONE;
        };
        self.find(node, |member| {
            let rest = self.name(member).strip_prefix(begin);
            rest.is_some_and(|rest| rest.first().copied() == byte) && !member.is_element()
        })
    }

    /// Returns the first child of `node` that `is_it`, or [`NONE`].
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

    /// Returns the name of a member. Elements of an array have none.
    #[inline(never)]
    pub(super) fn name(&self, node: &Node) -> &'static [u8] {
        let name = self.names.as_bytes().get(node.start()..);
        name.and_then(|name| name.get(..usize::from(node.len)))
            .unwrap_or_default()
    }

    /// Returns the name of the member `node` as a text.
    pub(super) fn name_text(&self, node: u8) -> &'static str {
        let node = self.node(node);
        let name = self.names.get(node.start()..);
        name.and_then(|name| name.get(..usize::from(node.len)))
            .unwrap_or_default()
    }

    /// Returns the child of `from` that is `to`, or above it.
    pub(super) fn child_towards(&self, from: u8, to: u8) -> Option<u8> {
        let end = self.node(from).end;
        let mut child = from.checked_add(1)?;
        while child < end && child <= to {
            let next = self.node(child).end;
            if to < next {
                return Some(child);
            }
            child = next;
        }
        None
    }

    /// Returns whether anything below `node` is wanted.
    #[inline(always)] // smaller than its calls
    pub(super) fn has_members(&self, node: u8) -> bool {
        self.node(node).end > node.wrapping_add(1)
    }

    /// Returns the parent of `node`.
    pub(super) fn parent(&self, node: u8) -> u8 {
        let mut before = (ROOT..node).rev();
        before.find(|at| self.at(*at).end > node).unwrap_or(ROOT)
    }

    /// Returns the elements of the array `node`, or [`NONE`].
    pub(super) fn element(&self, node: u8) -> u8 {
        // They come before all members.
        let next = node.wrapping_add(1);
        if next < self.node(node).end && self.node(next).is_element() {
            next
        } else {
            NONE
        }
    }

    /// Returns whether `path` ends at `ancestor` or below it.
    pub(super) fn is_below(&self, path: u8, ancestor: u8) -> bool {
        let mut below = ancestor..self.node(ancestor).end;
        below.any(|node| self.node(node).path == path)
    }
}

/// Returns the name of the node at `at` of a table.
pub(super) const fn name_at(table: &Paths, at: usize) -> &'static [u8] {
    if let Some((_, [node, ..])) = table.nodes.split_at_checked(at)
        && let Some((_, name)) = table.names.as_bytes().split_at_checked(node.start())
        && let Some((name, _)) = name.split_at_checked(node.len as usize)
    {
        name
    } else {
        &[]
    }
}

/// Returns the parent of the node at `at`.
pub(super) const fn parent_of(nodes: &[Node], at: usize) -> usize {
    let mut parent = at;
    while parent > 0 {
        parent -= 1;
        if let Some((_, [node, ..])) = nodes.split_at_checked(parent)
            && node.end as usize > at
        {
            return parent;
        }
    }
    0
}

/// The number of no node and no path.
pub(super) const NONE: u8 = u8::MAX;
/// The node of the document.
pub(super) const ROOT: u8 = 0;
/// The node for numbers that are out of range.
const NO_NODE: &Node = &Node::new(0, 0);

/// A place in the tree of paths. It has fields of one byte only, to save flash.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// A bit for each name among its members, which excludes most unwanted names. Only where flash
    /// is plentiful.
    pub(super) names: [[u8; 4]; FILTERS],
    /// The offset of its name among the names, and above that the [`Retention`].
    start: [u8; 2],
    /// The length of its name. The elements of an array have no name. The document has a length, so
    /// that it is not taken for elements.
    pub(super) len: u8,
    /// The first node after it that is not below it.
    pub(super) end: u8,
    /// The number of the path that ends here, or [`NONE`].
    pub(super) path: u8,
}

const FILTERS: usize = PLENTIFUL as usize;
/// The number of bits of [`Node::start`] that are an offset in the text.
pub(super) const START_BITS: u32 = 13;

impl Node {
    pub(super) const fn new(start: usize, len: usize) -> Self {
        Self {
            names: [[0; 4]; FILTERS],
            start: (start as u16).to_le_bytes(),
            len: len as u8,
            end: 0,
            path: NONE,
        }
    }

    pub(super) const fn set_retention(&mut self, retention: Retention) {
        let start = self.start() as u16 | (retention as u16) << START_BITS;
        self.start = start.to_le_bytes();
    }

    pub(super) const fn set_start(&mut self, start: usize) {
        let kept = u16::from_le_bytes(self.start) >> START_BITS << START_BITS;
        self.start = (start as u16 | kept).to_le_bytes();
    }

    pub(super) const fn start(&self) -> usize {
        (u16::from_le_bytes(self.start) & ((1 << START_BITS) - 1)) as usize
    }

    /// Returns how much of the values of its path is kept.
    pub(super) const fn retention(&self) -> Retention {
        match u16::from_le_bytes(self.start) >> START_BITS {
            0 => Retention::Whole,
            1 => Retention::Awaited,
            2 => Retention::Cut,
            3 => Retention::Brief,
            _ => Retention::Element,
        }
    }

    /// Returns the path of these elements, if each is yielded separately.
    pub(super) fn yielded_path(&self) -> Option<u8> {
        (self.retention() == Retention::Element).then_some(self.path)
    }

    /// Returns whether this is the elements of an array.
    pub(super) const fn is_element(&self) -> bool {
        self.len == 0
    }
}

/// Returns the bit of a name in [`Node::names`].
#[inline]
pub(super) const fn name_bit(name: &[u8]) -> u32 {
    match (name.first(), name.last()) {
        (Some(first), Some(last)) => {
            let sum = *first as usize + (*last as usize) * 2 + name.len() * 5;
            1 << (sum & 31)
        }
        _ => 0,
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Paths);
