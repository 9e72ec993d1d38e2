//! What happens to a player and its service, a line each: `{"t": 12.5, "spotify": {"play": {"artist": ...}}}`.

use serde::{Deserialize, Serialize};
use vj_workers::playback::Said;

use crate::history::{Entry, What};

/// Lines in the order in which they happen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tape {
    lines: Vec<(f64, Event)>,
}

/// One line; what concerns others than Spotify is passed over.
#[derive(Deserialize)]
struct Line {
    /// Seconds since the start of the tape.
    t: f64,
    spotify: Option<Event>,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The player starts this.
    Play(Song),
    /// It stands still.
    Pause,
    /// It goes on.
    Resume,
    /// It jumps to this second of the song.
    Seek(f64),
    /// Nothing is in it any more.
    Stop,
    /// An advertisement runs: there is no song, and no length.
    Ad,
    /// The service does not know what runs.
    Unknown,
    /// What the service says of the position from now on.
    Progress(Progress),
    /// How the service answers from now on.
    Answers(Way),
    /// From now on for so many seconds every question gets a 429 that says how long it still lasts.
    Limit(f64),
    /// The same for a quota of the whole account.
    Quota(f64),
    /// The access tokens that were given so far are good no more.
    Expire,
    /// How the accounts service answers the wish for a token from now on.
    Grants(Grants),
    /// What was said on the night of a recording, at this moment. A tape that has any of these has nothing else.
    Said(Said),
}

/// What can be played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Song {
    /// Artists, separated by `", "`; the show of an episode.
    pub artist: String,
    /// Its name.
    pub title: String,
    /// Its album.
    #[serde(default)]
    pub album: String,
    /// Its length.
    pub duration_sec: f64,
    /// Where in it the player starts.
    #[serde(default)]
    pub at_sec: f64,
    /// What it is.
    #[serde(default)]
    pub kind: SongKind,
}

/// What a song is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SongKind {
    /// Of the catalogue.
    #[default]
    Track,
    /// A file of the user's own.
    Local,
    /// Of a podcast.
    Episode,
}

/// What the service says of the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// How it is.
    Real,
    /// Null.
    Null,
    /// Always 0.
    Zero,
}

/// How the service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// As it should.
    Well,
    /// As it did at this moment, for as long as this lasts: still the old song, or still playing.
    Stale,
    /// 204, whatever plays.
    Empty,
    /// This status, with the body of some proxy.
    Status(u16),
    /// 403, in plain text: the owner of the app has no Premium.
    NoPremium,
    /// 200, and a page of some proxy.
    Page,
    /// The body ends in its middle.
    Cut,
    /// The connection is closed without an answer.
    Reset,
    /// No answer at all.
    Stall,
    /// The right answer, in drops.
    Trickle,
}

/// How the accounts service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grants {
    /// A fresh access token, and no refresh token: the old one stays good.
    Kept,
    /// Both fresh: the old refresh token is good no more.
    Rotated,
    /// `invalid_grant` once, as in an outage, then as before.
    RefusedOnce,
    /// `invalid_grant`, for good.
    Refused,
    /// 503.
    Down,
}

impl Tape {
    /// Reads a tape.
    ///
    /// # Errors
    /// The line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tape = Self::default();
        let mut last = 0.0;
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
            if line.t.is_nan() || line.t < last {
                return Err(format!("line {number}: its t is before the one of the line above"));
            }
            last = line.t;
            tape.lines.extend(line.spotify.map(|event| (line.t, event)));
        }
        Ok(tape)
    }

    /// A tape of these events.
    #[must_use]
    pub fn of(mut lines: Vec<(f64, Event)>) -> Self {
        lines.sort_by(|(one, _), (two, _)| one.total_cmp(two));
        Self { lines }
    }

    /// The same, by so many seconds later.
    #[must_use]
    pub fn later(mut self, by_sec: f64) -> Self {
        self.lines.iter_mut().for_each(|(t, _)| *t += by_sec);
        self
    }

    /// What was said on the night that it is of; nothing where it is no recording.
    #[must_use]
    pub fn said(&self) -> Vec<(f64, Said)> {
        let said = self.lines.iter().filter_map(|(t, event)| match event {
            Event::Said(said) => Some((*t, said.clone())),
            _ => None,
        });
        said.collect()
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[(f64, Event)] {
        &self.lines
    }

    /// Its lines as entries of a history: marks of this name.
    pub fn marks<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Entry> + 'a {
        self.lines.iter().map(move |(t, event)| {
            let detail = serde_json::to_string(event).unwrap_or_default();
            Entry { t: *t, what: What::Mark { name: name.to_owned(), detail } }
        })
    }

    /// When the last thing happens.
    #[must_use]
    pub fn ends_at_sec(&self) -> f64 {
        self.lines.last().map_or(0.0, |(t, _)| *t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_read_line_by_line_and_others_things_are_passed_over() {
        let text = r#"{"t": 0, "spotify": {"play": {"artist": "Björk", "title": "Jóga", "duration_sec": 305}}}
            {"t": 1, "virtualdj": {"loads": "x"}}

            {"t": 2.5, "spotify": "pause"}
            {"t": 2.5, "spotify": {"answers": {"status": 502}}}"#;
        let tape = Tape::parse(text).unwrap();
        let song = Song {
            artist: "Björk".to_owned(),
            title: "Jóga".to_owned(),
            album: String::new(),
            duration_sec: 305.0,
            at_sec: 0.0,
            kind: SongKind::Track,
        };
        let expected =
            [(0.0, Event::Play(song)), (2.5, Event::Pause), (2.5, Event::Answers(Way::Status(502)))];
        assert_eq!(tape.lines(), expected);
        assert_eq!(tape.ends_at_sec(), 2.5);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, place) in [
            (
                "{\"t\": 0, \"spotify\": \"resume\"}\n{\"t\": 1, \"spotify\": \"dance\"}",
                "line 2: unknown variant",
            ),
            ("{\"t\": 3}\n{\"t\": 1}", "line 2: its t"),
            ("{\"t\": -1}", "line 1: its t"),
        ] {
            let error = Tape::parse(text).unwrap_err();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
