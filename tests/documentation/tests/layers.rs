//! The layers of the core: imports go down, no two files import each other, and `mod.rs` and `lib.rs`
//! only declare and re-export.
//!
//! The paths of `use` declarations and the paths in code that begin with `crate`, `super`, `self` or
//! `$crate` are resolved to files, through re-exports to the file that defines the item. Comments,
//! literals, attributes and items under `#[cfg(test)]` do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules of `core/src` of equal rank.
struct Layer {
    modules: &'static [&'static str],
    may_import: Imports,
}

/// The layers that the modules of a layer may import.
#[derive(Clone, Copy)]
enum Imports {
    /// Those before it.
    Above,
    /// Those before it, and other modules of its own.
    AboveAndEachOther,
    /// These modules only.
    Only(&'static [&'static str]),
}

/// The layers, lowest first. The map in CONTRIBUTING.md shows the same.
const LAYERS: &[Layer] = &[
    Layer {
        modules: &["time", "entropy", "parse", "utf8", "log", "flash"],
        may_import: Imports::AboveAndEachOther,
    },
    Layer {
        modules: &["link"],
        may_import: Imports::Only(&["time"]),
    },
    Layer {
        modules: &["buffer"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["pace", "backoff", "url"],
        may_import: Imports::AboveAndEachOther,
    },
    Layer {
        modules: &["http"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["json"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["websocket"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["web_api"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["event"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["rtm", "socket_mode"],
        may_import: Imports::Above,
    },
    Layer {
        modules: &["client"],
        may_import: Imports::Above,
    },
];

/// The folder that is documentation only.
const DOCUMENTATION: &str = "guide";

fn rank(module: &str) -> Option<usize> {
    LAYERS
        .iter()
        .position(|layer| layer.modules.contains(&module))
}

fn may_import(from: &str, to: &str) -> bool {
    let (Some(rank_from), Some(rank_to)) = (rank(from), rank(to)) else {
        return false;
    };
    from == to
        || match LAYERS[rank_from].may_import {
            Imports::Above => rank_to < rank_from,
            Imports::AboveAndEachOther => rank_to <= rank_from,
            Imports::Only(modules) => modules.contains(&to),
        }
}

// The text of a file as tokens.

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
    Literal,
}

impl Token {
    fn is_word(&self, text: &str) -> bool {
        matches!(self, Self::Word(word) if word == text)
    }

    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// A token and its line, counted from 1.
type Placed = (Token, usize);

/// Splits Rust code into tokens, without comments and lifetimes; literals lose their text.
fn tokens(text: &str) -> Vec<Placed> {
    let code: Vec<char> = text.chars().collect();
    let at = |place: usize| code.get(place).copied().unwrap_or('\0');
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let (mut found, mut place, mut line) = (Vec::new(), 0, 1);
    while place < code.len() {
        let start = place;
        let token = match at(place) {
            '/' if at(place + 1) == '/' => {
                while place < code.len() && at(place) != '\n' {
                    place += 1;
                }
                None
            }
            '/' if at(place + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(place), at(place + 1)) {
                        ('/', '*') => (depth, place) = (depth + 1, place + 2),
                        ('*', '/') => (depth, place) = (depth - 1, place + 2),
                        _ => place += 1,
                    }
                    if depth == 0 || place >= code.len() {
                        break;
                    }
                }
                None
            }
            '"' => {
                place = end_of_quoted(&code, place);
                Some(Token::Literal)
            }
            '\'' if at(place + 1) == '\\' || at(place + 2) == '\'' => {
                place = end_of_quoted(&code, place);
                Some(Token::Literal)
            }
            '\'' => {
                place += 1;
                while is_word(at(place)) {
                    place += 1;
                }
                None
            }
            character if is_word(character) => {
                while is_word(at(place)) {
                    place += 1;
                }
                let word: String = code[start..place].iter().collect();
                let hashes = code[place..]
                    .iter()
                    .take_while(|sign| **sign == '#')
                    .count();
                let is_raw = word.ends_with('r') && at(place + hashes) == '"';
                match word.as_str() {
                    "r" | "br" | "cr" if is_raw => {
                        let end = format!("\"{}", "#".repeat(hashes));
                        let rest: String = code[place + hashes + 1..].iter().collect();
                        let length = rest.find(&end).map_or(rest.len(), |at| at + end.len());
                        place += hashes + 1 + rest[..length.min(rest.len())].chars().count();
                        Some(Token::Literal)
                    }
                    "r" if hashes == 1 => {
                        place += 1;
                        None // the word of a raw identifier follows
                    }
                    "b" | "c" if matches!(at(place), '"' | '\'') => {
                        place = end_of_quoted(&code, place);
                        Some(Token::Literal)
                    }
                    _ => Some(Token::Word(word)),
                }
            }
            character => {
                place += 1;
                (!character.is_whitespace()).then_some(Token::Sign(character))
            }
        };
        found.extend(token.map(|token| (token, line)));
        line += code[start..place]
            .iter()
            .filter(|sign| **sign == '\n')
            .count();
    }
    found
}

/// Returns the place after the quoted literal that begins at `place`.
fn end_of_quoted(code: &[char], place: usize) -> usize {
    let quote = code[place];
    let mut end = place + 1;
    while end < code.len() && code[end] != quote {
        end += if code[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// Returns the place after the bracket that closes the one at `place`.
fn after_brackets(code: &[Placed], place: usize) -> usize {
    let mut depth = 0;
    for (offset, (token, _)) in code[place..].iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + offset + 1;
        }
    }
    code.len()
}

/// Whether an attribute, as tokens between its brackets, removes its item from all builds but tests.
fn is_for_tests(attribute: &[Placed]) -> bool {
    let word = |place: usize| attribute.get(place).and_then(|(token, _)| token.word());
    word(0) == Some("cfg")
        && (word(2) == Some("test") || word(2) == Some("all") && word(4) == Some("test"))
}

/// Removes attributes, visibilities, and items for tests. Returns the rest, and the names of
/// exported macros.
fn without_attributes(code: &[Placed]) -> (Vec<Placed>, Vec<String>) {
    let (mut kept, mut macros, mut place) = (Vec::new(), Vec::new(), 0);
    while place < code.len() {
        let sign = |offset: usize| code.get(place + offset).map(|(token, _)| token);
        if sign(0) == Some(&Token::Sign('#')) {
            let open = place
                + if sign(1) == Some(&Token::Sign('!')) {
                    2
                } else {
                    1
                };
            if code.get(open).map(|(token, _)| token) == Some(&Token::Sign('[')) {
                let after = after_brackets(code, open);
                let attribute = &code[open + 1..after - 1];
                place = if is_for_tests(attribute) {
                    after_item(code, after)
                } else {
                    after
                };
                if attribute
                    .first()
                    .is_some_and(|(token, _)| token.is_word("macro_export"))
                {
                    let mut words = code[after..].iter().filter_map(|(token, _)| token.word());
                    macros.extend(words.find(|word| *word != "macro_rules").map(str::to_owned));
                }
                continue;
            }
        }
        if sign(0).is_some_and(|token| token.is_word("pub")) && sign(1) == Some(&Token::Sign('(')) {
            kept.push(code[place].clone());
            place = after_brackets(code, place + 1);
            continue;
        }
        kept.push(code[place].clone());
        place += 1;
    }
    (kept, macros)
}

/// Returns the place after the item, field or arm that begins at `place`.
fn after_item(code: &[Placed], place: usize) -> usize {
    let mut place = place;
    while let [(Token::Sign('#'), _), (Token::Sign('['), _), ..] = code[place..] {
        place = after_brackets(code, place + 1);
    }
    const ITEMS: &[&str] = &[
        "pub",
        "fn",
        "mod",
        "use",
        "impl",
        "struct",
        "enum",
        "const",
        "static",
        "type",
        "extern",
        "trait",
        "macro_rules",
        "unsafe",
        "async",
    ];
    let first = code.get(place).and_then(|(token, _)| token.word());
    let is_item = first.is_some_and(|word| ITEMS.contains(&word));
    while let Some((token, _)) = code.get(place) {
        match token {
            Token::Sign(';') => return place + 1,
            Token::Sign(',') if !is_item => return place + 1,
            Token::Sign('}' | ')' | ']') => return place,
            Token::Sign('{') => return after_brackets(code, place),
            Token::Sign('(' | '[') => place = after_brackets(code, place),
            _ => place += 1,
        }
    }
    place
}

/// Whether the token at `place` continues a path.
fn is_after_colons(code: &[Placed], place: usize) -> bool {
    let before = code[..place].iter().rev().take(2);
    before
        .filter(|(token, _)| *token == Token::Sign(':'))
        .count()
        == 2
}

// What a file imports.

/// A path to another module or an item of it.
#[derive(Clone, Debug)]
struct Import {
    line: usize,
    /// As it is written.
    text: String,
    /// The segments from the crate's root on.
    path: Vec<String>,
    /// The name that it has in the importing file, if it is used under one.
    name: String,
    is_use: bool,
}

struct File {
    name: String,
    /// The path of its module from the crate's root on.
    module: Vec<String>,
    /// Whether it is `mod.rs` or `lib.rs`.
    is_root: bool,
    imports: Vec<Import>,
    exported_macros: Vec<String>,
    /// The first line of code other than `mod` and `use` at the top level.
    code_at: Option<usize>,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
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

    fn read(&mut self, code: &[Placed]) {
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
    fn read_use(
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

    fn import(
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

// What the imports lead to.

struct Crate {
    files: Vec<File>,
    modules: BTreeMap<Vec<String>, usize>,
}

/// Where a path leads.
struct Target {
    /// The file that defines the item, as far as re-exports tell.
    file: usize,
    /// The file of the innermost module that the path names.
    module: usize,
}

impl Crate {
    fn new(sources: &[(String, String)]) -> Self {
        let files: Vec<_> = sources
            .iter()
            .filter(|(name, _)| name.split('/').next() != Some(DOCUMENTATION))
            .map(|(name, text)| File::new(name, text))
            .collect();
        let modules = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.module.clone(), index))
            .collect();
        Self { files, modules }
    }

    fn target(&self, path: &[String]) -> Option<Target> {
        let mut path = path.to_vec();
        let mut first_module = None;
        // Each turn follows one re-export; a circle of them does not compile.
        for _ in 0..self.files.len() {
            let length = (0..=path.len())
                .rev()
                .find(|length| self.modules.contains_key(&path[..*length]))?;
            let module = self.modules[&path[..length]];
            let target = Target {
                file: module,
                module: *first_module.get_or_insert(module),
            };
            let Some(name) = path.get(length) else {
                return Some(target);
            };
            if length == 0 {
                let defines = |file: &File| file.exported_macros.contains(name);
                if let Some(file) = self.files.iter().position(defines) {
                    return Some(Target { file, module: file });
                }
            }
            let file = &self.files[module];
            let export = file.imports.iter().find(|import| {
                import.is_use && import.name == *name && import.path[..] != path[..]
            });
            match export {
                Some(export) if file.is_root => {
                    path = [&export.path[..], &path[length + 1..]].concat();
                }
                _ => return Some(target),
            }
        }
        None
    }

    /// Every import of another file: importing file, its import, imported file.
    fn edges(&self) -> Vec<(usize, &Import, usize)> {
        let mut edges = Vec::new();
        for (from, file) in self.files.iter().enumerate() {
            for import in &file.imports {
                let target = self.target(&import.path);
                edges.extend(target.map(|target| (from, import, target.file)));
            }
        }
        edges.retain(|(from, _, to)| from != to);
        edges
    }

    /// Everything that breaks a rule, a line for each.
    fn findings(&self) -> Vec<String> {
        let mut findings = BTreeSet::new();
        let show = |from: usize, import: &Import, what: &str| {
            let name = &self.files[from].name;
            format!("{name}:{}: `{}` {what}", import.line, import.text)
        };
        for file in &self.files {
            match file.module.first() {
                Some(module) if rank(module).is_none() => {
                    findings.insert(format!("{}: `{module}` is in no layer", file.name));
                }
                _ => {}
            }
            if let Some(line) = file.code_at.filter(|_| file.is_root) {
                let name = &file.name;
                findings.insert(format!("{name}:{line}: code other than `mod` and `use`"));
            }
            let from = self.modules[&file.module];
            for import in &file.imports {
                let Some(target) = self.target(&import.path) else {
                    continue;
                };
                let module = &self.files[target.module];
                // A macro names items of its own file by paths that are valid in other crates.
                let is_own = target.file == from;
                let is_above = module.module.len() < file.module.len()
                    && file.module.starts_with(&module.module);
                if is_above && !is_own {
                    let what = format!("imports from {}", module.name);
                    findings.insert(show(from, import, &what));
                }
            }
        }
        let edges = self.edges();
        for (from, import, to) in &edges {
            let top = |file: usize| self.files[file].module.first();
            if let (Some(from_module), Some(to_module)) = (top(*from), top(*to))
                && !may_import(from_module, to_module)
            {
                let what = format!("imports upward, from {}", self.files[*to].name);
                findings.insert(show(*from, import, &what));
            }
        }
        let reached = self.reached(&edges);
        for (from, import, to) in &edges {
            if reached[*to].contains(from) {
                let what = format!("is part of a cycle with {}", self.files[*to].name);
                findings.insert(show(*from, import, &what));
            }
        }
        findings.into_iter().collect()
    }

    /// For each file, all files that it imports, directly or through others.
    fn reached(&self, edges: &[(usize, &Import, usize)]) -> Vec<BTreeSet<usize>> {
        let all = 0..self.files.len();
        all.map(|start| {
            let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
            while let Some(file) = open.pop() {
                for (from, _, to) in edges {
                    if *from == file && reached.insert(*to) {
                        open.push(*to);
                    }
                }
            }
            reached
        })
        .collect()
    }
}

// The tests.

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of the core, by their paths from `core/src` on.
fn sources() -> Vec<(String, String)> {
    let base = root().join("core/src");
    let (mut found, mut folders) = (Vec::new(), vec![base.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let parts = path.strip_prefix(&base).unwrap().iter();
                let name: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
                found.push((name.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn imports_of_the_core_go_down() {
    let sources = sources();
    let core = Crate::new(&sources);
    let edges = core.edges().len();
    assert!(core.files.len() > 60 && edges > 200, "{edges} imports");
    let findings = core.findings();
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}

/// The rows of the map in CONTRIBUTING.md that are about modules of the core: their names, and what
/// they may import.
fn map(text: &str) -> Vec<(Vec<String>, String)> {
    let quoted = |cell: &str| -> Vec<String> {
        let names = cell.split('`').skip(1).step_by(2);
        names
            .map(|name| {
                let name = name.strip_prefix("core/src/").unwrap_or(name);
                name.trim_end_matches(".rs").to_owned()
            })
            .collect()
    };
    text.lines()
        .filter(|line| line.starts_with("| `core/src/"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            (quoted(cells[0]), cells[2].to_owned())
        })
        .filter(|(modules, _)| modules != &[DOCUMENTATION])
        .collect()
}

/// The rows that the map should have, without modules for which `exists` is false.
fn expected_map(exists: impl Fn(&str) -> bool) -> Vec<(Vec<String>, String)> {
    LAYERS
        .iter()
        .enumerate()
        .filter_map(|(place, layer)| {
            let modules: Vec<_> = layer.modules.iter().filter(|name| exists(name)).collect();
            let may_import = match layer.may_import {
                Imports::AboveAndEachOther if place == 0 => "each other".to_owned(),
                Imports::AboveAndEachOther => "those above, each other".to_owned(),
                Imports::Above => "those above".to_owned(),
                Imports::Only(names) => {
                    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                    names.join(", ")
                }
            };
            let names = modules.iter().map(ToString::to_string).collect();
            (!modules.is_empty()).then_some((names, may_import))
        })
        .collect()
}

#[test]
fn contributing_shows_the_same_layers() {
    let files = sources();
    let exists = |name: &str| {
        let (file, folder) = (format!("{name}.rs"), format!("{name}/mod.rs"));
        files
            .iter()
            .any(|(path, _)| *path == file || *path == folder)
    };
    let mut rows = map(&fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap());
    for (modules, _) in &mut rows {
        modules.retain(|name| exists(name));
    }
    rows.retain(|(modules, _)| !modules.is_empty());
    assert_eq!(rows, expected_map(exists));
}

/// The findings in a tree of files, without those of a `lib.rs`.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.to_string(), text.to_string()))
        .collect();
    sources.push(("lib.rs".to_owned(), "mod a;".to_owned()));
    Crate::new(&sources).findings()
}

#[test]
fn an_upward_import_is_found() {
    let http = ("http/mod.rs", "mod head;\npub use head::Head;");
    let head = ("http/head.rs", "pub struct Head;");
    assert_eq!(
        findings(&[http, head, ("url.rs", "\nuse crate::http::Head;")]),
        ["url.rs:2: `crate::http::Head` imports upward, from http/head.rs"]
    );
    assert!(findings(&[http, head, ("client.rs", "use crate::http::Head;")]).is_empty());
    // Nested braces, an alias, a path in code, a macro.
    for text in [
        "use crate::{time, http::{self as h, Head as H}};",
        "fn f() -> super::http::Head { todo!() }",
        "macro_rules! m { () => { $crate::http::Head }; }",
        "pub(crate) use super::http;",
        "mod inner { use super::super::http::Head; }",
        "use crate::http::*;",
    ] {
        let found = findings(&[http, head, ("url.rs", text), ("time.rs", "")]);
        assert!(!found.is_empty(), "{text}");
        assert!(
            found.iter().all(|line| line.contains("upward")),
            "{found:?}"
        );
    }
}

#[test]
fn layers_of_equal_rank_import_each_other_only_if_they_are_small_files() {
    assert!(findings(&[("pace.rs", ""), ("backoff.rs", "use crate::pace::Pace;")]).is_empty());
    let rtm = ("rtm/mod.rs", "mod event;");
    let event = ("rtm/event.rs", "use crate::socket_mode::Envelope;");
    let found = findings(&[rtm, event, ("socket_mode.rs", "pub struct Envelope;")]);
    assert!(found[0].contains("upward") && found.len() == 1, "{found:?}");
    let link = ("link.rs", "use crate::entropy::Entropy;");
    assert_eq!(findings(&[link, ("entropy.rs", "")]).len(), 1);
    let link = ("link.rs", "use crate::time::Instant;");
    assert!(findings(&[link, ("time.rs", "")]).is_empty());
    let found = findings(&[("sundries.rs", "")]);
    assert_eq!(found, ["sundries.rs: `sundries` is in no layer"]);
}

#[test]
fn a_cycle_of_three_files_is_found() {
    let files = [
        ("json/mod.rs", "mod a; mod b; mod c; pub use b::B;"),
        ("json/a.rs", "use super::b::B;"),
        ("json/b.rs", "fn f() { crate::json::c::g(); }"),
        ("json/c.rs", "use super::a::{self, A};"),
    ];
    let found = findings(&files);
    let files: BTreeSet<_> = found.iter().map(|line| &line[..9]).collect();
    assert_eq!(
        files.into_iter().collect::<Vec<_>>(),
        ["json/a.rs", "json/b.rs", "json/c.rs"]
    );
    assert!(found.iter().all(|line| line.contains("cycle")), "{found:?}");
}

#[test]
fn an_import_from_mod_rs_is_found() {
    let root = ("json/mod.rs", "mod a;\nmod b;\npub use a::A;");
    let a = ("json/a.rs", "pub struct A;");
    for text in ["use super::A;", "use crate::json::A;", "use super::*;"] {
        let found = findings(&[root, a, ("json/b.rs", text)]);
        assert!(found[0].contains("imports from json/mod.rs"), "{found:?}");
    }
    assert!(findings(&[root, a, ("json/b.rs", "use super::a::A;")]).is_empty());
    let found = findings(&[("url.rs", "use crate::Config;")]);
    assert_eq!(found, ["url.rs:1: `crate::Config` imports from lib.rs"]);
}

#[test]
fn an_exported_macro_is_of_the_file_that_defines_it() {
    let json = ("json/mod.rs", "pub mod paths;");
    let paths = (
        "json/paths.rs",
        "#[macro_export]\nmacro_rules! paths { () => {} }",
    );
    let event = ("event/paths.rs", "crate::paths! {}");
    assert!(findings(&[json, paths, ("event/mod.rs", "mod paths;"), event]).is_empty());
    let url = ("url.rs", "crate::paths! {}");
    let found = findings(&[json, paths, url]);
    assert!(found[0].contains("upward, from json/paths.rs"), "{found:?}");
}

#[test]
fn code_in_mod_rs_is_found() {
    for (text, line) in [
        ("mod a;\nfn f() {}", Some(2)),
        ("mod a {\n}", Some(1)),
        ("pub use core::fmt;\n\nimpl A for B {}", Some(3)),
        ("macro_rules! m { () => {} }", Some(1)),
        (
            "//! Text.\n#![no_std]\n#[cfg(doc)]\npub mod a;\npub(crate) use core::{fmt, str};",
            None,
        ),
        ("mod a;\n#[cfg(test)]\nmod tests { fn f() {} }\n", None),
        ("#[cfg(test)]\nextern crate std;\npub mod a;", None),
    ] {
        let expected =
            line.map(|line| format!("url/mod.rs:{line}: code other than `mod` and `use`"));
        assert_eq!(findings(&[("url/mod.rs", text)]), Vec::from_iter(expected));
    }
}

#[test]
fn paths_in_comments_literals_and_tests_do_not_count() {
    let client = ("client.rs", "");
    for text in [
        "//! See [`Client`](crate::client::Client).",
        "/// `crate::client`\nfn f() {}",
        "/* a /* b */ use crate::client::A; */",
        "const A: &str = \"use crate::client::A; \\\" crate::client::B\";",
        "const A: &str = r#\"\" crate::client::A \"#;",
        "const A: [char; 2] = ['\"', '\\'']; // crate::client::A",
        "#[doc = \"\"]\n#[cfg(test)]\nmod tests { use crate::client::A; }",
        "#[cfg(all(test, feature = \"x\"))]\nuse crate::client::A;",
        "struct A<'a> { a: &'a str, #[cfg(test)] b: crate::client::B, c: char }",
        "pub(in crate::client) fn f<'a>() -> impl Sized + use<'a> {}",
        "#[doc(alias = \"a\", crate::client::A)]\nfn f() {}",
        "use core::client::A; use client::B;",
    ] {
        let found = findings(&[client, ("url.rs", text)]);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
    // What follows still counts.
    for text in [
        "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::client::A;",
        "#[cfg(not(test))]\nuse crate::client::A;",
        "struct A { #[cfg(test)] b: u8, c: crate::client::C }",
        "const A: &str = \"\\\\\"; use crate::client::A;",
        "fn f(r#type: &'static crate::client::A) {}",
    ] {
        assert_eq!(findings(&[client, ("url.rs", text)]).len(), 1, "{text}");
    }
}
