//! The rest that Spotify was promised, written down: a process that dies and comes back must not ask within it.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vj_env::Env;

use super::failure::{Failure, LONGEST_WAIT};

/// Where it stands, in the state directory. The service does not care whether a show has ended meanwhile.
const FILE: &str = "spotify_rest.json";

#[derive(Serialize, Deserialize)]
struct Record {
    /// When it ends, in milliseconds since the Unix epoch.
    until_ms: u64,
    /// How long it is as a whole.
    wait_ms: u64,
    why: String,
    is_limit: bool,
}

/// Writes it down.
pub(super) async fn keep(env: &Env, wait: Duration, failure: &Failure) {
    let Failure::Wait { why, is_limit, .. } = failure else { return };
    let wait_ms = millis(wait);
    let until_ms = env.clock.wall_now().0.saturating_add(wait_ms);
    let record = Record { until_ms, wait_ms, why: why.clone(), is_limit: *is_limit };
    let bytes = serde_json::to_vec(&record).expect("texts and numbers can always be written");
    if let Err(error) = env.store.replace(FILE, &bytes).await {
        env.log.warn(format!("after a crash Spotify would be asked before it wants to be: {error}"));
    }
}

/// What is left of it, for whoever stands beside the monitor and would ask, too.
#[must_use]
pub fn left(state: &Path, wall_now_ms: u64) -> Option<Duration> {
    let record: Record = serde_json::from_slice(&std::fs::read(state.join(FILE)).ok()?).ok()?;
    record.left(wall_now_ms)
}

impl Record {
    fn left(&self, wall_now_ms: u64) -> Option<Duration> {
        let left_ms = self.until_ms.saturating_sub(wall_now_ms).min(self.wait_ms).min(millis(LONGEST_WAIT));
        Some(Duration::from_millis(left_ms)).filter(|left| !left.is_zero())
    }
}

/// What is left of it. The wall clock may have jumped meanwhile: it is never longer than it was as a whole, nor than a day.
pub(super) async fn recall(env: &Env) -> Option<(Duration, Failure)> {
    let bytes = match env.store.read(FILE).await {
        Ok(bytes) => bytes?,
        Err(error) => {
            env.log.warn(format!("failed to read how long Spotify wants rest: {error}"));
            return None;
        }
    };
    // What is damaged says nothing: at worst it costs one question, and the answer is written down anew.
    let record: Record = serde_json::from_slice(&bytes).ok()?;
    let wait = record.left(env.clock.wall_now().0)?;
    Some((wait, Failure::Wait { wait, why: record.why, is_limit: record.is_limit }))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_stands_beside_the_monitor_knows_what_is_left_of_a_rest() {
        let dir = tempfile::tempdir().unwrap();
        let at = |now_ms| left(dir.path(), now_ms).map(|left| left.as_secs());
        assert_eq!(at(0), None, "there was none");
        let record = Record { until_ms: 100_000, wait_ms: 60_000, why: "429".to_owned(), is_limit: true };
        std::fs::write(dir.path().join(FILE), serde_json::to_vec(&record).unwrap()).unwrap();
        assert_eq!((at(70_000), at(100_000), at(200_000)), (Some(30), None, None));
        assert_eq!(at(0), Some(60), "a clock that jumped makes it no longer than it was");
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(at(70_000), None, "what is damaged says nothing");
    }
}
