//! What Spotify and its service were like, told from the marks of what happened to them.

use super::marks::marks;
use super::spotify::SPOTIFY;
use crate::history::Entry;
use crate::spotify::{Event, Grants, Progress, Song, Way};

/// What a stretch of time was like.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Stretch {
    pub(super) from: f64,
    pub(super) to: f64,
    /// What plays, as `Artist - Title`, empty for nothing; none where nobody can know.
    pub(super) truth: Option<String>,
    pub(super) song: Option<Song>,
    pub(super) is_playing: bool,
    /// Where the song was at `from`.
    pub(super) at_sec: f64,
    /// Whether the service tells it.
    pub(super) is_told: bool,
    /// Whether it tells it at once, and not in drops.
    pub(super) comes_whole: bool,
}

/// The night, in stretches in which nothing changed.
pub(super) fn stretches(history: &[Entry]) -> Vec<Stretch> {
    let end = history.last().map_or(0.0, |entry| entry.t);
    let mut now = Stretch {
        from: 0.0,
        to: end,
        truth: Some(String::new()),
        song: None,
        is_playing: false,
        at_sec: 0.0,
        is_told: true,
        comes_whole: true,
    };
    let mut stretches = Vec::new();
    let (mut way, mut grants, mut is_expired, mut rest_until) = (Way::Well, Grants::Kept, false, 0.0_f64);
    let mut events: Vec<(f64, Option<Event>)> = events(history).map(|(t, event)| (t, Some(event))).collect();
    // The end of a rest is an event too.
    let rests: Vec<f64> = rests(history).into_iter().map(|(_, until)| until).collect();
    events.extend(rests.into_iter().map(|until| (until, None)));
    events.sort_by(|(one, _), (two, _)| one.total_cmp(two));
    for (t, event) in events {
        stretches.push(Stretch { to: t, ..now.clone() });
        let runs = if now.is_playing { t - now.from } else { 0.0 };
        (now.at_sec, now.from) = (now.at_sec + runs, t);
        match event {
            Some(Event::Play(song)) => {
                (now.truth, now.at_sec) = (Some(format!("{} - {}", song.artist, song.title)), song.at_sec);
                (now.is_playing, now.song) = (true, Some(song));
            }
            Some(Event::Pause) => now.is_playing = false,
            Some(Event::Resume) => now.is_playing = now.song.is_some(),
            Some(Event::Seek(sec)) => now.at_sec = sec,
            Some(Event::Stop | Event::Ad) => {
                (now.truth, now.song, now.is_playing) = (Some(String::new()), None, false);
            }
            Some(Event::Unknown) => (now.truth, now.song, now.is_playing) = (None, None, false),
            Some(Event::Answers(other)) => way = other,
            Some(Event::Limit(sec) | Event::Quota(sec)) => rest_until = t + sec,
            Some(Event::Expire) => is_expired = !matches!(grants, Grants::Kept | Grants::Rotated),
            Some(Event::Grants(other)) => {
                grants = other;
                is_expired &= !matches!(grants, Grants::Kept | Grants::Rotated);
            }
            Some(Event::Progress(Progress::Real | Progress::Null | Progress::Zero) | Event::Said(_))
            | None => {}
        }
        now.comes_whole = way == Way::Well;
        now.is_told = matches!(way, Way::Well | Way::Trickle) && t >= rest_until && !is_expired;
    }
    stretches.push(now);
    stretches.retain(|it| it.to > it.from);
    stretches
}

pub(super) fn events(history: &[Entry]) -> impl Iterator<Item = (f64, Event)> {
    marks(history, SPOTIFY).filter_map(|(t, detail)| Some((t, serde_json::from_str(detail).ok()?)))
}

/// From when to when the service wanted rest.
pub(super) fn rests(history: &[Entry]) -> Vec<(f64, f64)> {
    let rests = events(history).filter_map(|(t, event)| match event {
        Event::Limit(sec) | Event::Quota(sec) => Some((t, t + sec)),
        _ => None,
    });
    rests.collect()
}
