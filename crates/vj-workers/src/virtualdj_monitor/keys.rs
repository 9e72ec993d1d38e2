//! `[virtualdj_monitor]`.

use std::net::SocketAddr;

use serde_json::json;
use vj_core::settings::{Key, Kind};

use super::files::Pattern;
use crate::playback::POLL_INTERVAL;

/// Where VirtualDJ's files are looked for.
pub(super) const FILE_PATH: &str = "file_path";

/// Whether beats are taken in, and where.
pub(super) const OS2L: &str = "os2l";
/// Where VirtualDJ connects to.
pub(super) const OS2L_LISTEN: &str = "os2l_listen";

/// Whether the decks are asked, and over which ports.
pub(super) const OSC: &str = "osc";
/// Where VirtualDJ listens.
pub(super) const OSC_SEND: &str = "osc_send";
/// Where it answers to.
pub(super) const OSC_LISTEN: &str = "osc_listen";

/// The form of the lines, where it is the user's own.
pub(super) const TRACKLIST_PATTERN: &str = "tracklist_pattern";

/// The table.
pub const KEYS: &[Key] = &[
    Key {
        name: FILE_PATH,
        kind: Kind::Text { check: |path| path.len() <= 4_096, allowed: "a path of at most 4096 bytes" },
        default: || json!(""),
        doc: "now_playing.txt, tracklist.txt, a history .m3u, or their folder; empty = searched in the usual places",
    },
    Key {
        name: POLL_INTERVAL,
        kind: Kind::Float { min: 0.1, max: 60.0 },
        default: || json!(1.0),
        doc: "seconds between two looks at the file, whatever the system tells of it",
    },
    Key {
        name: TRACKLIST_PATTERN,
        kind: Kind::Text {
            check: |text| text.is_empty() || Pattern::parse(text).is_some(),
            allowed: "words of %artist %title %remix %album %time %any with something between any two, artist or title among them",
        },
        default: || json!(""),
        doc: "the form of the lines, where VirtualDJ's tracklistFormat is your own; empty = HH:MM : Artist - Title",
    },
    Key {
        name: OS2L,
        kind: Kind::Bool,
        default: || json!(false),
        doc: "whether VirtualDJ's beats are taken in (OS2L)",
    },
    Key {
        name: OS2L_LISTEN,
        kind: Kind::Text { check: is_address, allowed: "IP:PORT" },
        default: || json!("127.0.0.1:9996"),
        doc: "where VirtualDJ connects to with OS2L: its setting os2lDirectIp",
    },
    Key {
        name: OSC,
        kind: Kind::Bool,
        default: || json!(false),
        doc: "whether VirtualDJ is asked by OSC, which is better than the file",
    },
    Key {
        name: OSC_SEND,
        kind: Kind::Text { check: is_address, allowed: "IP:PORT" },
        default: || json!("127.0.0.1:9009"),
        doc: "where VirtualDJ listens for OSC: its setting oscPort",
    },
    Key {
        name: OSC_LISTEN,
        kind: Kind::Text { check: is_address, allowed: "IP:PORT" },
        default: || json!("127.0.0.1:9008"),
        doc: "where VirtualDJ sends OSC to: its setting oscPortBack",
    },
];

fn is_address(text: &str) -> bool {
    address(text).is_some()
}

/// An address that something can be sent to.
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().filter(|address: &SocketAddr| address.port() > 0)
}
