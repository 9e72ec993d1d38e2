//! Rust source as the rules read it: comments and string literals blanked, so that only code is judged.

use crate::workspace::SourceFile;

/// A source file in three readings of the same length and with the same lines.
pub(crate) struct Source {
    pub(crate) path: String,
    /// Code alone: comments and literals are blanks.
    pub(crate) code: String,
    /// Code and comments: only literals are blanks.
    pub(crate) prose: String,
}

impl Source {
    pub(crate) fn of(file: &SourceFile) -> Self {
        let (mut code, mut prose) = (String::new(), String::new());
        let mut rest = file.text.as_str();
        let mut before = ' ';
        while let Some(first) = rest.chars().next() {
            let (kind, length) = next_piece(rest, before);
            let piece = &rest[..length];
            let blank = || piece.chars().map(|sign| if sign == '\n' { '\n' } else { ' ' });
            match kind {
                Piece::Code => {
                    code.push_str(piece);
                    prose.push_str(piece);
                }
                Piece::Comment => {
                    code.extend(blank());
                    prose.push_str(piece);
                }
                Piece::Literal => {
                    code.extend(blank());
                    prose.extend(blank());
                }
            }
            before = first;
            rest = &rest[length..];
        }
        Self { path: file.path.clone(), code, prose }
    }

    /// The line of each place in the code where `wanted` stands as a whole word or path.
    pub(crate) fn lines_with(&self, wanted: &str) -> Vec<usize> {
        whole_words(&self.code, wanted).map(|at| line_of(&self.code, at)).collect()
    }

    /// Every path that a `use` brings in, written out, with its line: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
    pub(crate) fn imports(&self) -> Vec<(usize, String)> {
        let mut imports = Vec::new();
        for at in whole_words(&self.code, "use") {
            let tree = self.code[at + 3..].split(';').next().unwrap_or_default();
            let line = line_of(&self.code, at);
            imports.extend(expand(tree).into_iter().map(|path| (line, path)));
        }
        imports
    }
}

enum Piece {
    Code,
    Comment,
    Literal,
}

/// The next piece of a text that starts outside of comments and literals; `before` is the sign before it.
fn next_piece(text: &str, before: char) -> (Piece, usize) {
    if text.starts_with("//") {
        return (Piece::Comment, text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return (Piece::Comment, block_comment(text));
    }
    if !is_word(before) {
        let unprefixed = text.strip_prefix(['b', 'c']).unwrap_or(text);
        if let Some(length) = raw_string(unprefixed) {
            return (Piece::Literal, text.len() - unprefixed.len() + length);
        }
    }
    if text.starts_with('"') {
        return (Piece::Literal, quoted(text));
    }
    if text.starts_with('\'')
        && let Some(length) = character(text)
    {
        return (Piece::Literal, length);
    }
    (Piece::Code, text.chars().next().map_or(1, char::len_utf8))
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a raw string such as `r#"..."#` at the start of the text.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let fences = after.len() - after.trim_start_matches('#').len();
    let body = after[fences..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(fences));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(text.len() - body.len() + length)
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut signs = text.char_indices().skip(1);
    let (_, first) = signs.next()?;
    let is_escape = first == '\\';
    if is_escape {
        signs.next();
    }
    let close = signs.find(|(_, sign)| is_escape || *sign == '\'' || !is_word(*sign))?;
    match close {
        (at, '\'') if is_escape || text[1..at].chars().count() == 1 => Some(at + 1),
        _ if is_escape => text[2..].find('\'').map(|at| at + 3),
        _ => None,
    }
}

pub(crate) fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// Where `wanted` stands in the text and is no part of a longer word.
pub(crate) fn whole_words<'t>(text: &'t str, wanted: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(wanted).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back().is_some_and(is_word);
        let after = text[at + wanted.len()..].chars().next().is_some_and(is_word);
        let grows_on = before && wanted.starts_with(is_word) || after && wanted.ends_with(is_word);
        !grows_on
    })
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// `a::{b, c::{d, e as f}}` -> `a::b`, `a::c::d`, `a::c::e`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split_whitespace().collect()];
    };
    let prefix = &tree[..open];
    let inner = tree[open + 1..].rsplit_once('}').map_or(&tree[open + 1..], |(inner, _)| inner);
    let (mut branches, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, sign) in inner.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&inner[from..]);
    let branches = branches.into_iter().filter(|branch| !branch.trim().is_empty());
    branches.flat_map(expand).map(|path| format!("{}{path}", prefix.trim())).collect()
}

#[cfg(test)]
pub(crate) fn source(path: &str, text: &str) -> Source {
    Source::of(&SourceFile { path: path.to_owned(), text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_left() {
        let cases = [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            ("a \"b \\\" c\" d", "a d"),
            ("a r#\"b \" c\"# d", "a d"),
            ("a b\"x\" br\"y\" c", "a b c"),
            ("for'a x: &'a str = '\"'; y", "for'a x: &'a str = ; y"),
            ("'\\'' '\\u{1f}' '\\n' '\\\\' x", "x"),
            ("bar\"x\"", "bar"),
        ];
        for (text, expected) in cases {
            let code = source("a.rs", text).code;
            assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
            assert_eq!(code.len(), text.len(), "{text}: what is blanked keeps its place");
        }
    }

    #[test]
    fn prose_keeps_comments() {
        assert_eq!(source("a.rs", "x // why\n\"y\"").prose, "x // why\n   ");
    }

    #[test]
    fn words_are_whole() {
        let source = source("a.rs", "MyInstant::now()\nInstant::now()\nInstant::nowhere()");
        assert_eq!(source.lines_with("Instant::now"), [2]);
    }

    #[test]
    fn imports_are_written_out() {
        let source = source("a.rs", "use std::fs;\npub use a::{b, c::{d, e as f}, self};\n// use no::thing;");
        let expected = [(1, "std::fs"), (2, "a::b"), (2, "a::c::d"), (2, "a::c::e"), (2, "a::self")];
        assert_eq!(source.imports(), expected.map(|(line, path)| (line, path.to_owned())));
    }
}
