//! What is new in VirtualDJ's files since they were last looked at. Pure.
//!
//! An entry counts as new by what stands beside it, never by the date of its file: VirtualDJ touches old files when it starts,
//! and writes them again with the same content.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use vj_core::At;
use vj_core::playback::Track;

use super::files::{Entry, FileKind, Listing, Pattern, list};
use crate::ports::FoundFile;

/// Entries that are remembered of a file; only its end is read anyway.
const KNOWN_MAX: usize = 2_000;

/// Files that are remembered: a folder's history of years.
const FILES_MAX: usize = 64;

/// A file that appears with more entries than this was written earlier and has only been moved or mounted: one that is begun
/// now has one entry, or two where two decks start at once.
const BEGUN_ENTRIES_MAX: usize = 2;

/// Half an entry becomes a whole one when nothing was added for so long.
const HALF_ENTRY: Duration = Duration::from_millis(1_500);

/// Half a line in the file of one line; its writers seldom end it, so a longer wait would make every track late.
const HALF_LINE: Duration = Duration::from_millis(100);

/// What such a line becomes within this, where it only grows, is the rest of it and no other track.
const GROWS_FOR: Duration = Duration::from_secs(2);

/// A file of one line that stays empty for so long says that nothing plays.
const EMPTY_FOR: Duration = Duration::from_secs(5);

/// What one file told, another one tells again within this: VirtualDJ may be 45 s late with its history.
const TOLD_TWICE: Duration = Duration::from_secs(120);

/// Entries in line, at most: beyond that the oldest are history.
const QUEUE_MAX: usize = 16;

/// What is known of one file.
#[derive(Debug, Clone, Default)]
struct Known {
    entries: VecDeque<Entry>,
    /// What stood there last, not whole, and since when.
    half: Option<(Vec<u8>, At)>,
    /// The line without an end that was taken for a whole one, and when it was first seen.
    taken: Option<(Vec<u8>, At)>,
    empty_since: Option<At>,
    /// It was empty when it was looked at for the first time.
    began_empty: bool,
}

/// What is known from an earlier life in the same show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Before {
    /// There was none: what stands in the files is old.
    #[default]
    Nothing,
    /// It found no entry in any file: one that is there now is new.
    NoEntry,
    /// The last entry that it saw, and its file: what stands behind it is new.
    Last(String, Entry),
}

impl Known {
    /// Something is told of the file of one line. Returns whether it is what was told before, and what was still to come of it.
    fn corrects(&mut self, now: At, bytes: &[u8], is_whole: bool) -> bool {
        let grown = |(taken, at): &(Vec<u8>, At)| now.since(*at) < GROWS_FOR && bytes.starts_with(taken);
        let grows_since = self.taken.take().filter(grown).map(|(_, at)| at);
        let since = grows_since.or(self.half.as_ref().map(|(_, at)| *at));
        self.taken = since.filter(|_| !is_whole).map(|at| (bytes.to_vec(), at));
        grows_since.is_some()
    }
}

/// A play that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What plays.
    pub entry: Entry,
    /// The file that told of it first.
    pub path: String,
    /// How long after the play the file was written, where both are told.
    pub late_sec: Option<u64>,
    /// It is the play that was told before, whose line was only half written.
    pub is_correction: bool,
}

/// Looks at files again and again, and says what is new.
#[derive(Debug, Default)]
pub struct Reader {
    pattern: Option<Pattern>,
    files: BTreeMap<String, Known>,
    /// Whether it has looked once: what stands there then is old.
    has_looked: bool,
    before: Before,
    /// The last entry of the best file at the first look, and that file.
    found: Option<(String, Entry)>,
    told: VecDeque<(Track, String, At)>,
    queue: VecDeque<News>,
    look_again_at: Option<At>,
    is_silent: bool,
}

impl Reader {
    /// A reader that has seen nothing in this life.
    #[must_use]
    pub fn new(pattern: Option<Pattern>, before: Before) -> Self {
        Self { pattern, before, ..Self::default() }
    }

    /// Lines are of another form from now on; what was read in the old one is old.
    pub fn set_pattern(&mut self, pattern: Option<Pattern>) {
        if self.pattern != pattern {
            *self = Self::new(pattern, Before::Nothing);
        }
    }

    /// The next new play in line.
    pub fn next_news(&mut self) -> Option<News> {
        self.queue.pop_front()
    }

    /// Whether more plays are in line.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.queue.is_empty()
    }

    /// When to look again, though nobody may say that anything changed: something is half-written.
    #[must_use]
    pub fn look_again_at(&self) -> Option<At> {
        self.look_again_at
    }

    /// What the first look found, for a life after this one; none before it.
    #[must_use]
    pub fn found(&self) -> Option<Before> {
        let last = |(path, entry): &(String, Entry)| Before::Last(path.clone(), entry.clone());
        self.has_looked.then(|| self.found.as_ref().map_or(Before::NoEntry, last))
    }

    /// Whether the file of one line says that nothing plays.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Takes in how the files are at `now`. A file that is not among them is not forgotten: it may be about to be put back.
    pub fn look(&mut self, now: At, files: &[FoundFile]) {
        self.look_again_at = None;
        self.told.retain(|(_, _, at)| now.since(*at) < TOLD_TWICE);
        let mut listed: Vec<(&FoundFile, Listing)> =
            files.iter().map(|file| (file, list(&file.path, &file.bytes, self.pattern.as_ref()))).collect();
        // The better kind first: what it tells is not told again by another.
        listed.sort_by(|(one, a), (two, b)| (a.kind, &one.path).cmp(&(b.kind, &two.path)));
        if !self.has_looked {
            let last = |(file, listing): &(&FoundFile, Listing)| {
                Some((file.path.clone(), listing.entries.last()?.clone()))
            };
            self.found = listed.iter().find_map(last);
        }
        for (file, listing) in listed {
            self.take(now, file, listing);
        }
        self.has_looked = true;
        self.before = Before::Nothing;
        while self.files.len() > FILES_MAX {
            self.files.pop_first();
        }
        while self.queue.len() > QUEUE_MAX {
            self.queue.pop_front();
        }
    }

    fn take(&mut self, now: At, file: &FoundFile, mut listing: Listing) {
        let known = self.files.get(&file.path).cloned();
        let is_first_sight = known.is_none();
        let mut known = known.unwrap_or_default();
        self.see_whether_empty(now, &file.path, &mut known, &listing);
        // At the first look of all it is not: what stands there is old, whole or not.
        if self.has_looked && !listing.is_whole && !self.has_settled(now, &mut known, file, listing.kind) {
            listing.entries.pop();
        }
        let fresh = if is_first_sight {
            self.at_first_sight(&file.path, &listing)
        } else if listing.kind == FileKind::NowPlaying {
            let last = known.entries.back();
            listing.entries.iter().filter(|entry| Some(*entry) != last).cloned().collect()
        } else if let Some(fresh) = behind(&known.entries, &listing.entries) {
            fresh
        } else {
            // What comes behind these is new again.
            known.entries = listing.entries.iter().cloned().collect();
            Vec::new()
        };
        let is_told = listing.kind == FileKind::NowPlaying && !fresh.is_empty();
        let is_correction = is_told && known.corrects(now, &file.bytes, listing.is_whole);
        if listing.is_whole {
            known.half = None;
        }
        if is_first_sight {
            known.entries.extend(listing.entries);
        } else {
            known.entries.extend(fresh.iter().cloned());
        }
        while known.entries.len() > KNOWN_MAX {
            known.entries.pop_front();
        }
        self.files.insert(file.path.clone(), known);
        let last = fresh.len().saturating_sub(1);
        for (at, entry) in fresh.into_iter().enumerate() {
            // The file was written with its last entry; when the others were is not known.
            let written_at_sec = file.written_at_sec.filter(|_| at == last);
            self.announce(now, &file.path, entry, written_at_sec, is_correction);
        }
    }

    fn see_whether_empty(&mut self, now: At, path: &str, known: &mut Known, listing: &Listing) {
        if listing.kind != FileKind::NowPlaying {
            return;
        }
        if !listing.is_empty {
            (known.empty_since, known.began_empty) = (None, false);
            self.is_silent = false;
            return;
        }
        if !self.has_looked {
            // Nobody knows since when: what was current before a crash is not told of again, unless it comes back.
            known.began_empty = true;
            match &self.before {
                Before::Last(file, entry) if file == path => known.entries.push_back(entry.clone()),
                _ => {}
            }
        }
        let since = *known.empty_since.get_or_insert(now);
        let is_over = now.since(since) >= EMPTY_FOR;
        self.is_silent = is_over || known.began_empty;
        if is_over {
            // What is written next is new, also if it is what stood there before.
            known.entries.clear();
        } else {
            self.look_again(since + EMPTY_FOR);
        }
    }

    /// Whether what is not whole has stood like that for long enough to be all there is.
    fn has_settled(&mut self, now: At, known: &mut Known, file: &FoundFile, kind: FileKind) -> bool {
        let wait = if kind == FileKind::NowPlaying { HALF_LINE } else { HALF_ENTRY };
        let since = match &known.half {
            Some((bytes, since)) if *bytes == file.bytes => *since,
            _ => {
                known.half = Some((file.bytes.clone(), now));
                now
            }
        };
        let settled = now.since(since) >= wait;
        if !settled {
            self.look_again(since + wait);
        }
        settled
    }

    fn look_again(&mut self, at: At) {
        self.look_again_at = Some(self.look_again_at.map_or(at, |known| known.min(at)));
    }

    /// What stood in a file before it was seen for the first time is old, but for what came while we were down.
    fn at_first_sight(&self, path: &str, listing: &Listing) -> Vec<Entry> {
        if !self.has_looked {
            return self.while_we_were_down(path, listing);
        }
        let is_older = |known: &String| {
            listing.kind == FileKind::M3u && same_folder(known, path) && known.as_str() > path
        };
        let is_begun_now = listing.entries.len() <= BEGUN_ENTRIES_MAX && !self.files.keys().any(is_older);
        if is_begun_now { listing.entries.clone() } else { Vec::new() }
    }

    /// Of several plays that came meanwhile only the last still runs.
    fn while_we_were_down(&self, path: &str, listing: &Listing) -> Vec<Entry> {
        let (known_path, last) = match &self.before {
            Before::Nothing => return Vec::new(),
            Before::NoEntry if listing.entries.len() > BEGUN_ENTRIES_MAX => return Vec::new(),
            Before::NoEntry => return listing.entries.last().cloned().into_iter().collect(),
            Before::Last(path, entry) => (path, entry),
        };
        let is_next_file = same_folder(known_path, path) && known_path.as_str() < path;
        let fresh = match listing.entries.iter().rposition(|entry| entry == last) {
            Some(at) => &listing.entries[at + 1..],
            // The file of one line holds another, or a new file was begun.
            None if listing.kind == FileKind::NowPlaying && known_path == path => &listing.entries,
            None if is_next_file && listing.entries.len() <= BEGUN_ENTRIES_MAX => &listing.entries,
            None => return Vec::new(),
        };
        fresh.last().cloned().into_iter().collect()
    }

    fn announce(
        &mut self,
        now: At,
        file: &str,
        entry: Entry,
        written_at_sec: Option<u64>,
        is_correction: bool,
    ) {
        let is_told = |(track, path, _): &(Track, String, At)| path != file && track.may_be(&entry.track);
        if let Some(at) = self.told.iter().position(is_told) {
            // Each telling counts for one play.
            self.told.remove(at);
            return;
        }
        self.told.push_back((entry.track.clone(), file.to_owned(), now));
        let late_sec = written_at_sec.zip(entry.played_at_sec).map(|(at, played)| at.saturating_sub(played));
        self.queue.push_back(News { entry, path: file.to_owned(), late_sec, is_correction });
    }
}

fn same_folder(one: &str, two: &str) -> bool {
    let folder = |path: &str| path.rfind(['/', '\\']).map(|at| path[..at].to_owned());
    folder(one) == folder(two) && one.to_lowercase().ends_with(".m3u") && two.to_lowercase().ends_with(".m3u")
}

/// The entries of `listed` that came behind those that are `known`; none where it is another file altogether: one of an
/// earlier night was put in its place, or it was empty for a moment when it was first looked at.
fn behind(known: &VecDeque<Entry>, listed: &[Entry]) -> Option<Vec<Entry>> {
    let is_begun_now = listed.len() <= BEGUN_ENTRIES_MAX;
    // Something was added, as a rule.
    if listed.len() >= known.len() && known.iter().zip(listed).all(|(one, two)| one == two) {
        return (!known.is_empty() || is_begun_now).then(|| listed[known.len()..].to_vec());
    }
    // The file was shortened, or only its end was read: the place at which it is known, seen from its end.
    let is_known_up_to = |end: usize| {
        let pairs = known.iter().rev().zip(listed[..end].iter().rev());
        pairs.clone().count() > 0 && pairs.take(3).all(|(one, two)| one == two)
    };
    if let Some(end) = (1..=listed.len()).rev().find(|end| is_known_up_to(*end)) {
        return Some(listed[end..].to_vec());
    }
    // It was written anew, with some of what was known, or none of it.
    let last_known = listed.iter().rposition(|entry| known.contains(entry)).map_or(0, |at| at + 1);
    let fresh = &listed[last_known..];
    (last_known > 0 || is_begun_now).then(|| fresh.to_vec())
}
