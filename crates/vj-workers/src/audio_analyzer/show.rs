//! Where the show began: a restarted worker goes on where the show is, not at its beginning.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vj_core::At;
use vj_env::Env;

const FILE: &str = "show.json";

#[derive(Serialize, Deserialize)]
struct Record {
    source: String,
    epoch_nanos: u64,
    /// Moments of another boot mean nothing.
    boot_id: String,
}

/// The moment at which the first frame of `source` was due: as it was written down when the show began, or now, and
/// then it is written down.
pub(super) async fn epoch(env: &Env, source: &str) -> At {
    let now = env.clock.now();
    if let Some(epoch) = read(env, source).await.filter(|epoch| *epoch <= now) {
        return epoch;
    }
    let record = Record {
        source: source.to_owned(),
        epoch_nanos: now.as_nanos(),
        boot_id: env.clock.boot_id().to_owned(),
    };
    let bytes = serde_json::to_vec(&record).expect("two texts and a number can always be written");
    if let Err(error) = env.store.replace(FILE, &bytes).await {
        env.log.warn(format!(
            "after a crash the file would start over, since its start could not be kept: {error}"
        ));
    }
    now
}

async fn read(env: &Env, source: &str) -> Option<At> {
    let bytes = match env.store.read(FILE).await {
        Ok(bytes) => bytes?,
        Err(error) => {
            env.log.warn(format!("failed to read where the show began: {error}"));
            return None;
        }
    };
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else {
        env.log.warn(format!("{FILE} is damaged: the file starts over"));
        return None;
    };
    let counts = record.source == source && record.boot_id == env.clock.boot_id();
    counts.then(|| At::from_nanos(record.epoch_nanos))
}

/// The place in a file of `frames` frames (if it says) that is due `into` the show.
pub(super) fn frame_at(into: Duration, sample_rate_hz: u32, frames: Option<u64>, is_loop: bool) -> u64 {
    let frame =
        u64::try_from(into.as_nanos() * u128::from(sample_rate_hz) / 1_000_000_000).unwrap_or(u64::MAX);
    match frames {
        Some(frames) if is_loop && frames > 0 => frame % frames,
        _ => frame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_comes_round_and_a_single_play_runs_past_its_end() {
        let into = Duration::from_millis(2_500);
        assert_eq!(frame_at(into, 48_000, Some(48_000), true), 24_000);
        assert_eq!(frame_at(into, 48_000, Some(48_000), false), 120_000);
        assert_eq!(frame_at(into, 48_000, None, true), 120_000);
    }
}
