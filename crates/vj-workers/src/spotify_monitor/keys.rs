//! `[spotify_monitor]`.

use serde_json::json;
use vj_core::settings::{Key, Kind};

use crate::playback::POLL_INTERVAL;

/// The table.
pub const KEYS: &[Key] = &[
    Key {
        name: POLL_INTERVAL,
        kind: Kind::Float { min: 0.5, max: 60.0 },
        default: || json!(2.0),
        doc: "seconds between two questions",
    },
    Key {
        name: "source",
        kind: Kind::Choice(&["auto", "web_api", "local"]),
        default: || json!("auto"),
        doc: "who is asked",
    },
    Key {
        name: "client_id",
        kind: Kind::Text { check: |id| id.len() <= 128, allowed: "a client id of at most 128 bytes" },
        default: || json!(""),
        doc: "of your app in Spotify's dashboard",
    },
    Key {
        name: "api_base_url",
        kind: Kind::Text { check: is_url, allowed: "an http or https URL" },
        default: || json!("https://api.spotify.com/v1/"),
        doc: "where the Web API stands",
    },
    Key {
        name: "auth_base_url",
        kind: Kind::Text { check: is_url, allowed: "an http or https URL" },
        default: || json!("https://accounts.spotify.com/"),
        doc: "where one signs in",
    },
    Key {
        name: "redirect_uri",
        kind: Kind::Text { check: is_url, allowed: "an http or https URL" },
        default: || json!("http://127.0.0.1:8888/callback"),
        doc: "where `vj spotify login` waits; as in Spotify's dashboard",
    },
];

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && text.len() <= 1_024 && !text.contains(char::is_whitespace))
}
