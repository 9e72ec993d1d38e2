//! A title, taken apart.

use std::collections::BTreeSet;

use super::version::{Kind, Part};
use crate::limits::NAME_BYTES_MAX;
use crate::words::{fold, head};

/// Articles at the start of a title that some leave out.
const ARTICLES: [&str; 4] = ["the ", "a ", "an ", "die "];

/// A title and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title {
    /// The name, folded: with the brackets that are part of it.
    pub(crate) name: String,
    /// The name without them; the same where it has none.
    main: String,
    pub(crate) kinds: BTreeSet<Kind>,
    /// What else the version's brackets say: whose remix, which evening.
    pub(crate) details: Vec<String>,
    /// Who else sings, folded.
    pub(crate) featuring: Vec<String>,
}

impl Title {
    pub(crate) fn read(title: &str) -> Self {
        let title = head(title, NAME_BYTES_MAX).replace('&', " and ");
        let (plain, brackets) = take_brackets(&title);
        let mut segments =
            plain.split(" - ").flat_map(|part| part.split(" – ")).flat_map(|part| part.split(" | "));
        let first = segments.next().unwrap_or("");
        let (main, featuring) = take_featuring(&fold(first));
        let mut read =
            Self { name: main.clone(), main, kinds: BTreeSet::new(), details: Vec::new(), featuring };
        let parts = segments.map(|part| (fold(part), false));
        for (part, is_bracket) in brackets.iter().map(|part| (fold(part), true)).chain(parts) {
            read.add(&part, is_bracket);
        }
        if read.name.is_empty() {
            // Nothing but signs (`???`, `÷`), or nothing but a version in brackets: the title as it stands.
            let folded = fold(&title);
            read.name = if folded.is_empty() { title.trim().to_lowercase() } else { folded };
            read.main.clone_from(&read.name);
        }
        read
    }

    fn add(&mut self, part: &str, is_bracket: bool) {
        match Part::read(part, is_bracket) {
            Part::Featuring(names) => self.featuring.push(names),
            Part::Noise => {}
            Part::Version(kinds, details) => {
                self.kinds.extend(kinds);
                self.details.extend(details);
            }
            Part::Name => self.name = format!("{} {part}", self.name).trim().to_owned(),
        }
    }

    /// All of it that counts, in one line: the same for two spellings of one version.
    pub(crate) fn key(&self) -> String {
        let kinds = self.kinds.iter().map(|kind| format!(" +{kind:?}"));
        let mut details = self.details.clone();
        details.sort_unstable();
        format!(
            "{}{}{}",
            squeezed(&self.name),
            kinds.collect::<String>().to_lowercase(),
            details.iter().map(|d| format!(" {d}")).collect::<String>()
        )
    }

    /// How well the names agree, whatever the version.
    pub(crate) fn likeness(&self, other: &Self) -> Likeness {
        let (one, two) = (squeezed(&self.name), squeezed(&other.name));
        if one == two {
            return if one.is_empty() { Likeness::Different } else { Likeness::Same };
        }
        let main_is_same = squeezed(&self.main) == squeezed(&other.main) && !self.main.is_empty();
        let is_one_bare = self.main == self.name || other.main == other.name;
        if main_is_same && is_one_bare || is_typo(&self.name, &other.name) {
            return Likeness::Close;
        }
        Likeness::Different
    }

    /// Whether both are the same version; `is_length_sure`: their lengths are known and agree, so that one may say
    /// less.
    pub(crate) fn is_same_version(&self, other: &Self, is_length_sure: bool) -> bool {
        let sorted = |details: &[String]| details.iter().cloned().collect::<BTreeSet<_>>();
        let (one, two) = (sorted(&self.details), sorted(&other.details));
        self.kinds == other.kinds && (one == two || is_length_sure && (one.is_empty() || two.is_empty()))
    }

    /// The whole title in one: for those who write `Drowning Avicii Remix` without brackets.
    pub(crate) fn is_same_written_out(one: &str, two: &str) -> bool {
        let written = |title: &str| squeezed(&fold(&head(title, NAME_BYTES_MAX).replace('&', " and ")));
        let (one, two) = (written(one), written(two));
        !one.is_empty() && one == two
    }
}

/// How well two names agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Not the same.
    Different,
    /// The same if everything else is: a letter differs, or a bracket is left out.
    Close,
    /// The same.
    Same,
}

/// Without its article and its blanks: `Night Call` is `Nightcall`, `dont` is `don't`.
pub(crate) fn squeezed(folded: &str) -> String {
    let bare = ARTICLES.iter().find_map(|article| folded.strip_prefix(article)).unwrap_or(folded);
    bare.replace(' ', "")
}

/// One letter in a long word, and nothing else, may differ; a plural or a number is no mistake of writing.
pub(crate) fn is_typo(one: &str, two: &str) -> bool {
    let (one, two): (Vec<&str>, Vec<&str>) = (one.split(' ').collect(), two.split(' ').collect());
    let differing: Vec<(&str, &str)> =
        one.iter().zip(&two).filter(|(one, two)| one != two).map(|(one, two)| (*one, *two)).collect();
    let [(left, right)] = differing[..] else { return false };
    let has_digit = |word: &str| word.chars().any(char::is_numeric);
    let is_plural = |short: &str, long: &str| long.strip_suffix(['s', 'n', 'e']) == Some(short);
    one.len() == two.len()
        && left.chars().count().min(right.chars().count()) >= 6
        && !has_digit(left)
        && !has_digit(right)
        && !is_plural(left, right)
        && !is_plural(right, left)
        && strsim::osa_distance(left, right) == 1
}

/// The title as written, without guests and without what says nothing.
pub(super) fn without_noise(title: &str) -> String {
    let title = head(title, NAME_BYTES_MAX);
    let is_quiet = |part: &str, is_bracket| {
        matches!(Part::read(&fold(part), is_bracket), Part::Noise | Part::Featuring(_))
    };
    let (_, brackets) = take_brackets(title);
    let mut kept = title.to_owned();
    for bracket in brackets.iter().filter(|bracket| is_quiet(bracket, true)) {
        for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
            kept = kept.replace(&format!("{open}{bracket}{close}"), " ");
        }
    }
    let mut segments = kept.split(" - ");
    let first = segments.next().unwrap_or("");
    let first = [" feat. ", " ft. ", " featuring "].iter().fold(first, |text, mark| {
        let at = text.to_ascii_lowercase().find(mark);
        at.map_or(text, |at| &text[..at])
    });
    let rest = segments.filter(|part| !is_quiet(part, false));
    let kept: Vec<&str> = std::iter::once(first).chain(rest).flat_map(|part| [" - ", part]).skip(1).collect();
    let kept = kept.concat().split_whitespace().collect::<Vec<_>>().join(" ");
    // A song may be called `Radio Edit`.
    if fold(&kept).is_empty() { title.trim().to_owned() } else { kept }
}

/// The text outside of brackets, and what stands in them.
fn take_brackets(title: &str) -> (String, Vec<String>) {
    let mut outside = String::new();
    let mut inside: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for c in title.chars() {
        match c {
            '(' | '[' | '{' | '（' | '【' => {
                if depth == 0 {
                    inside.push(String::new());
                    outside.push(' ');
                }
                depth += 1;
            }
            ')' | ']' | '}' | '）' | '】' => depth = depth.saturating_sub(1),
            _ => match inside.last_mut() {
                Some(bracket) if depth > 0 => bracket.push(c),
                _ => outside.push(c),
            },
        }
    }
    (outside, inside)
}

/// `song feat someone`, without brackets.
fn take_featuring(folded: &str) -> (String, Vec<String>) {
    for mark in [" feat ", " ft ", " featuring "] {
        if let Some((main, names)) = folded.split_once(mark) {
            return (main.to_owned(), vec![names.to_owned()]);
        }
    }
    (folded.to_owned(), Vec::new())
}
