//! Where the show began: a restarted worker goes on where the show is, not at its beginning.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vj_core::At;
use vj_env::Env;

const FILE: &str = vj_core::show::EPOCH;

/// A show may be set to begin later: a rehearsal of a recording does, in which everything stands before the sound begins.
const AHEAD_MAX: Duration = Duration::from_secs(86_400);

#[derive(Serialize, Deserialize)]
struct Record {
    source: String,
    epoch_nanos: u64,
    /// How far into the sound it was then: not at its beginning if somebody jumped.
    #[serde(default)]
    ahead_nanos: u64,
    /// Moments of another boot mean nothing.
    boot_id: String,
}

/// Where the show is, at any moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// When the first frame is played.
    begins: At,
    /// By how much the sound is then ahead of that. Not taken from the moment itself: a machine may be younger than it.
    ahead: Duration,
}

impl Place {
    /// A show that began at `epoch`, announced earlier by `latency_ms` (or later, if negative).
    pub(super) fn new(epoch: At, latency_ms: f64) -> Self {
        let shift = Duration::from_secs_f64(latency_ms.abs() / 1e3);
        if latency_ms < 0.0 {
            Self { begins: epoch + shift, ahead: Duration::ZERO }
        } else {
            Self { begins: epoch, ahead: shift }
        }
    }

    /// A show that is so far into the sound at `now`.
    pub(super) fn at(position: Duration, now: At, latency_ms: f64) -> Self {
        Self::new(now, latency_ms).further(position)
    }

    /// The same, so much further into the sound.
    fn further(mut self, by: Duration) -> Self {
        self.ahead += by;
        self
    }

    /// When the first frame is played, or would have been.
    pub(super) fn begins(self) -> At {
        self.begins
    }

    /// How far into the sound it is at `now`.
    pub(super) fn into_sound(self, now: At) -> Duration {
        (now + self.ahead).since(self.begins)
    }
}

/// Where the show of `source` is: as it was written down when it began, or at its beginning now, and then that is written down.
pub(super) async fn place(env: &Env, source: &str, latency_ms: f64) -> Place {
    let now = env.clock.now();
    if let Some((epoch, ahead)) = read(env, source).await.filter(|(epoch, _)| *epoch <= now + AHEAD_MAX) {
        return Place::new(epoch, latency_ms).further(ahead);
    }
    keep(env, source, now, Duration::ZERO).await;
    Place::new(now, latency_ms)
}

/// Writes down that the show of `source` was `ahead` of its beginning at `epoch`.
pub(super) async fn keep(env: &Env, source: &str, epoch: At, ahead: Duration) {
    let record = Record {
        source: source.to_owned(),
        epoch_nanos: epoch.as_nanos(),
        ahead_nanos: u64::try_from(ahead.as_nanos()).unwrap_or(u64::MAX),
        boot_id: env.clock.boot_id().to_owned(),
    };
    let bytes = serde_json::to_vec(&record).expect("texts and numbers can always be written");
    if let Err(error) = env.store.replace(FILE, &bytes).await {
        env.log.warn(format!(
            "after a crash the file would start over, since its start could not be kept: {error}"
        ));
    }
}

async fn read(env: &Env, source: &str) -> Option<(At, Duration)> {
    let bytes = match env.store.read(FILE).await {
        Ok(bytes) => bytes?,
        Err(error) => {
            env.log.warn(format!("failed to read where the show began: {error}"));
            return None;
        }
    };
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else {
        let aside = format!("{FILE}.damaged");
        env.log.warn(format!("{FILE} is damaged: set aside as {aside}, and the sound starts over"));
        // Where it cannot be set aside it is written over: the show matters more.
        let _ = env.store.replace(&aside, &bytes).await;
        return None;
    };
    let counts = record.source == source && record.boot_id == env.clock.boot_id();
    counts.then(|| (At::from_nanos(record.epoch_nanos), Duration::from_nanos(record.ahead_nanos)))
}

/// The place in a file of `frames` frames (if it says) that is due `into` the show.
pub(super) fn frame_at(into: Duration, sample_rate_hz: u32, frames: Option<u64>, is_loop: bool) -> u64 {
    let frame =
        u64::try_from(into.as_nanos() * u128::from(sample_rate_hz) / 1_000_000_000).unwrap_or(u64::MAX);
    wrapped(frame, frames, is_loop)
}

/// A frame of a show as one of its file.
pub(super) fn wrapped(frame: u64, frames: Option<u64>, is_loop: bool) -> u64 {
    match frames {
        Some(frames) if is_loop && frames > 0 => frame % frames,
        _ => frame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_moves_the_place_either_way_also_on_a_young_machine() {
        let epoch = At::from_millis(15);
        let into =
            |latency_ms, at_ms| Place::new(epoch, latency_ms).into_sound(At::from_millis(at_ms)).as_millis();
        assert_eq!((into(0.0, 1_015), into(500.0, 1_015), into(-500.0, 1_015)), (1_000, 1_500, 500));
        assert_eq!((into(500.0, 15), into(-500.0, 15)), (500, 0));
    }

    #[test]
    fn whoever_jumps_may_be_further_into_the_sound_than_the_machine_is_old() {
        let place = Place::at(Duration::from_secs(30), At::from_millis(15), -500.0);
        assert_eq!(place.into_sound(At::from_millis(1_015)).as_millis(), 30_500);
    }

    #[test]
    fn a_loop_comes_round_and_a_single_play_runs_past_its_end() {
        let into = Duration::from_millis(2_500);
        assert_eq!(frame_at(into, 48_000, Some(48_000), true), 24_000);
        assert_eq!(frame_at(into, 48_000, Some(48_000), false), 120_000);
        assert_eq!(frame_at(into, 48_000, None, true), 120_000);
    }
}
