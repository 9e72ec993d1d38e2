//! What a process is told at its start.

use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value};
use vj_core::playback::Player;
use vj_core::settings::Source;

/// The `[telemetry]` table.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetryConfig {
    /// Fixed receivers.
    pub targets: Vec<SocketAddr>,
    /// One tick's messages in one bundle.
    pub bundle: bool,
    /// Texts in ASCII, transliterated, for receivers that cannot read UTF-8.
    pub ascii: bool,
    /// Ticks a second that are sent, 1 to 60.
    pub rate_hz: u32,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            targets: vec![SocketAddr::from(([127, 0, 0, 1], 9000))],
            bundle: false,
            ascii: false,
            rate_hz: 60,
        }
    }
}

/// What a process is told at its start. Everything else it asks its [`vj_env::Env`] for.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Its settings, by who gave them. Validated already by whoever read them; validated again where they are used.
    pub layers: Vec<(Source, Map<String, Value>)>,
    /// Where its telemetry goes.
    pub telemetry: TelemetryConfig,
    /// The `[playback]` table: who is the current player where the rule leaves it open, first first.
    pub prefer: Vec<Player>,
    /// Between two heartbeats.
    pub heartbeat: Duration,
    /// By how much waits of supervision, leases and polling are divided, 1 to 10: for tests that must not wait.
    pub time_scale: f64,
    /// Where a config that changes in the middle of a show is noticed; none where nothing can change.
    pub config: Option<ConfigWatch>,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            telemetry: TelemetryConfig::default(),
            prefer: vec![Player::VirtualDj, Player::Spotify],
            heartbeat: Duration::from_secs(5),
            time_scale: 1.0,
            config: None,
        }
    }
}

/// What has become of the config since it was last looked at.
#[derive(Debug)]
pub enum ConfigNews {
    /// Nothing.
    Unchanged,
    /// It is another one now, and good.
    Changed(Box<Launch>),
    /// It is damaged: why, as one sentence. The last good one stays in force.
    Bad(String),
}

/// Looks whether the config has changed. It is asked once a second, so it should look at dates before it reads.
#[derive(Clone)]
pub struct ConfigWatch(Rc<dyn Fn() -> ConfigNews>);

impl ConfigWatch {
    /// A watch that looks like this.
    pub fn new(look: impl Fn() -> ConfigNews + 'static) -> Self {
        Self(Rc::new(look))
    }

    pub(crate) fn look(&self) -> ConfigNews {
        (self.0)()
    }
}

impl fmt::Debug for ConfigWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfigWatch")
    }
}
