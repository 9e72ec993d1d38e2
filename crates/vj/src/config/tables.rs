//! The tables of the config file.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use vj_bus::Worker;
use vj_core::ProcessName;
use vj_core::playback::Player;
use vj_core::settings::{Key, Kind, Settings};
use vj_supervisor::ProcessManager;
use vj_workers::{AudioAnalyzer, LyricsFetcher, OscDebugger, SpotifyMonitor, VirtualDjMonitor};

/// One table.
pub(crate) struct Table {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// What it is about, for the commented defaults.
    pub(crate) doc: &'static str,
    /// Its keys; those of a worker are what `set_config` takes, and `enabled` comes on top.
    pub(crate) keys: &'static [Key],
    /// Whose settings these are.
    pub(crate) process: Option<ProcessName>,
    /// What they must hold together.
    pub(crate) check: fn(&Settings) -> Result<(), String>,
}

/// Whether a worker runs.
pub(crate) const ENABLED: Key =
    Key { name: "enabled", kind: Kind::Bool, default: || json!(true), doc: "whether it runs" };

/// With `/NAME.sock` of the longest name below it, it still fits where the system keeps the path of a socket.
const BUS_DIR_BYTES_MAX: usize = 80;

const BUS: &[Key] = &[Key {
    name: "dir",
    // Absolute, or commands given in different places would not find each other.
    kind: Kind::Text {
        check: |path| path.starts_with('/') && path.len() <= BUS_DIR_BYTES_MAX,
        allowed: "an absolute path of at most 80 bytes",
    },
    default: || json!("/tmp/vj-bus"),
    doc: "directory of the control sockets",
}];

const TELEMETRY: &[Key] = &[
    Key {
        name: "targets",
        kind: Kind::Texts {
            check: |text| address(text).is_some(),
            allowed: "IP:PORT or localhost:PORT",
            len_max: 16,
        },
        default: || json!(["127.0.0.1:9000"]),
        doc: "who always gets the OSC messages",
    },
    Key {
        name: "rate_hz",
        kind: Kind::Int { min: 1, max: 60 },
        default: || json!(60),
        doc: "ticks a second that are sent",
    },
    Key {
        name: "bundle",
        kind: Kind::Bool,
        default: || json!(false),
        doc: "one tick's messages in one bundle",
    },
    Key {
        name: "ascii",
        kind: Kind::Bool,
        default: || json!(false),
        doc: "texts transliterated, for receivers that cannot read UTF-8",
    },
];

const PLAYBACK: &[Key] = &[Key {
    name: "prefer",
    kind: Kind::Texts {
        check: |text| text.parse::<Player>().is_ok(),
        allowed: "virtualdj or spotify",
        len_max: Player::ALL.len(),
    },
    default: || json!(["virtualdj", "spotify"]),
    doc: "whose track counts when both play, first first",
}];

/// The table of the worker without a job, with which scenarios over real processes test the walls. It is no part of a
/// show: it runs where a config says so in as many words, and no document names it.
static TEST_WORKER: Table = Table {
    name: "test_worker",
    doc: "A worker without a job, for tests",
    keys: vj_sim::test_worker::KEYS,
    process: Some(ProcessName::TestWorker),
    check: |_| Ok(()),
};

/// All tables, in the order of the documents.
pub(crate) static TABLES: &[Table] = &[
    Table { name: "bus", doc: "Control", keys: BUS, process: None, check: |_| Ok(()) },
    Table { name: "telemetry", doc: "OSC to the visuals", keys: TELEMETRY, process: None, check: |_| Ok(()) },
    Table {
        name: "playback",
        doc: "One truth of what is playing",
        keys: PLAYBACK,
        process: None,
        check: |_| Ok(()),
    },
    Table {
        name: "supervision",
        doc: "How the process manager watches the workers; all durations in seconds",
        keys: vj_supervisor::KEYS,
        process: Some(ProcessName::ProcessManager),
        check: ProcessManager::check,
    },
    Table {
        name: "audio_analyzer",
        doc: "Sound in, features out",
        keys: vj_workers::audio_analyzer::KEYS,
        process: Some(ProcessName::AudioAnalyzer),
        check: AudioAnalyzer::check,
    },
    Table {
        name: "spotify_monitor",
        doc: "What Spotify plays",
        keys: vj_workers::spotify_monitor::KEYS,
        process: Some(ProcessName::SpotifyMonitor),
        check: SpotifyMonitor::check,
    },
    Table {
        name: "virtualdj_monitor",
        doc: "What VirtualDJ plays",
        keys: vj_workers::virtualdj_monitor::KEYS,
        process: Some(ProcessName::VirtualDjMonitor),
        check: VirtualDjMonitor::check,
    },
    Table {
        name: "lyrics_fetcher",
        doc: "The words of the track that plays, and what they say of it",
        keys: vj_workers::lyrics_fetcher::KEYS,
        process: Some(ProcessName::LyricsFetcher),
        check: LyricsFetcher::check,
    },
    Table {
        name: "osc_debugger",
        doc: "Captures OSC, and gathers what all processes say",
        keys: vj_workers::osc_debugger::KEYS,
        process: Some(ProcessName::OscDebugger),
        check: OscDebugger::check,
    },
];

impl Table {
    /// Whether it is a worker's, and so has `enabled`.
    pub(crate) fn is_of_a_worker(&self) -> bool {
        self.process.is_some_and(ProcessName::is_worker)
    }

    /// All keys of the file.
    pub(crate) fn file_keys(&self) -> impl Iterator<Item = &Key> {
        self.is_of_a_worker().then_some(&ENABLED).into_iter().chain(self.keys)
    }

    /// The key of that name.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        self.file_keys().find(|key| key.name == name)
    }
}

/// The table of that name.
pub(crate) fn find(name: &str) -> Option<&'static Table> {
    with_hidden().find(|table| table.name == name)
}

/// The table of a process.
pub(crate) fn table_of(process: ProcessName) -> Option<&'static Table> {
    with_hidden().find(|table| table.process == Some(process))
}

fn with_hidden() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().chain([&TEST_WORKER])
}

/// `IP:PORT` or `localhost:PORT`.
pub(crate) fn address(text: &str) -> Option<SocketAddr> {
    let parsed: Option<SocketAddr> = text.parse().ok();
    let local =
        || Some(SocketAddr::from((Ipv4Addr::LOCALHOST, text.strip_prefix("localhost:")?.parse().ok()?)));
    parsed.or_else(local).filter(|address| address.port() > 0)
}

/// The name among `known` that was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|name| (distance(word, name), name)).min()?;
    // A third of the letters wrong is another word.
    (near.0 * 3 <= word.len().max(near.1.len())).then_some(near.1)
}

/// Levenshtein's distance: how many letters to put in, take out or change.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.chars().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vj_env::real::BusDir;

    use super::*;

    #[test]
    fn every_socket_fits_into_the_longest_bus_directory() {
        let longest = "/".to_owned() + &"x".repeat(BUS_DIR_BYTES_MAX - 1);
        assert!(BUS[0].kind.takes(&json!(longest)) && !BUS[0].kind.takes(&json!(longest.clone() + "x")));
        for name in ProcessName::ALL {
            assert!(BusDir::look_at(Path::new(&longest)).bindable_socket(name).is_ok(), "{name}");
        }
        assert!(BUS[0].kind.to_string().contains(&BUS_DIR_BYTES_MAX.to_string()));
        for bad in ["", "vj-bus", "~/bus"] {
            assert!(!BUS[0].kind.takes(&json!(bad)), "{bad}");
        }
    }

    #[test]
    fn every_default_is_allowed() {
        for table in TABLES {
            for key in table.file_keys() {
                assert!(key.kind.takes(&(key.default)()), "{}.{}", table.name, key.name);
            }
            assert_eq!((table.check)(&Settings::new(table.keys)), Ok(()), "{}", table.name);
        }
    }

    #[test]
    fn targets_are_addresses_that_something_can_be_sent_to() {
        for good in ["127.0.0.1:9000", "[::1]:1", "localhost:65535"] {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in ["", "9000", "127.0.0.1", "127.0.0.1:0", "localhost:0", "localhost:65536", "visuals:9000"]
        {
            assert!(address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_told_from_another_word() {
        let known = || ["heartbeat", "kill_after", "loop"].into_iter();
        assert_eq!(nearest("kill_afer", known()), Some("kill_after"));
        assert_eq!(nearest("lop", known()), Some("loop"));
        assert_eq!(nearest("volume", known()), None);
    }
}
