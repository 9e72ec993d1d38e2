//! A set that has been opened.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use vj_core::ProcessName;

use super::bare::{self, SoundFacts};
use super::file::{SetFile, first_seed};
use super::{faults, settings};
use crate::compare::Tolerance;
use crate::faults::Fault;
use crate::osc_log::{self, OscLine};
use crate::playback_tape::PlaybackTape;
use crate::report::Truth;
use crate::services::ServicesTape;

/// What is played in a rehearsal.
#[derive(Debug, Clone)]
pub struct Set {
    /// For people.
    pub title: String,
    /// When it was recorded or made, as its maker has written it.
    pub date: Option<String>,
    /// Which version of `vj` has recorded it.
    pub vj: Option<String>,
    /// The sound.
    pub audio: PathBuf,
    /// When the sound begins, in seconds of the other files. None: with the worker that plays it.
    pub audio_at_sec: Option<f64>,
    /// How long it is, if that is known.
    pub length_sec: Option<f64>,
    /// From which everything random is drawn, unless somebody says otherwise.
    pub seed: u64,
    /// What breaks on the way, unless somebody says otherwise.
    pub faults: Vec<Fault>,
    /// Settings that differ from the defaults, by process.
    pub config: BTreeMap<ProcessName, Map<String, Value>>,
    /// What Spotify and VirtualDJ do: `playback.jsonl` beside it.
    pub playback: PlaybackTape,
    /// What the services of the lyrics worker do: `services.jsonl` beside it. None: nobody looks for lyrics.
    pub services: Option<ServicesTape>,
    /// What is known about the sound: `truth.json` beside it.
    pub truth: Option<Truth>,
    /// What the visuals must get: `osc.jsonl` beside it, if it is there.
    pub expected: Option<PathBuf>,
    /// How much may come otherwise.
    pub compare: Tolerance,
}

/// A set that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// It cannot be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder without `set.toml`.
    #[error("{} is no set: it has no set.toml", path.display())]
    NoSet {
        /// The folder.
        path: PathBuf,
    },
    /// Something in a file is not as it must be.
    #[error("{}: {why}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// What, where, and what is allowed.
        why: String,
    },
}

impl Set {
    /// Opens a set folder, or makes a set of a bare sound file.
    ///
    /// # Errors
    /// See [`SetError`]. The sound itself is not opened yet.
    pub fn open(path: &Path) -> Result<Self, SetError> {
        Self::open_with(path, |_| SoundFacts::default())
    }

    /// The same, where somebody can look into a bare sound file.
    ///
    /// # Errors
    /// See [`SetError`].
    pub fn open_with(path: &Path, facts: impl FnOnce(&Path) -> SoundFacts) -> Result<Self, SetError> {
        let found = fs::metadata(path).map_err(|source| SetError::Read { path: path.to_owned(), source })?;
        if found.is_dir() { Self::folder(path) } else { bare::open(path, facts) }
    }

    /// The set of a sound, and nothing else.
    #[must_use]
    pub fn of_sound(path: &Path) -> Self {
        let title = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (faults, config, playback, compare) = Default::default();
        Self {
            title,
            date: None,
            vj: None,
            audio: path.to_owned(),
            audio_at_sec: None,
            length_sec: None,
            seed: first_seed(),
            faults,
            config,
            playback,
            services: None,
            truth: None,
            expected: None,
            compare,
        }
    }

    /// The processes that play it, which alone can be set and struck.
    #[must_use]
    pub fn processes(&self) -> Vec<ProcessName> {
        settings::processes(&self.playback, self.services.is_some())
    }

    /// What the visuals must get, if the set says so.
    ///
    /// # Errors
    /// See [`SetError`].
    pub fn expected_osc(&self) -> Result<Option<Vec<OscLine>>, SetError> {
        let Some(path) = self.expected.clone() else { return Ok(None) };
        let file = fs::File::open(&path).map_err(|source| SetError::Read { path: path.clone(), source })?;
        match osc_log::read_jsonl(std::io::BufReader::new(file)) {
            Ok(mut lines) => {
                // A recorder learns of a process's first messages a little later.
                lines.sort_by(|one, two| one.t.total_cmp(&two.t));
                Ok(Some(lines))
            }
            Err(error) => Err(SetError::Bad { path, why: error.to_string() }),
        }
    }

    /// How much may come otherwise; what lies behind the end of the set is not looked at.
    #[must_use]
    pub fn tolerance(&self) -> Tolerance {
        let to_sec = self.compare.to_sec.or(self.length_sec);
        Tolerance { to_sec, ..self.compare.clone() }
    }

    fn folder(dir: &Path) -> Result<Self, SetError> {
        let path = dir.join("set.toml");
        if !path.exists() {
            return Err(SetError::NoSet { path: dir.to_owned() });
        }
        let bad = |why: String| SetError::Bad { path: path.clone(), why };
        let text =
            fs::read_to_string(&path).map_err(|source| SetError::Read { path: path.clone(), source })?;
        let file = SetFile::parse(&text).map_err(bad)?;
        let (playback, services) = (playback(dir)?, services(dir)?);
        let processes = settings::processes(&playback, services.is_some());
        faults::check(&file.faults, &processes).map_err(bad)?;
        let date = file.date();
        let config = file.config.into_iter().map(|(name, given)| {
            settings::table(&name, given, &processes).map_err(|why| format!("[config.{name}]: {why}"))
        });
        let config = config.collect::<Result<_, String>>().map_err(bad)?;
        let audio = dir.join(&file.audio);
        if !audio.is_file() {
            return Err(bad(format!("audio: there is no {}", audio.display())));
        }
        let expected = Some(dir.join("osc.jsonl")).filter(|path| path.exists());
        Ok(Self {
            title: file.title.unwrap_or_else(|| Self::of_sound(dir).title),
            date,
            vj: file.vj,
            audio,
            audio_at_sec: file.audio_at,
            // A recorder that was killed could not say it.
            length_sec: file
                .length_sec
                .or_else(|| expected.as_deref().filter(|_| file.audio_at.is_some()).and_then(ends_at_sec)),
            seed: file.seed,
            faults: file.faults,
            config,
            playback,
            services,
            truth: truth(dir)?,
            expected,
            compare: file.compare.unwrap_or_default(),
        })
    }
}

fn playback(dir: &Path) -> Result<PlaybackTape, SetError> {
    let path = dir.join("playback.jsonl");
    if !path.exists() {
        return Ok(PlaybackTape::default());
    }
    PlaybackTape::read(&path).map_err(|why| SetError::Bad { path, why })
}

fn services(dir: &Path) -> Result<Option<ServicesTape>, SetError> {
    let path = dir.join("services.jsonl");
    let tape = path.exists().then(|| ServicesTape::read(&path));
    tape.transpose().map_err(|why| SetError::Bad { path, why })
}

/// When the last message came that stands in this file.
fn ends_at_sec(path: &Path) -> Option<f64> {
    /// No message of ours is longer.
    const TAIL_BYTES: u64 = 64 * 1024;
    let mut file = fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).ok()?;
    let mut tail = String::new();
    file.read_to_string(&mut tail).ok()?;
    tail.lines().rev().find_map(|line| serde_json::from_str::<OscLine>(line).ok()).map(|line| line.t)
}

fn truth(dir: &Path) -> Result<Option<Truth>, SetError> {
    let path = dir.join("truth.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|source| SetError::Read { path: path.clone(), source })?;
    serde_json::from_str(&text).map(Some).map_err(|e| SetError::Bad { path, why: e.to_string() })
}
