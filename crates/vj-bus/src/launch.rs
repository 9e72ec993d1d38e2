//! What a process is told at its start.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Map, Value};
use vj_core::settings::Source;

/// The `[telemetry]` table.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetryConfig {
    /// Fixed receivers.
    pub targets: Vec<SocketAddr>,
    /// One tick's messages in one bundle.
    pub bundle: bool,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { targets: vec![SocketAddr::from(([127, 0, 0, 1], 9000))], bundle: false }
    }
}

/// What a process is told at its start. Everything else it asks its [`vj_env::Env`] for.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Its settings, by who gave them. Validated already by whoever read them; validated again where they are used.
    pub layers: Vec<(Source, Map<String, Value>)>,
    /// Where its telemetry goes.
    pub telemetry: TelemetryConfig,
    /// Between two heartbeats.
    pub heartbeat: Duration,
}

impl Default for Launch {
    fn default() -> Self {
        Self { layers: Vec::new(), telemetry: TelemetryConfig::default(), heartbeat: Duration::from_secs(5) }
    }
}
