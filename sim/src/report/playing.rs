//! What the visuals were told to be playing.

use serde::Serialize;

use super::units::{integer, rounded, text};
use crate::osc_log::OscLine;

/// A time during which the visuals were told of one track. In seconds since the start of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Playing {
    /// When it was told.
    pub start: f64,
    /// When something else was.
    pub end: f64,
    /// Who plays it.
    pub source: String,
    /// Its artist.
    pub artist: String,
    /// Its title.
    pub title: String,
}

impl Playing {
    /// What was told in `lines`, up to the end of the run. A track that is told again goes on.
    pub(super) fn all(lines: &[OscLine], end_sec: f64) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut now: Option<Self> = None;
        for line in lines.iter().filter(|line| line.addr == "/karaoke/track") {
            let next = Self::of(line, end_sec);
            if now.as_ref().zip(next.as_ref()).is_some_and(|(one, two)| one.is_same_as(two)) {
                continue;
            }
            all.extend(now.take().map(|now| Self { end: rounded(line.t), ..now }));
            now = next;
        }
        all.extend(now);
        all
    }

    /// What a message on `/karaoke/track` says; none if nothing plays.
    pub(super) fn of(line: &OscLine, end_sec: f64) -> Option<Self> {
        let is_active = integer(line, 0) == Some(1);
        is_active.then(|| Self {
            start: rounded(line.t),
            end: rounded(end_sec),
            source: text(line, 1),
            artist: text(line, 2),
            title: text(line, 3),
        })
    }

    /// Whether both are the same track of the same player.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        (&self.source, &self.artist, &self.title) == (&other.source, &other.artist, &other.title)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn track(t: f64, active: i32, title: &str) -> OscLine {
        let args = json!([active, "spotify", "A", title, "", 100.0, 0]);
        serde_json::from_value(
            json!({"t": t, "from": "spotify_monitor", "addr": "/karaoke/track", "tags": "", "args": args}),
        )
        .unwrap()
    }

    #[test]
    fn a_track_lasts_until_another_is_told_or_nothing() {
        let lines = [
            track(1.0, 0, ""),
            track(2.0, 1, "one"),
            track(5.0, 1, "one"),
            track(9.0, 1, "two"),
            track(12.0, 0, ""),
            track(15.0, 1, "one"),
        ];
        let told: Vec<_> =
            Playing::all(&lines, 20.0).into_iter().map(|it| (it.start, it.end, it.title)).collect();
        let expected = [(2.0, 9.0, "one"), (9.0, 12.0, "two"), (15.0, 20.0, "one")];
        assert_eq!(told, expected.map(|(start, end, title)| (start, end, title.to_owned())));
    }
}
