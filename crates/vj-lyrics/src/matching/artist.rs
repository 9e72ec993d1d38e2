//! An artist, taken apart into names.

use std::collections::BTreeSet;

use super::title::{Likeness, is_typo, squeezed};
use crate::limits::NAME_BYTES_MAX;
use crate::words::{fold, head};

/// What surely stands between two artists, and never in a name.
const SURE: [&str; 9] =
    [" feat. ", " feat ", " ft. ", " ft ", " featuring ", " (feat. ", " (ft. ", " vs. ", " vs "];

/// What stands between two artists, and in some names: `Earth, Wind & Fire`, `Simon & Garfunkel`, `Florence + The
/// Machine`.
const UNSURE: [&str; 12] =
    [", ", ";", " & ", " + ", " / ", " x ", " × ", " and ", " und ", " et ", " y ", " with "];

/// One who made a song, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artist {
    /// All of it, without guests: for names that look like several.
    whole: String,
    /// The first name.
    primary: String,
    names: BTreeSet<String>,
    /// Whether the names were told apart by something that may be part of a name.
    is_unsure: bool,
}

impl Artist {
    /// `featuring`: guests that the title names, folded.
    pub(crate) fn read(artist: &str, featuring: &[String]) -> Self {
        let artist = unmasked(head(artist, NAME_BYTES_MAX)).to_lowercase();
        let parts = split(vec![artist], &SURE);
        let first = parts.first().map_or("", String::as_str);
        let whole = squeezed(&fold(&first.replace(['&', '+'], " and ")));
        // A band may be called `!!!`.
        let whole = if whole.is_empty() { first.trim().to_owned() } else { whole };
        let names_split = split(parts.clone(), &UNSURE);
        let is_unsure = names_split.len() > parts.len();
        let fold_name = |name: &String| squeezed(&fold(name));
        let primary = names_split.iter().map(fold_name).find(|name| !name.is_empty()).unwrap_or_default();
        let guests = split(featuring.to_vec(), &UNSURE);
        let names =
            names_split.iter().chain(&guests).map(fold_name).filter(|name| !name.is_empty()).collect();
        Self { whole, primary, names, is_unsure }
    }

    /// How well two agree. `Close` is good enough where the length agrees too.
    pub(crate) fn likeness(&self, other: &Self) -> Likeness {
        if self.whole.is_empty() || other.whole.is_empty() {
            return Likeness::Different;
        }
        if self.whole == other.whole || self.names == other.names && !self.names.is_empty() {
            return Likeness::Same;
        }
        if self.primary == other.primary && !self.primary.is_empty() {
            // `Earth` is not `Earth, Wind & Fire`; `A feat. B` is `A`.
            return if self.is_unsure || other.is_unsure { Likeness::Close } else { Likeness::Same };
        }
        let is_listed = self.names.contains(&other.primary) || other.names.contains(&self.primary);
        if is_listed || is_typo(&self.whole, &other.whole) { Likeness::Close } else { Likeness::Different }
    }

    /// The same for two spellings: all of it without guests, whom one source names and another does not.
    pub(crate) fn key(&self) -> &str {
        &self.whole
    }
}

/// The artist as written, without guests; and the first of those that are left.
pub(super) fn without_guests(artist: &str) -> (String, String) {
    let lower = artist.to_ascii_lowercase();
    let first_of = |marks: &[&str], text: &str| marks.iter().filter_map(|mark| text.find(mark)).min();
    let end = first_of(&SURE, &lower).unwrap_or(artist.len());
    let first_end = first_of(&UNSURE, &lower[..end]).unwrap_or(end);
    (artist[..end].trim().to_owned(), artist[..first_end].trim().to_owned())
}

fn split(parts: Vec<String>, between: &[&str]) -> Vec<String> {
    between.iter().fold(parts, |parts, mark| {
        parts.iter().flat_map(|part| part.split(mark).map(str::to_owned).collect::<Vec<_>>()).collect()
    })
}

/// Letters that some names write as signs: `P!nk`, `Ke$ha`, `A$AP`.
fn unmasked(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let is_letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
    let letters = chars.iter().enumerate().map(|(at, c)| match c {
        '$' => 's',
        '!' if is_letter(at.checked_sub(1)) && is_letter(Some(at + 1)) => 'i',
        other => *other,
    });
    letters.collect()
}
