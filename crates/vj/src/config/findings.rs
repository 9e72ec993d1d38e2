//! What is found on the way from the sources to the config: where each value was given, and everything that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use vj_core::settings::Source;

use super::tables::{TABLES, Table};

/// Beyond these the rest is counted. A recording that somebody took for a config would fill the screen, and the answer
/// in which the manager shows the error.
const ERRORS_MAX: usize = 20;

/// Longest part of somebody's input that is repeated in an error.
const SHOWN_CHARS_MAX: usize = 120;

#[derive(Default)]
pub(super) struct Findings {
    /// Who gave the value that counts, and where.
    places: BTreeMap<(&'static str, String), (Source, String)>,
    /// Of these not every value is known, so how they fit together cannot be judged.
    incomplete: BTreeSet<&'static str>,
    errors: Vec<String>,
}

impl Findings {
    /// A value was given here. Sources are read in their order, so the last one counts.
    pub(super) fn given(&mut self, table: &Table, key: &str, source: Source, place: String) {
        self.places.insert((table.name, key.to_owned()), (source, place));
    }

    /// Something is wrong that belongs to no table.
    pub(super) fn wrong(&mut self, error: String) {
        self.errors.push(error);
    }

    /// Something is wrong in this table.
    pub(super) fn wrong_in(&mut self, table: &Table, error: String) {
        self.incomplete.insert(table.name);
        self.errors.push(error);
    }

    /// Nothing is known of what the file says.
    pub(super) fn no_file(&mut self, error: String) {
        self.incomplete.extend(TABLES.iter().map(|table| table.name));
        self.errors.push(error);
    }

    /// Whether every value of the table is known.
    pub(super) fn is_complete(&self, table: &Table) -> bool {
        !self.incomplete.contains(table.name)
    }

    /// Where to look, when a sentence says that values of this table do not fit together: among the keys that it names
    /// the one that was given last, by whom the others were right before; of several the one named first.
    pub(super) fn place_of(&self, table: &Table, sentence: &str) -> Option<&str> {
        let words: Vec<&str> =
            sentence.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').collect();
        let named = self.places.iter().filter_map(|((of, key), (source, place))| {
            let at = words.iter().position(|word| word == key).filter(|_| *of == table.name)?;
            Some((std::cmp::Reverse(*source), at, place))
        });
        named.min().map(|(_, _, place)| place.as_str())
    }

    /// All that is wrong, a line each.
    pub(super) fn into_errors(mut self) -> Vec<String> {
        let rest = self.errors.len().saturating_sub(ERRORS_MAX);
        if rest > 0 {
            self.errors.truncate(ERRORS_MAX);
            self.errors.push(format!("and {rest} more of this kind"));
        }
        self.errors
    }
}

/// A part of somebody's input as an error repeats it: on one line, and not all of a long one.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for sign in text.chars().take(SHOWN_CHARS_MAX) {
        if sign.is_control() {
            shown.extend(sign.escape_default());
        } else {
            shown.push(sign);
        }
    }
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::tables;
    use super::*;

    #[test]
    fn what_was_given_last_is_to_be_looked_at_and_of_several_what_is_named_first() {
        let table = tables::find("supervision").unwrap();
        let mut findings = Findings::default();
        let sentence = "supervision.kill_after is 3 s, allowed is more than unhealthy_after (15 s)";
        assert_eq!(findings.place_of(table, sentence), None);
        findings.given(table, "heartbeat", Source::Flag, "not named".to_owned());
        findings.given(table, "unhealthy_after", Source::File, "line 2".to_owned());
        assert_eq!(findings.place_of(table, sentence), Some("line 2"));
        findings.given(table, "kill_after", Source::File, "line 3".to_owned());
        assert_eq!(findings.place_of(table, sentence), Some("line 3"));
        findings.given(table, "unhealthy_after", Source::Env, "variable".to_owned());
        assert_eq!(findings.place_of(table, sentence), Some("variable"));
        assert_eq!(findings.place_of(table, "kill_after_all is a word of its own"), None);
    }

    #[test]
    fn input_is_repeated_on_one_line_and_not_at_length() {
        assert_eq!(shown("a\nb\u{1b}[31m ü"), "a\\nb\\u{1b}[31m ü");
        assert_eq!(shown(&"x".repeat(1_000)).chars().count(), SHOWN_CHARS_MAX + 1);
    }

    #[test]
    fn no_flood_of_errors() {
        let mut findings = Findings::default();
        (0..ERRORS_MAX + 7).for_each(|n| findings.wrong(n.to_string()));
        let errors = findings.into_errors();
        assert_eq!((errors.len(), errors[ERRORS_MAX].as_str()), (ERRORS_MAX + 1, "and 7 more of this kind"));
    }
}
