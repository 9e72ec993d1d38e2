//! VirtualDJ does to its files everything that it, a script, an editor or a share can do to them: each track is told once.

use std::fmt::Write as _;

use rand::RngExt;
use rand_pcg::Pcg64;
use serde_json::json;
use vj_core::ProcessName;
use vj_core::playback::Player;

use super::show::{perform, until};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::Driver;
use crate::player_tape::{PlayerTape, TapeEvent};
use crate::stage::Stage;
use crate::tape::Tapes;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "virtualdj-file",
    about: "half-written, emptied, replaced, removed, rotated, touched, locked, in any encoding: each track told once within 2.5 s",
    how: How::Script(run),
    sometimes: SITUATIONS,
    drivers: Drivers::Both,
    alone: false,
    long: false,
    twice: false,
};

/// From the write to the word, in seconds.
const TOLD_WITHIN_SEC: f64 = 2.5;

/// The show stands by then.
const BEGINS_SEC: f64 = 8.0;

/// What may happen to a file. The names are the words of the report.
const SITUATIONS: &[&str] = &[
    "an entry is added",
    "half an entry is added, then the rest",
    "two decks start at once",
    "the same track twice in a row",
    "the file is touched",
    "the file is written again as it is",
    "the file is empty for a moment",
    "the file is removed and made again",
    "the file is replaced by renaming",
    "a new day begins",
    "the file is locked",
    "there is no file yet",
    "nobody tells of changes",
];

const ENCODINGS: [&str; 4] = ["utf-8", "utf-8-bom", "windows-1252", "utf-16-bom"];

/// Titles with letters that not every encoding writes alike.
const TITLES: [&str; 8] = [
    "Sæglópur",
    "Señorita (Club Mix)",
    "One More Time",
    "Für Elise - Live",
    "L'Été indien",
    "Naïve [Extended]",
    "Rock & Roll",
    "Garçon",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line,
    List,
    Playlist,
}

/// Draws a tape.
struct Author<'a> {
    rng: &'a mut Pcg64,
    kind: Kind,
    encoding: &'static str,
    text: String,
    day: u32,
    plays: u32,
    t: f64,
    tape: PlayerTape,
    seen: Vec<&'static str>,
}

impl Author<'_> {
    fn file(&self) -> String {
        match self.kind {
            Kind::Line => "now_playing.txt".to_owned(),
            Kind::List => "tracklist.txt".to_owned(),
            Kind::Playlist => format!("2026-11-{:02}.m3u", self.day),
        }
    }

    /// The encoding of what is added to a file: its mark stands at its beginning only.
    fn without_mark(&self) -> &'static str {
        match self.encoding {
            "utf-8-bom" => "utf-8",
            "utf-16-bom" => "utf-16le",
            other => other,
        }
    }

    fn deed(&mut self, deed: &str, text: &str) {
        let encoding =
            if deed == "append" && !self.text.is_empty() { self.without_mark() } else { self.encoding };
        let file = self.file();
        self.tape.events.push(TapeEvent::deed(self.t, deed, &file, text, encoding));
    }

    fn plays(&mut self, what: &str) {
        self.tape.events.push(TapeEvent::plays(self.t, what));
    }

    /// Another track, and the lines that tell of it.
    fn track(&mut self) -> (String, String) {
        self.plays += 1;
        let title = TITLES[self.rng.random_range(0..TITLES.len())];
        let artist = format!("DJ {}", self.plays);
        (self.entry(&artist, title), format!("{artist} - {title}"))
    }

    fn entry(&mut self, artist: &str, title: &str) -> String {
        let minute = self.plays % 60;
        match self.kind {
            Kind::Line => format!("{artist} - {title}"),
            Kind::List => format!("21:{minute:02} : {artist} - {title}\r\n"),
            Kind::Playlist => format!(
                "#EXTVDJ:<time>21:{minute:02}</time><lastplaytime>{}</lastplaytime><artist>{artist}</artist><title>{title}</title>\r\nnetsearch://dz{}\r\n",
                1_790_000_000 + self.tape.events.len(),
                self.plays,
            ),
        }
    }

    /// Adds an entry at the end, or writes the one line anew.
    fn write(&mut self, entry: &str, what: &str) {
        if self.kind == Kind::Line {
            self.deed("write", entry);
            entry.clone_into(&mut self.text);
        } else {
            self.deed("append", entry);
            self.text.push_str(entry);
        }
        self.plays(what);
    }

    fn head(&mut self) -> String {
        match self.kind {
            Kind::List => format!("VirtualDJ History 2026/11/{:02}\r\n{}\r\n", self.day, "-".repeat(30)),
            Kind::Line | Kind::Playlist => String::new(),
        }
    }

    /// What stood there before the show: a night of last week, or nothing.
    fn before(&mut self) {
        if self.rng.random_bool(0.4) {
            self.seen.push("there is no file yet");
            return;
        }
        let mut text = self.head();
        for _ in 0..if self.kind == Kind::Line { 1 } else { 6 } {
            let (entry, _) = self.track();
            let _ = write!(text, "{entry}");
        }
        self.deed("write", &text);
        self.text = text;
    }

    fn happens(&mut self, situation: &'static str) {
        let is_line = self.kind == Kind::Line;
        let before = self.text.clone();
        match situation {
            "half an entry is added, then the rest" => {
                let (entry, what) = self.track();
                // A line that never ends is whole when nothing was added for a moment; only its beginning is told apart.
                let at = entry.char_indices().nth(entry.chars().count() / 2).map_or(0, |(at, _)| at);
                let (one, two) = entry.split_at(at);
                let wait = if is_line { 0.02 } else { self.rng.random_range(0.1..1.2) };
                if is_line {
                    self.deed("write", one);
                    one.clone_into(&mut self.text);
                } else {
                    self.deed("append", one);
                    self.text.push_str(one);
                }
                self.t += wait;
                self.deed("append", two);
                self.text.push_str(two);
                self.plays(&what);
            }
            "two decks start at once" if !is_line => {
                let (one, first) = self.track();
                self.write(&one, &first);
                self.t += self.rng.random_range(0.0..0.1);
                let (two, second) = self.track();
                self.write(&two, &second);
            }
            "the same track twice in a row" if !is_line => {
                let (entry, what) = self.track();
                self.write(&entry, &what);
                self.t += 3.0;
                let (artist, title) = what.split_once(" - ").unwrap_or_default();
                let again = self.entry(artist, title);
                self.write(&again, &what);
            }
            "the file is touched" => self.deed("touch", ""),
            "the file is written again as it is" => self.deed("write", &before),
            "the file is empty for a moment" => {
                self.deed("empty", "");
                self.t += self.rng.random_range(0.01..2.0);
                self.deed("write", &before);
            }
            "the file is removed and made again" => {
                self.deed("remove", "");
                self.t += self.rng.random_range(0.01..3.0);
                let (entry, what) = self.track();
                let text = if is_line { entry } else { before + &entry };
                self.deed("write", &text);
                self.text = text;
                self.plays(&what);
            }
            "the file is replaced by renaming" => {
                let (entry, what) = self.track();
                let text = if is_line { entry } else { before + &entry };
                self.deed("replace", &text);
                self.text = text;
                self.plays(&what);
            }
            "a new day begins" if !is_line => {
                self.day += 1;
                if self.kind == Kind::Playlist {
                    self.text.clear();
                }
                let (entry, what) = self.track();
                let entry = self.head() + &entry;
                self.write(&entry, &what);
            }
            "the file is locked" => {
                self.deed("lock", "");
                let (entry, what) = self.track();
                let is_line_or_empty = is_line || self.text.is_empty();
                self.deed(if is_line_or_empty { "write" } else { "append" }, &entry);
                self.text = if is_line { entry } else { before + &entry };
                self.t += self.rng.random_range(0.1..4.0);
                self.deed("unlock", "");
                self.plays(&what);
            }
            _ => {
                let (entry, what) = self.track();
                self.write(&entry, &what);
                self.seen.push("an entry is added");
                return;
            }
        }
        self.seen.push(situation);
    }
}

fn draw(rng: &mut Pcg64, driver: &Driver) -> (PlayerTape, Vec<&'static str>) {
    let kind = [Kind::Line, Kind::List, Kind::Playlist][rng.random_range(0..3)];
    let encoding = ENCODINGS[rng.random_range(0..ENCODINGS.len())];
    let (text, tape, seen) = Default::default();
    let mut author = Author { rng, kind, encoding, text, day: 24, plays: 0, t: 0.0, tape, seen };
    author.before();
    author.t = BEGINS_SEC;
    // The first is plain: a file that appears has one entry.
    author.happens("an entry is added");
    for _ in 0..driver.pick(40, 12) {
        author.t += author.rng.random_range(2.6..driver.pick(20.0, 4.0));
        let situation = SITUATIONS[author.rng.random_range(0..SITUATIONS.len())];
        // A real machine shows its files to whoever runs the tests, locked or not.
        let can_be = !(driver.is_real() && situation == "the file is locked");
        author.happens(if can_be { situation } else { SITUATIONS[0] });
    }
    (author.tape, author.seen)
}

fn run(driver: &Driver, seed: u64) -> Run {
    let stage = Stage::new(seed, Tapes::new())
        .with(ProcessName::VirtualDjMonitor, json!({}))
        .with(ProcessName::TestWorker, json!({}));
    let mut seen = Vec::new();
    let (history, osc) = perform(driver, SCENARIO.name, stage, |world, _| {
        let mut rng = world.plan();
        let (tape, happened) = draw(&mut rng, driver);
        seen = happened;
        if rng.random_bool(0.5) && world.mute_player_files() {
            seen.push("nobody tells of changes");
        }
        async move {
            tape.prepare(&*world);
            world.start(ProcessName::ProcessManager);
            tape.play(&*world).await;
            until(&*world, world.clock().now().as_secs_f64() + 2.0 * TOLD_WITHIN_SEC).await;
        }
    });
    let within_sec = TOLD_WITHIN_SEC * driver.patience();
    let mut violations = checkers::each_play_is_told_once(&history, &osc, Player::VirtualDj, within_sec);
    violations.extend(checkers::no_restarts(&history, &[("virtualdj_monitor", 1), ("process_manager", 1)]));
    violations.extend(checkers::no_panic(&history));
    let figure = match seen.last() {
        Some(&"nobody tells of changes") => "s from a write to the word, by polling",
        _ => "s from a write to the word",
    };
    let after = checkers::each_play_told_after(&history, &osc, Player::VirtualDj);
    let figures = after.into_iter().map(|sec| (figure, sec)).collect();
    Run { history, osc, violations, seen, figures, ..Run::default() }
}
