//! What a player says of itself on the session bus.
//!
//! Source: the MPRIS specification, version 2.2, interface `org.mpris.MediaPlayer2.Player`. Players differ in the type of nearly
//! every value, so numbers and texts are taken in any form.

use std::collections::BTreeMap;
use std::time::Duration;

use vj_core::playback::{Playback, PlaybackKind, Track};
use zbus::{OwnedVariant, Variant};

/// Reads the properties of a player.
pub(super) fn read(properties: &BTreeMap<String, OwnedVariant>) -> Playback {
    let property = |name: &str| properties.get(name).map(|value| &**value);
    let metadata = property("Metadata");
    let about = |name: &str| metadata.and_then(|it| entry(it, name));
    let text = |name: &str| about(name).map(words).unwrap_or_default();
    let kind = kind_of(&text("mpris:trackid"), &text("xesam:url"));
    let track = Track {
        artist: text("xesam:artist"),
        title: text("xesam:title"),
        album: text("xesam:album"),
        duration: about("mpris:length").and_then(micros).unwrap_or_default(),
    };
    let status = property("PlaybackStatus").map(words).unwrap_or_default();
    let track = Some(track)
        .filter(|track| !track.title.is_empty() && status != "Stopped" && kind != PlaybackKind::Ad);
    Playback {
        position: property("Position").and_then(micros),
        is_playing: status == "Playing",
        kind: if track.is_none() && kind != PlaybackKind::Ad { PlaybackKind::Unknown } else { kind },
        track,
        play: None,
    }
}

/// `spotify:track:ID`, `/com/spotify/track/ID`, `https://open.spotify.com/track/ID`, and the same with other kinds.
fn kind_of(track_id: &str, url: &str) -> PlaybackKind {
    let is = |kind: &str| [track_id, url].iter().any(|it| it.split([':', '/']).any(|part| part == kind));
    if is("ad") {
        PlaybackKind::Ad
    } else if is("episode") {
        PlaybackKind::Podcast
    } else if is("local") {
        PlaybackKind::Local
    } else {
        PlaybackKind::Track
    }
}

fn entry<'v>(dictionary: &'v Variant<'_>, name: &str) -> Option<&'v Variant<'v>> {
    match dictionary {
        Variant::Dict(dictionary) => dictionary
            .iter()
            .find(|(key, _)| matches!(key, Variant::Str(key) if key.as_str() == name))
            .map(|(_, value)| value),
        Variant::Variant(inner) => entry(inner, name),
        _ => None,
    }
}

/// A text, or several, joined by commas.
fn words(value: &Variant<'_>) -> String {
    match value {
        Variant::Str(text) => text.trim().to_owned(),
        Variant::ObjectPath(path) => path.as_str().to_owned(),
        Variant::Variant(inner) => words(inner),
        Variant::Array(list) => {
            let texts: Vec<String> = list.inner().iter().map(words).filter(|it| !it.is_empty()).collect();
            texts.join(", ")
        }
        _ => String::new(),
    }
}

/// A time in microseconds, if it is one: some players say -1 where they do not know.
fn micros(value: &Variant<'_>) -> Option<Duration> {
    /// As long as anything that plays: some days.
    const LONGEST: u64 = 1_000_000_000_000;
    let micros = match value {
        Variant::I64(it) => u64::try_from(*it).ok()?,
        Variant::U64(it) => *it,
        Variant::I32(it) => u64::try_from(*it).ok()?,
        Variant::U32(it) => u64::from(*it),
        Variant::F64(it) if *it >= 0.0 => *it as u64,
        Variant::Variant(inner) => return self::micros(inner),
        _ => return None,
    };
    (micros <= LONGEST).then(|| Duration::from_micros(micros))
}
