//! Pages of lists: limits, cursors, and pages as a client seldom meets them.

use std::collections::HashMap;

use crate::Builder;
use crate::messages::base64;
use crate::web_api::{Call, Refusal};
use crate::workspace::Workspace;

/// Settings of the lists: users, conversations, members, messages and replies.
impl Builder {
    /// The most elements of a page, even if a call asks for more. By default only the method has a limit.
    pub fn longest_page(mut self, elements: usize) -> Self {
        self.settings.paging.longest = elements.max(1);
        self
    }

    /// Makes each page with a number that is a multiple of `every` empty, with a cursor for the page that follows it:
    /// 2 makes every other one empty. By default none is empty, unless nothing is left.
    ///
    /// # Panics
    /// If `every` is 0 or 1: a list would have no end.
    pub fn empty_pages(mut self, every: usize) -> Self {
        assert!(every > 1, "a list of empty pages has no end");
        self.settings.paging.empty = Some(every);
        self
    }

    /// A walk through a list gets so many pages, and then `invalid_cursor`, as its cursor has expired. By default no
    /// cursor expires before [`FakeSlack::expire_cursors`](crate::FakeSlack::expire_cursors).
    pub fn cursor_pages(mut self, pages: usize) -> Self {
        self.settings.paging.life = pages;
        self
    }

    /// After so many pages of a walk, and at least one, each further page has the cursor that it was asked for with, as
    /// a hostile server does: the walk has no end.
    pub fn repeat_cursor_after(mut self, pages: usize) -> Self {
        self.settings.paging.repeat = Some(pages.max(1));
        self
    }
}

/// What was set.
#[derive(Clone, Debug)]
pub(crate) struct Paging {
    longest: usize,
    empty: Option<usize>,
    life: usize,
    repeat: Option<usize>,
}

impl Paging {
    pub(crate) const fn new() -> Self {
        Self {
            longest: usize::MAX,
            empty: None,
            life: usize::MAX,
            repeat: None,
        }
    }
}

/// The cursors that were given, each with its list.
#[derive(Debug, Default)]
pub(crate) struct Cursors(HashMap<(String, String), Given>);

#[derive(Clone, Debug)]
struct Given {
    /// Where its page begins.
    at: String,
    /// How many pages come before its page.
    pages: usize,
}

impl Cursors {
    /// Ends the validity of all cursors.
    pub(crate) fn expire(&mut self) {
        self.0.clear();
    }
}

/// A page that a call asks for.
#[derive(Debug)]
pub(crate) struct Page {
    list: String,
    cursor: String,
    pages: usize,
    /// Where it begins; `None` is the beginning of the list.
    pub(crate) at: Option<String>,
    /// Its most elements; 0 if it is to be empty with a cursor.
    pub(crate) limit: usize,
}

/// The limits of a method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) default: usize,
    pub(crate) most: usize,
}

impl Page {
    /// The page of this list that a call asks for by `limit` and `cursor`.
    pub(crate) fn new(
        call: &Call<'_>,
        workspace: &Workspace,
        list: String,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let paging = &call.server.settings.paging;
        let limit = match call.number("limit")? {
            None => limits.default,
            Some(limit) => usize::try_from(limit)
                .ok()
                .filter(|limit| (1..=limits.most).contains(limit))
                .ok_or("invalid_limit")?,
        };
        let cursor = call.text("cursor").unwrap_or_default().to_owned();
        let given = match cursor.as_str() {
            "" => None,
            _ => {
                let given = workspace.cursors.0.get(&(list.clone(), cursor.clone()));
                let given = given.filter(|given| given.pages < paging.life);
                Some(given.ok_or("invalid_cursor")?.clone())
            }
        };
        let pages = given.as_ref().map_or(0, |given| given.pages);
        let is_empty = paging
            .empty
            .is_some_and(|every| (pages + 1).is_multiple_of(every));
        Ok(Self {
            list,
            cursor,
            pages,
            at: given.map(|given| given.at),
            limit: if is_empty {
                0
            } else {
                limit.min(paging.longest)
            },
        })
    }

    /// Where it begins, for a list whose elements are numbered.
    pub(crate) fn offset(&self) -> usize {
        let at = self.at.as_deref();
        at.and_then(|at| at.parse().ok()).unwrap_or(0)
    }

    /// The elements of this page of a list whose elements are numbered, and the number of the next one if there is one.
    pub(crate) fn of<T>(&self, elements: impl Iterator<Item = T>) -> (Vec<T>, Option<(usize, T)>) {
        let mut rest = elements.skip(self.offset());
        let page: Vec<T> = rest.by_ref().take(self.limit).collect();
        let next = self.offset() + page.len();
        (page, rest.next().map(|element| (next, element)))
    }

    /// The cursor for the page that begins there, of an element with this kind and name; empty after the last one.
    pub(crate) fn next_cursor(
        &self,
        call: &Call<'_>,
        workspace: &mut Workspace,
        next: Option<(String, String)>,
    ) -> String {
        let Some((at, name)) = next else {
            return String::new();
        };
        let paging = &call.server.settings.paging;
        if paging.repeat.is_some_and(|pages| self.pages >= pages) {
            return self.cursor.clone();
        }
        // Two pages in turn that begin with the same element have different cursors.
        let name = match self.limit {
            0 => format!("{name}:{}", self.pages),
            _ => name,
        };
        let cursor = base64(name.as_bytes());
        let given = Given {
            at,
            pages: self.pages + 1,
        };
        let key = (self.list.clone(), cursor.clone());
        workspace.cursors.0.insert(key, given);
        cursor
    }
}
