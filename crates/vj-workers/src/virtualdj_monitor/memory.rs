//! The entry that was seen last, for as long as the show lasts: after a crash the same last entry is still the current track.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vj_core::At;
use vj_core::playback::Track;
use vj_core::show::VIRTUALDJ;
use vj_env::Env;

use super::files::Entry;

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
    path: String,
    artist: String,
    title: String,
    album: String,
    duration_sec: f64,
    stamp: String,
    played_at_sec: Option<u64>,
    since_nanos: u64,
    play: u64,
    /// Moments of another boot mean nothing.
    boot_id: String,
}

/// What was written down in this show.
pub(super) async fn recall(env: &Env) -> Option<Current> {
    let bytes = match env.store.read(VIRTUALDJ).await {
        Ok(bytes) => bytes?,
        Err(error) => {
            env.log.warn(format!("failed to read which track was the last: {error}"));
            return None;
        }
    };
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else {
        env.log.warn(format!("{VIRTUALDJ} is damaged: the last entry counts as old"));
        let _ = env.store.replace(&format!("{VIRTUALDJ}.damaged"), &bytes).await;
        let _ = env.store.remove(VIRTUALDJ).await;
        return None;
    };
    let since = At::from_nanos(record.since_nanos);
    let counts = record.boot_id == env.clock.boot_id() && since <= env.clock.now();
    counts.then(|| {
        let duration = Duration::try_from_secs_f64(record.duration_sec).unwrap_or_default();
        let track = Track { artist: record.artist, title: record.title, album: record.album, duration };
        let entry = Entry { track, stamp: record.stamp, played_at_sec: record.played_at_sec };
        Current { entry, path: record.path, since, play: record.play }
    })
}

/// Writes it down.
pub(super) async fn keep(env: &Env, current: &Current) {
    let Current { entry, path, since, play } = current.clone();
    let record = Record {
        path,
        artist: entry.track.artist,
        title: entry.track.title,
        album: entry.track.album,
        duration_sec: entry.track.duration.as_secs_f64(),
        stamp: entry.stamp,
        played_at_sec: entry.played_at_sec,
        since_nanos: since.as_nanos(),
        play,
        boot_id: env.clock.boot_id().to_owned(),
    };
    let bytes = serde_json::to_vec(&record).expect("texts and numbers can always be written");
    if let Err(error) = env.store.replace(VIRTUALDJ, &bytes).await {
        env.log.warn(format!("after a crash the current track would be forgotten: {error}"));
    }
}
