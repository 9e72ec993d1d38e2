//! What the other monitor's player has to say: heard over its heartbeats, for as long as it is there.

use std::cell::Cell;

use serde_json::{Map, Value};
use tokio::sync::Notify;
use vj_core::At;
use vj_core::playback::{Player, Standing};
use vj_env::Env;

use crate::following::{self, Follower};

/// The figures in a monitor's heartbeats by which the other knows it.
pub(crate) const STANDING: &str = "standing";
/// Whether it speaks to the visuals.
pub(crate) const SPEAKS: &str = "speaks";
/// When it last told the visuals of a track, in seconds of the machine: the last word must be the current player's.
pub(crate) const TOLD_AT: &str = "told_at_sec";
/// Since when both are so, in seconds of the machine: an older word never counts over a newer one.
pub(super) const STANDING_SINCE: &str = "standing_since_sec";
/// How often track, play state or place have changed. Whoever follows the track asks again when it is another number.
pub(crate) const CHANGES: &str = "changes";
/// How often the track has changed: another number is another play, be it of the same track.
pub(crate) const TRACKS: &str = "tracks";

/// The other monitor's player.
pub(super) struct Rival {
    pub(super) player: Player,
    standing: Cell<Standing>,
    speaks: Cell<bool>,
    since_sec: Cell<f64>,
    told_at_sec: Cell<f64>,
    /// Whether it is known if it is there.
    is_known: Cell<bool>,
    changed: Notify,
}

impl Rival {
    /// The one beside `player`.
    pub(super) fn of(player: Player) -> Self {
        let other = match player {
            Player::Spotify => Player::VirtualDj,
            Player::VirtualDj => Player::Spotify,
        };
        Self {
            player: other,
            standing: Cell::new(Standing::Gone),
            speaks: Cell::new(false),
            since_sec: Cell::new(0.0),
            told_at_sec: Cell::new(0.0),
            is_known: Cell::new(false),
            changed: Notify::new(),
        }
    }

    /// Its standing; none while it is not known whether it is there.
    pub(super) fn standing(&self) -> Option<Standing> {
        self.is_known.get().then(|| self.standing.get())
    }

    /// Whether it speaks to the visuals.
    pub(super) fn speaks(&self) -> bool {
        self.speaks.get()
    }

    /// When it last told the visuals of a track, as far as is known; 0 = never.
    pub(super) fn told_at_sec(&self) -> f64 {
        self.told_at_sec.get()
    }

    /// Ready when anything of this changed. Cancel-safe.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Follows it, for ever.
    pub(super) async fn follow(&self, env: &Env) {
        following::follow(env, self.player.monitor(), self).await;
    }

    fn read(&self, stats: &Map<String, Value>) {
        let number = |name: &str| stats.get(name).and_then(Value::as_f64).unwrap_or_default();
        let standing = stats.get(STANDING).and_then(Value::as_str);
        let standing = standing.and_then(|text| text.parse().ok()).unwrap_or_default();
        let (since_sec, told_at_sec) = (number(STANDING_SINCE), number(TOLD_AT));
        if told_at_sec > self.told_at_sec.replace(told_at_sec.max(self.told_at_sec.get())) {
            self.changed.notify_one();
        }
        if since_sec >= self.since_sec.get() {
            self.since_sec.set(since_sec);
            self.take(standing, stats.get(SPEAKS).and_then(Value::as_bool).unwrap_or_default());
        }
    }

    fn take(&self, standing: Standing, speaks: bool) {
        let was_known = self.is_known.replace(true);
        let spoke = self.speaks.replace(speaks);
        if self.standing.replace(standing) != standing || spoke != speaks || !was_known {
            self.changed.notify_one();
        }
    }
}

impl Follower for Rival {
    fn hear(&self, state: &Value, _: At) {
        self.read(state["stats"].as_object().unwrap_or(&Map::new()));
    }

    fn hear_heartbeat(&self, stats: &Map<String, Value>) -> bool {
        // They say all there is to know.
        self.read(stats);
        false
    }

    fn is_gone(&self) {
        // Whoever comes next counts from its own beginning.
        self.since_sec.set(0.0);
        self.take(Standing::Gone, false);
    }
}
