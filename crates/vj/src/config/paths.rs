//! Where things are, on Linux and macOS alike.

use std::env;
use std::path::PathBuf;

use super::ConfigArgs;

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

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A process without a home keeps its things where everybody may write.
fn home() -> PathBuf {
    named("HOME").unwrap_or_else(env::temp_dir)
}
