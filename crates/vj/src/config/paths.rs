//! Where things are, on Linux and macOS alike.

use std::env;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ConfigArgs;
use super::tables::Table;

/// Where the config, the state and the cache stand.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) config: PathBuf,
    /// Somebody named the file: then it must be there.
    pub(crate) config_is_explicit: bool,
    pub(crate) state: PathBuf,
    pub(crate) cache: PathBuf,
}

impl Paths {
    /// As flags and environment say.
    pub(crate) fn find(args: &ConfigArgs) -> Self {
        let dir = |own: &str, xdg: &str, home: &str| {
            named(own).unwrap_or_else(|| {
                // The specification says that a relative path is to be ignored.
                let base = named(xdg).filter(|path| path.is_absolute());
                base.unwrap_or_else(|| self::home().join(home)).join("vj")
            })
        };
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let config = args.config.clone();
        Self {
            config_is_explicit: config.is_some(),
            config: absolute(config.unwrap_or_else(|| {
                let base = named("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
                base.unwrap_or_else(|| home().join(".config")).join("vj/config.toml")
            })),
            state: absolute(dir("VJ_STATE_DIR", "XDG_STATE_HOME", ".local/state")),
            cache: absolute(dir("VJ_CACHE_DIR", "XDG_CACHE_HOME", ".cache")),
        }
    }

    /// Where the log files stand.
    pub(crate) fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }
}

/// A value that names a place, as somebody means it who stands in `dir`. The processes of a show stand elsewhere, so it is
/// made absolute; `~/` is the home, as in a shell, which does not look behind `file:`.
pub(crate) fn as_meant_in(dir: &Path, table: &Table, key: &str, value: Value) -> Value {
    let (before, path) = match (table.name, key, value.as_str()) {
        ("bus", "dir", Some(path)) => ("", path),
        ("audio_analyzer", "source", Some(text)) => match text.strip_prefix("file:") {
            Some(path) => ("file:", path),
            None => return value,
        },
        _ => return value,
    };
    if path.is_empty() {
        return value;
    }
    let path = match path.strip_prefix("~/") {
        Some(rest) => home().join(rest),
        None => dir.join(path),
    };
    // Without `./` in its middle.
    let path: PathBuf = path.components().collect();
    path.to_str().map_or_else(|| value.clone(), |path| format!("{before}{path}").into())
}

/// The same for words in a shell. Of a folder that has been removed nothing is known, and they stay as they are.
pub(crate) fn as_meant_here(table: &Table, key: &str, value: Value) -> Value {
    match env::current_dir() {
        Ok(here) => as_meant_in(&here, table, key, value),
        Err(_) => value,
    }
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A process without a home keeps its things where everybody may write.
fn home() -> PathBuf {
    named("HOME").unwrap_or_else(env::temp_dir)
}
