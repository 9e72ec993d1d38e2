//! What the other monitor's player has to say: heard over its heartbeats, for as long as it is there.

use std::cell::Cell;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::Notify;
use vj_bus::{Client, Outcome};
use vj_core::playback::{Player, Standing};
use vj_env::Env;

/// Between two attempts to reach one that is not there.
const RETRY: Duration = Duration::from_millis(250);

/// Between two questions whether it still answers: a stopped process keeps its connections.
const ASK: Duration = Duration::from_secs(1);

/// It answers within this, or it is gone.
const ANSWER: Duration = Duration::from_millis(500);

/// The figures in a monitor's heartbeats by which the other knows it.
pub(crate) const STANDING: &str = "standing";
/// Whether it speaks to the visuals.
pub(super) const SPEAKS: &str = "speaks";
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
        let monitor = self.player.monitor();
        loop {
            if let Ok(client) = Client::connect(&*env.control, &env.clock, monitor).await {
                self.since_sec.set(0.0);
                self.attend(env, client).await;
            }
            self.take(Standing::Gone, false);
            env.clock.sleep(RETRY).await;
        }
    }

    /// Stays with it until it is gone.
    async fn attend(&self, env: &Env, mut client: Client) {
        let no_args = || Value::Object(Map::new());
        if client.call_within(ANSWER, "watch", no_args()).await.ok().is_err() {
            return;
        }
        loop {
            match client.call_within(ANSWER, "get_state", no_args()).await {
                Outcome::Replied(reply) => self.hear(&reply.data["stats"]),
                Outcome::Refused(_) | Outcome::Unknown(_) => return,
            }
            let ask_at = env.clock.now() + ASK;
            loop {
                tokio::select! {
                    biased;
                    heartbeat = client.next_heartbeat() => match heartbeat {
                        Ok(heartbeat) => self.hear(&Value::Object(heartbeat.stats)),
                        Err(_) => return,
                    },
                    () = env.clock.sleep_until(ask_at) => break,
                }
            }
        }
    }

    fn hear(&self, stats: &Value) {
        let standing = stats[STANDING].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
        let since_sec = stats[STANDING_SINCE].as_f64().unwrap_or_default();
        let told_at_sec = stats[TOLD_AT].as_f64().unwrap_or_default();
        if told_at_sec > self.told_at_sec.replace(told_at_sec.max(self.told_at_sec.get())) {
            self.changed.notify_one();
        }
        if since_sec >= self.since_sec.get() {
            self.since_sec.set(since_sec);
            self.take(standing, stats[SPEAKS].as_bool().unwrap_or_default());
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
