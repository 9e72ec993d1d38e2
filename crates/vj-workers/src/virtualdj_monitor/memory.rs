//! The entry that was seen last, for as long as the show lasts: after a crash the same last entry is still the current track.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vj_core::At;
use vj_core::playback::Track;
use vj_core::show::VIRTUALDJ;
use vj_env::Env;

use super::files::Entry;
use super::reader::Before;

/// The current entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Current {
    /// What plays.
    pub(super) entry: Entry,
    /// The file that told of it.
    pub(super) path: String,
    /// When it was first seen.
    pub(super) since: At,
    /// Which play of the show it is.
    pub(super) play: u64,
}

#[derive(Serialize, Deserialize)]
struct Record {
    /// Moments of another boot mean nothing.
    boot_id: String,
    /// None: no file had an entry.
    last: Option<LastRecord>,
    /// None: the last entry is old.
    current: Option<CurrentRecord>,
}

#[derive(Serialize, Deserialize)]
struct LastRecord {
    path: String,
    artist: String,
    title: String,
    album: String,
    duration_sec: f64,
    stamp: String,
    played_at_sec: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct CurrentRecord {
    since_nanos: u64,
    play: u64,
}

/// What was written down in this show: the last entry that was seen, and that it was current.
pub(super) async fn recall(env: &Env) -> (Before, Option<Current>) {
    let nothing = (Before::Nothing, None);
    let bytes = match env.store.read(VIRTUALDJ).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return nothing,
        Err(error) => {
            env.log.warn(format!("failed to read which track was the last: {error}"));
            return nothing;
        }
    };
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else {
        env.log.warn(format!("{VIRTUALDJ} is damaged: the last entry counts as old"));
        let _ = env.store.replace(&format!("{VIRTUALDJ}.damaged"), &bytes).await;
        let _ = env.store.remove(VIRTUALDJ).await;
        return nothing;
    };
    let since = record.current.as_ref().map(|it| At::from_nanos(it.since_nanos));
    if record.boot_id != env.clock.boot_id() || since.is_some_and(|since| since > env.clock.now()) {
        return nothing;
    }
    let Some(last) = record.last else { return (Before::NoEntry, None) };
    let duration = Duration::try_from_secs_f64(last.duration_sec).unwrap_or_default();
    let track = Track { artist: last.artist, title: last.title, album: last.album, duration };
    let entry = Entry { track, stamp: last.stamp, played_at_sec: last.played_at_sec };
    let current = record.current.zip(since).map(|(it, since)| {
        let (entry, path) = (entry.clone(), last.path.clone());
        Current { entry, path, since, play: it.play }
    });
    (Before::Last(last.path, entry), current)
}

/// Writes it down: the current entry, or else what the show began with.
pub(super) async fn keep(env: &Env, before: &Before, current: Option<&Current>) -> io::Result<()> {
    let last = match (current, before) {
        (Some(current), _) => Some((current.path.clone(), current.entry.clone())),
        (None, Before::Last(path, entry)) => Some((path.clone(), entry.clone())),
        (None, Before::NoEntry | Before::Nothing) => None,
    };
    let record = Record {
        boot_id: env.clock.boot_id().to_owned(),
        last: last.map(|(path, entry)| LastRecord {
            path,
            artist: entry.track.artist,
            title: entry.track.title,
            album: entry.track.album,
            duration_sec: entry.track.duration.as_secs_f64(),
            stamp: entry.stamp,
            played_at_sec: entry.played_at_sec,
        }),
        current: current.map(|it| CurrentRecord { since_nanos: it.since.as_nanos(), play: it.play }),
    };
    let bytes = serde_json::to_vec(&record).expect("texts and numbers can always be written");
    env.store.replace(VIRTUALDJ, &bytes).await
}
