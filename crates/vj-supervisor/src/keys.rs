//! `[supervision]`: the numbers of the law as settings.

use std::time::Duration;

use serde_json::json;
use vj_core::settings::{Key, Kind, Settings};
use vj_core::supervision::Law;

/// Seconds of a wait.
const WAIT: Kind = Kind::Float { min: 0.1, max: 86_400.0 };

/// The table.
pub const KEYS: &[Key] = &[
    Key {
        name: "heartbeat",
        kind: WAIT,
        default: || json!(5),
        doc: "seconds between two heartbeats of a worker",
    },
    Key {
        name: "unhealthy_after",
        kind: WAIT,
        default: || json!(15),
        doc: "seconds of silence until unhealthy",
    },
    Key { name: "kill_after", kind: WAIT, default: || json!(30), doc: "seconds of silence until killed" },
    Key {
        name: "backoff",
        kind: Kind::Floats { min: 0.1, max: 86_400.0, len_max: 32 },
        default: || json!([1, 2, 4, 8, 16, 30]),
        doc: "seconds before each restart of a streak; the last is repeated",
    },
    Key {
        name: "max_restarts",
        kind: Kind::Int { min: 0, max: 1_000 },
        default: || json!(5),
        doc: "restarts within the window after which the next crash gives a worker up",
    },
    Key { name: "restart_window", kind: WAIT, default: || json!(60), doc: "seconds that a restart counts" },
    Key {
        name: "stop_grace",
        kind: Kind::Float { min: 0.0, max: 86_400.0 },
        default: || json!(5),
        doc: "seconds from SIGTERM to SIGKILL when a worker is stopped",
    },
];

/// The law that these settings make.
#[must_use]
pub fn law(settings: &Settings) -> Law {
    let secs = |name: &str| Duration::from_secs_f64(settings.number(name));
    Law {
        heartbeat: secs("heartbeat"),
        unhealthy_after: secs("unhealthy_after"),
        kill_after: secs("kill_after"),
        backoff: settings.numbers("backoff").into_iter().map(Duration::from_secs_f64).collect(),
        max_restarts: settings.number("max_restarts") as u32,
        restart_window: secs("restart_window"),
        stop_grace: secs("stop_grace"),
        ..Law::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_law() {
        assert_eq!(law(&Settings::new(KEYS)), Law::default());
    }
}
