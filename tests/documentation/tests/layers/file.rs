//! The imports of one file.

use std::collections::BTreeSet;

use super::tokens::{Placed, Token, is_after_colons, tokens, without_attributes};

/// A path to another module or an item of it.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) line: usize,
    /// As it is written.
    pub(super) text: String,
    /// The segments from the crate's root on.
    pub(super) path: Vec<String>,
    /// The name that it has in the importing file, if it is used under one.
    pub(super) name: String,
    pub(super) is_use: bool,
}

pub(super) struct File {
    pub(super) name: String,
    /// The path of its module from the crate's root on.
    pub(super) module: Vec<String>,
    /// Whether it is `mod.rs` or `lib.rs`.
    pub(super) is_root: bool,
    pub(super) imports: Vec<Import>,
    pub(super) exported_macros: Vec<String>,
    /// The first line of code other than `mod` and `use` at the top level.
    pub(super) code_at: Option<usize>,
}

impl File {
    pub(super) fn new(name: &str, text: &str) -> Self {
        let mut module: Vec<String> = name
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        let is_root = matches!(module.last().map(String::as_str), Some("mod" | "lib"));
        if is_root {
            module.pop();
        }
        let (code, exported_macros) = without_attributes(&tokens(text));
        let mut file = Self {
            name: name.to_owned(),
            module,
            is_root,
            imports: Vec::new(),
            exported_macros,
            code_at: None,
        };
        file.read(&code);
        file
    }

    pub(super) fn read(&mut self, code: &[Placed]) {
        // Modules inside of this file, with the depth of brackets at which each ends.
        let mut inner: Vec<(String, usize)> = Vec::new();
        let (mut place, mut depth) = (0, 0);
        let mut children = BTreeSet::new();
        for window in code.windows(3) {
            if let [(keyword, _), (Token::Word(name), _), (Token::Sign(';'), _)] = window
                && keyword.is_word("mod")
            {
                children.insert(name.clone());
            }
        }
        let sign = |place: usize| code.get(place).map(|(token, _)| token);
        while let Some((token, line)) = code.get(place) {
            match token {
                Token::Sign('{' | '(' | '[') => depth += 1,
                Token::Sign('}' | ')' | ']') => {
                    depth -= 1;
                    if inner.last().is_some_and(|(_, end)| *end == depth) {
                        inner.pop();
                    }
                }
                Token::Word(word)
                    if word == "mod" && sign(place + 2) == Some(&Token::Sign('{')) =>
                {
                    self.code_at.get_or_insert(*line);
                    let name = sign(place + 1).and_then(Token::word).unwrap_or_default();
                    inner.push((name.to_owned(), depth));
                    place += 2;
                    continue;
                }
                Token::Word(word) if word == "mod" && depth == 0 => {
                    place += 3;
                    continue;
                }
                // Not the `use<'a>` of a return type.
                Token::Word(word)
                    if word == "use" && sign(place + 1) != Some(&Token::Sign('<')) =>
                {
                    let end = code[place..]
                        .iter()
                        .position(|(token, _)| *token == Token::Sign(';'))
                        .map_or(code.len(), |offset| place + offset);
                    self.read_use(&code[place + 1..end], &inner, &children);
                    place = end + 1;
                    continue;
                }
                Token::Word(word)
                    if matches!(word.as_str(), "crate" | "super" | "self")
                        && sign(place + 1) == Some(&Token::Sign(':'))
                        && !is_after_colons(code, place) =>
                {
                    let mut segments = vec![word.clone()];
                    place += 1;
                    while let (
                        Some(Token::Sign(':')),
                        Some(Token::Sign(':')),
                        Some(Token::Word(word)),
                    ) = (sign(place), sign(place + 1), sign(place + 2))
                    {
                        segments.push(word.clone());
                        place += 3;
                    }
                    self.import(*line, &segments, "", &inner, false);
                    self.code_at.get_or_insert(*line);
                    continue;
                }
                _ => {}
            }
            if depth == 0 && !matches!(token, Token::Sign('}' | ';')) && !token.is_word("pub") {
                self.code_at.get_or_insert(*line);
            }
            place += 1;
        }
    }

    /// Reads the tree of a `use` declaration.
    pub(super) fn read_use(
        &mut self,
        tree: &[Placed],
        inner: &[(String, usize)],
        children: &BTreeSet<String>,
    ) {
        let mut prefixes: Vec<Vec<String>> = vec![Vec::new()];
        let mut path: Vec<String> = Vec::new();
        let (mut alias, mut is_alias, mut line) = (None, false, 0);
        let end = (Token::Sign(','), 0);
        for (token, at) in tree.iter().chain([&end]) {
            line = if *at > 0 { *at } else { line };
            match token {
                Token::Word(word) if word == "as" => is_alias = true,
                Token::Word(word) if is_alias => alias = Some(word.clone()),
                Token::Word(word) => path.push(word.clone()),
                Token::Sign('*') => path.push("*".to_owned()),
                Token::Sign('{') => prefixes.push(std::mem::take(&mut path)),
                Token::Sign(',' | '}') => {
                    if !path.is_empty() {
                        let mut whole = prefixes.concat();
                        whole.append(&mut path);
                        if whole.len() > 1 && whole.last().is_some_and(|word| word == "self") {
                            whole.pop();
                        }
                        let name = alias.take().or_else(|| whole.last().cloned());
                        let is_child = whole.first().is_some_and(|word| children.contains(word));
                        if is_child {
                            whole.insert(0, "self".to_owned());
                        }
                        let first = whole.first().map_or("", String::as_str);
                        if matches!(first, "crate" | "super" | "self") {
                            let name = name.unwrap_or_default();
                            self.import(line, &whole, &name, inner, true);
                        }
                    }
                    (alias, is_alias) = (None, false);
                    if *token == Token::Sign('}') {
                        prefixes.pop();
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn import(
        &mut self,
        line: usize,
        segments: &[String],
        name: &str,
        inner: &[(String, usize)],
        is_use: bool,
    ) {
        let mut path: Vec<String> = self.module.clone();
        path.extend(inner.iter().map(|(name, _)| name.clone()));
        for segment in segments {
            match segment.as_str() {
                "crate" => path.clear(),
                "self" => {}
                "super" => {
                    path.pop();
                }
                _ => path.push(segment.clone()),
            }
        }
        self.imports.push(Import {
            line,
            text: segments.join("::"),
            path,
            name: name.to_owned(),
            is_use,
        });
    }
}
