//! The text of a file as tokens.

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Sign(char),
    Literal,
}

impl Token {
    pub(super) fn is_word(&self, text: &str) -> bool {
        matches!(self, Self::Word(word) if word == text)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// A token and its line, counted from 1.
pub(super) type Placed = (Token, usize);

/// Splits Rust code into tokens, without comments and lifetimes; literals lose their text.
pub(super) fn tokens(text: &str) -> Vec<Placed> {
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
pub(super) fn end_of_quoted(code: &[char], place: usize) -> usize {
    let quote = code[place];
    let mut end = place + 1;
    while end < code.len() && code[end] != quote {
        end += if code[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// Returns the place after the bracket that closes the one at `place`.
pub(super) fn after_brackets(code: &[Placed], place: usize) -> usize {
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
pub(super) fn is_for_tests(attribute: &[Placed]) -> bool {
    let word = |place: usize| attribute.get(place).and_then(|(token, _)| token.word());
    word(0) == Some("cfg")
        && (word(2) == Some("test") || word(2) == Some("all") && word(4) == Some("test"))
}

/// Removes attributes, visibilities, and items for tests. Returns the rest, and the names of
/// exported macros.
pub(super) fn without_attributes(code: &[Placed]) -> (Vec<Placed>, Vec<String>) {
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
pub(super) fn after_item(code: &[Placed], place: usize) -> usize {
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
pub(super) fn is_after_colons(code: &[Placed], place: usize) -> bool {
    let before = code[..place].iter().rev().take(2);
    before
        .filter(|(token, _)| *token == Token::Sign(':'))
        .count()
        == 2
}
