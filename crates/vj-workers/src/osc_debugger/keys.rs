//! `[osc_debugger]`.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use vj_core::settings::{Key, Kind, Settings};

use super::limits::{LOGS_MAX, MESSAGES_MAX};

pub(super) const LISTEN: &str = "listen";

/// The table.
pub const KEYS: &[Key] = &[
    Key {
        name: LISTEN,
        kind: Kind::Text { check: |text| address(text).is_some(), allowed: "IP:PORT or localhost:PORT" },
        default: || json!("127.0.0.1:9001"),
        doc: "what anybody sends there is captured, beside all that the workers send",
    },
    Key {
        name: "max_messages",
        kind: Kind::Int { min: 1, max: MESSAGES_MAX },
        default: || json!(1_000),
        doc: "OSC messages that are kept",
    },
    Key {
        name: "max_logs",
        kind: Kind::Int { min: 1, max: LOGS_MAX },
        default: || json!(500),
        doc: "log records that are kept",
    },
    Key {
        name: "logging_enabled",
        kind: Kind::Bool,
        default: || json!(true),
        doc: "whether OSC messages are kept; without it they are counted only",
    },
];

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) listen: Option<SocketAddr>,
    pub(super) max_messages: usize,
    pub(super) max_logs: usize,
    pub(super) keeps_messages: bool,
}

impl Config {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            listen: address(&settings.text(LISTEN)),
            max_messages: settings.number("max_messages") as usize,
            max_logs: settings.number("max_logs") as usize,
            keeps_messages: settings.bool("logging_enabled"),
        }
    }
}

fn address(text: &str) -> Option<SocketAddr> {
    let local =
        || Some(SocketAddr::from((Ipv4Addr::LOCALHOST, text.strip_prefix("localhost:")?.parse().ok()?)));
    text.parse().ok().or_else(local).filter(|address: &SocketAddr| address.port() > 0)
}
