//! The config in force, and how a change of it is noticed in the middle of a show.

use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use vj_bus::{ConfigNews, ConfigWatch};
use vj_core::ProcessName;
use vj_core::show::CONFIG;
use vj_env::real::FileStore;

use crate::config::{Config, ConfigArgs, Paths};

/// What changes when a file is written, replaced, made or removed.
type Look = Option<(u64, u64, i64, i64, u64)>;

/// Where a config comes from.
enum Origin {
    /// The user's file, environment and flags.
    User(ConfigArgs),
    /// What the manager has found to be good.
    Snapshot,
}

/// A config that is watched.
pub(crate) struct Watched {
    origin: Origin,
    file: PathBuf,
    /// Where the manager leaves the last good config for the workers.
    hand_on_to: Option<(FileStore, PathBuf)>,
    config: RefCell<Config>,
    /// Seconds between two heartbeats, as the manager's settings have it.
    heartbeat: Cell<Option<f64>>,
    seen: RefCell<Look>,
}

impl Watched {
    /// The user's config, as it was loaded from these arguments.
    pub(crate) fn of_user(args: ConfigArgs, paths: &Paths, config: Config) -> Rc<Self> {
        let file = paths.config.clone();
        let seen = RefCell::new(look(&file));
        let (hand_on_to, heartbeat) = (None, Cell::default());
        Rc::new(Self { origin: Origin::User(args), file, hand_on_to, config: config.into(), heartbeat, seen })
    }

    /// The user's config as the manager sees it: each good one is handed on to the workers. `bad` says that the file is
    /// not good now and that `config` is an older one.
    pub(crate) fn of_manager(args: ConfigArgs, paths: &Paths, config: Config, bad: bool) -> Rc<Self> {
        let file = paths.config.clone();
        let seen = RefCell::new(if bad { None } else { look(&file) });
        let store = (FileStore::new(&paths.state), paths.state.join(CONFIG));
        Rc::new(Self {
            origin: Origin::User(args),
            file,
            hand_on_to: Some(store),
            config: config.into(),
            heartbeat: Cell::default(),
            seen,
        })
    }

    /// What the manager handed on.
    pub(crate) fn of_snapshot(file: &Path, config: Config) -> Rc<Self> {
        let seen = RefCell::new(look(file));
        Rc::new(Self {
            origin: Origin::Snapshot,
            file: file.to_owned(),
            hand_on_to: None,
            config: config.into(),
            heartbeat: Cell::default(),
            seen,
        })
    }

    /// The config in force.
    pub(crate) fn config(&self) -> Config {
        self.config.borrow().clone()
    }

    /// Leaves the config in force for the workers, who are to send a heartbeat each `sec` seconds.
    pub(crate) fn hand_on_with_heartbeat(&self, sec: f64) -> std::io::Result<()> {
        self.heartbeat.set(Some(sec));
        self.hand_on()
    }

    fn hand_on(&self) -> std::io::Result<()> {
        match &self.hand_on_to {
            Some((store, last)) => {
                let config = self.config.borrow().clone();
                let config = match self.heartbeat.get() {
                    Some(sec) => config.with_heartbeat(sec),
                    None => config,
                };
                let snapshot = config.to_snapshot();
                // The workers look at the file's date: one that says nothing new is left alone.
                if fs::read(last).is_ok_and(|last| last == snapshot) {
                    return Ok(());
                }
                store.replace_now(CONFIG, &snapshot)
            }
            None => Ok(()),
        }
    }

    /// What a process asks whether there is something new for it.
    pub(crate) fn watch(self: Rc<Self>, name: ProcessName) -> ConfigWatch {
        ConfigWatch::new(move || self.news(name))
    }

    fn news(&self, name: ProcessName) -> ConfigNews {
        let now = look(&self.file);
        if *self.seen.borrow() == now {
            return ConfigNews::Unchanged;
        }
        *self.seen.borrow_mut() = now;
        let read = match &self.origin {
            Origin::User(args) => Config::load(args).map_err(|error| error.to_string()),
            // Removed by the end of the show: this process ends in a moment, too.
            Origin::Snapshot if now.is_none() => return ConfigNews::Unchanged,
            Origin::Snapshot => fs::read(&self.file)
                .map_err(|error| error.to_string())
                .and_then(|bytes| Config::from_snapshot(&bytes)),
        };
        match read {
            Err(why) => ConfigNews::Bad(why),
            Ok(config) => {
                *self.config.borrow_mut() = config.clone();
                if let Err(error) = self.hand_on() {
                    return ConfigNews::Bad(format!("it could not be handed on to the workers: {error}"));
                }
                ConfigNews::Changed(Box::new(config.launch(name)))
            }
        }
    }
}

fn look(file: &Path) -> Look {
    let found = fs::metadata(file).ok()?;
    Some((found.dev(), found.ino(), found.mtime(), found.mtime_nsec(), found.len()))
}
