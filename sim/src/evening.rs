//! Draws an evening of two players: what Spotify and VirtualDJ do, now one, now the other, now both.

use std::collections::BTreeSet;

use rand::RngExt;
use rand_pcg::Pcg64;

use crate::playback_tape::PlaybackTape;
use crate::player_tape::{PlayerTape, TapeEvent};
use crate::spotify::{Event, Song, SongKind, Tape, Way};

/// The one line that VirtualDJ writes.
const FILE: &str = "now_playing.txt";

/// The length of each song: no night ends with it.
pub const SONG_SEC: f64 = 50_000.0;

/// How fast things happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Faster than anybody can ask: changes between two questions, several within a tenth of a second.
    Race,
    /// So that some lines of a song are sung, and many songs fit into minutes.
    Hurry,
    /// As on a night: minutes lie between two changes.
    Night,
}

/// What may happen. The names are the words of the report.
pub const DEEDS: &[&str] = &[
    "Spotify plays another track",
    "Spotify skips twice within 100 ms",
    "Spotify goes back to the track before",
    "Spotify jumps within the track",
    "Spotify is paused, and on again",
    "Spotify shows the old track after a skip",
    "Spotify cannot be reached",
    "Spotify stops",
    "VirtualDJ plays another track",
    "VirtualDJ loads two tracks within 100 ms",
    "VirtualDJ's file is written again as it is",
    "VirtualDJ stops",
    "both change at once",
];

/// Draws an evening whose last event lies before `ends_sec`; with it, what happens in it.
#[must_use]
pub fn draw(
    rng: &mut Pcg64,
    begins_sec: f64,
    ends_sec: f64,
    rhythm: Rhythm,
) -> (PlaybackTape, BTreeSet<&'static str>) {
    let (seen, spotify, virtualdj, line) = Default::default();
    let mut author =
        Author { rng, rhythm, t: begins_sec, songs: 0, last: None, spotify, virtualdj, line, seen };
    author.spotify_plays();
    loop {
        let wait_sec = author.wait_sec();
        author.t += wait_sec;
        let deed = DEEDS[author.rng.random_range(0..DEEDS.len())];
        if author.t + author.longest_sec() >= ends_sec {
            break;
        }
        author.happens(deed);
        author.seen.insert(deed);
    }
    let tape = PlaybackTape {
        spotify: Some(Tape::of(author.spotify)),
        virtualdj: Some(PlayerTape { events: author.virtualdj }),
        decks: None,
    };
    (tape, author.seen)
}

/// VirtualDJ plays nothing any more.
pub fn virtualdj_stops(tape: &mut PlayerTape, t: f64) {
    tape.events.push(TapeEvent::deed(t, "empty", FILE, "", ""));
    tape.events.push(TapeEvent::plays(t, ""));
}

struct Author<'a> {
    rng: &'a mut Pcg64,
    rhythm: Rhythm,
    t: f64,
    songs: u32,
    /// The song of Spotify's before the present one, and that one.
    last: Option<(Song, Song)>,
    spotify: Vec<(f64, Event)>,
    virtualdj: Vec<TapeEvent>,
    /// What stands in VirtualDJ's file.
    line: String,
    seen: BTreeSet<&'static str>,
}

impl Author<'_> {
    fn wait_sec(&mut self) -> f64 {
        match (self.rhythm, self.rng.random_range(0..3)) {
            (Rhythm::Race, 0) => self.rng.random_range(0.01..0.3),
            (Rhythm::Race, 1) => self.rng.random_range(0.3..2.0),
            (Rhythm::Race, _) => self.rng.random_range(2.0..7.0),
            (Rhythm::Hurry, 0) => self.rng.random_range(0.5..3.0),
            (Rhythm::Hurry, _) => self.rng.random_range(5.0..30.0),
            (Rhythm::Night, 0) => self.rng.random_range(20.0..60.0),
            (Rhythm::Night, _) => self.rng.random_range(60.0..400.0),
        }
    }

    /// No deed takes longer than this.
    fn longest_sec(&self) -> f64 {
        match self.rhythm {
            Rhythm::Race => 4.0,
            Rhythm::Hurry => 12.0,
            Rhythm::Night => 150.0,
        }
    }

    fn lasts_sec(&mut self) -> f64 {
        let longest = self.longest_sec();
        self.rng.random_range(0.1..0.9 * longest)
    }

    fn spotify(&mut self, event: Event) {
        self.spotify.push((self.t, event));
    }

    fn song(&mut self) -> Song {
        self.songs += 1;
        Song {
            artist: "Lena Vale".to_owned(),
            title: format!("Sæglópur {}", self.songs),
            album: "Slow Tide".to_owned(),
            duration_sec: SONG_SEC,
            at_sec: if self.rng.random_bool(0.3) {
                self.rng.random_range(1.0_f64..300.0).round()
            } else {
                0.0
            },
            kind: SongKind::Track,
        }
    }

    fn spotify_plays(&mut self) {
        let song = self.song();
        let before = self.last.take().map_or_else(|| song.clone(), |(_, now)| now);
        self.last = Some((before, song.clone()));
        self.spotify(Event::Play(song));
    }

    fn virtualdj_plays(&mut self) {
        self.songs += 1;
        self.line = format!("DJ Nord - Garçon {}", self.songs);
        let line = format!("{}\n", self.line);
        self.virtualdj.push(TapeEvent::deed(self.t, "write", FILE, &line, ""));
        self.virtualdj.push(TapeEvent::plays(self.t, &self.line));
    }

    fn happens(&mut self, deed: &'static str) {
        match deed {
            "Spotify plays another track" => self.spotify_plays(),
            "Spotify skips twice within 100 ms" => {
                self.spotify_plays();
                self.t += self.rng.random_range(0.01..0.1);
                self.spotify_plays();
            }
            "Spotify goes back to the track before" => {
                let Some((before, now)) = self.last.clone() else { return };
                self.last = Some((now, before.clone()));
                self.spotify(Event::Play(before));
            }
            "Spotify jumps within the track" => {
                // In a hurry to where there are words.
                let furthest = if self.rhythm == Rhythm::Hurry { 90.0 } else { 2_000.0 };
                let sec = self.rng.random_range(0.0_f64..furthest).round();
                self.spotify(Event::Seek(sec));
            }
            "Spotify is paused, and on again" => {
                self.spotify(Event::Pause);
                self.t += self.lasts_sec();
                self.spotify(Event::Resume);
            }
            "Spotify shows the old track after a skip" => {
                self.spotify(Event::Answers(Way::Stale));
                self.t += 0.05;
                self.spotify_plays();
                self.t += self.rng.random_range(0.5..3.0);
                self.spotify(Event::Answers(Way::Well));
            }
            "Spotify cannot be reached" => {
                let ways = [Way::Status(503), Way::Reset, Way::Page, Way::Cut];
                let way = ways[self.rng.random_range(0..ways.len())];
                self.spotify(Event::Answers(way));
                let lasts_sec = self.lasts_sec();
                if self.rng.random_bool(0.5) {
                    self.t += 0.5 * lasts_sec;
                    self.spotify_plays();
                    self.t += 0.5 * lasts_sec;
                } else {
                    self.t += lasts_sec;
                }
                self.spotify(Event::Answers(Way::Well));
            }
            "Spotify stops" => {
                self.spotify(Event::Stop);
                self.t += self.lasts_sec();
                self.spotify_plays();
            }
            "VirtualDJ plays another track" => self.virtualdj_plays(),
            "VirtualDJ loads two tracks within 100 ms" => {
                self.virtualdj_plays();
                self.t += self.rng.random_range(0.01..0.1);
                self.virtualdj_plays();
            }
            "VirtualDJ's file is written again as it is" => {
                let line = format!("{}\n", self.line);
                if !self.line.is_empty() {
                    self.virtualdj.push(TapeEvent::deed(self.t, "write", FILE, &line, ""));
                }
            }
            "VirtualDJ stops" => {
                self.line.clear();
                self.virtualdj.push(TapeEvent::deed(self.t, "empty", FILE, "", ""));
                self.virtualdj.push(TapeEvent::plays(self.t, ""));
            }
            "both change at once" => {
                self.spotify_plays();
                self.virtualdj_plays();
            }
            other => unreachable!("nobody knows how {other} goes"),
        }
    }
}
