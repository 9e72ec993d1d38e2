//! A set: what is played in a rehearsal.
//!
//! A folder with `set.toml`, or a bare sound file. Beside it may lie `playback.jsonl`, what Spotify and VirtualDJ do (a
//! [`PlaybackTape`]), `services.jsonl`, what LRCLIB, models and painters answer (a [`ServicesTape`]), and `truth.json`.
//! `set.toml`, format 1:
//!
//! ```toml
//! format = 1
//! title = "First night"
//! audio = "audio.wav"        # beside set.toml
//! seed = 1                   # from which everything random is drawn
//!
//! [config.audio_analyzer]    # settings that differ from the defaults
//! enable_pitch = false
//!
//! [[faults]]                 # what breaks on the way
//! at = 50.0                  # seconds of the show
//! kind = "kill"
//! target = "audio_analyzer"
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use vj_core::ProcessName;
use vj_core::settings::{Settings, Source};

use crate::faults::Fault;
use crate::playback_tape::PlaybackTape;
use crate::report::Truth;
use crate::services::ServicesTape;
use crate::stage;

/// The only format there is so far.
const FORMAT: u32 = 1;

/// Faults in one plan: a night has 40,000 seconds, and one a second is more than anybody can read about.
const FAULTS_MAX: usize = 10_000;

/// What is played in a rehearsal.
#[derive(Debug, Clone)]
pub struct Set {
    /// For people.
    pub title: String,
    /// The sound.
    pub audio: PathBuf,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFile {
    format: u32,
    title: Option<String>,
    audio: PathBuf,
    #[serde(default = "first_seed")]
    seed: u64,
    #[serde(default)]
    faults: Vec<Fault>,
    #[serde(default)]
    config: BTreeMap<String, toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsFile {
    #[serde(default)]
    faults: Vec<Fault>,
}

fn first_seed() -> u64 {
    1
}

impl Set {
    /// Opens a set folder, or makes a set of a bare sound file.
    ///
    /// # Errors
    /// See [`SetError`]. The sound itself is not opened yet.
    pub fn open(path: &Path) -> Result<Self, SetError> {
        let found = fs::metadata(path).map_err(|source| SetError::Read { path: path.to_owned(), source })?;
        if found.is_dir() { Self::folder(path) } else { Ok(Self::bare(path)) }
    }

    fn bare(path: &Path) -> Self {
        let title = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (audio, seed) = (path.to_owned(), first_seed());
        let (faults, config, playback) = Default::default();
        Self { title, audio, seed, faults, config, playback, services: None, truth: None }
    }

    /// The processes that play it, which alone can be set and struck.
    #[must_use]
    pub fn processes(&self) -> Vec<ProcessName> {
        processes(&self.playback, self.services.is_some())
    }

    fn folder(dir: &Path) -> Result<Self, SetError> {
        let path = dir.join("set.toml");
        if !path.exists() {
            return Err(SetError::NoSet { path: dir.to_owned() });
        }
        let bad = |why: String| SetError::Bad { path: path.clone(), why };
        let text =
            fs::read_to_string(&path).map_err(|source| SetError::Read { path: path.clone(), source })?;
        let file: SetFile = toml::from_str(&text).map_err(|e| bad(in_one_line(&e, &text)))?;
        if file.format != FORMAT {
            return Err(bad(format!("format cannot be {} (allowed: {FORMAT})", file.format)));
        }
        let (playback, services) = (playback(dir)?, services(dir)?);
        let processes = processes(&playback, services.is_some());
        check(&file.faults).map_err(bad)?;
        strikes(&file.faults, &processes).map_err(bad)?;
        let config = file.config.into_iter().map(|(name, given)| {
            table(&name, given, &processes).map_err(|why| format!("[config.{name}]: {why}"))
        });
        let config = config.collect::<Result<_, String>>().map_err(bad)?;
        let audio = dir.join(&file.audio);
        if !audio.is_file() {
            return Err(bad(format!("audio: there is no {}", audio.display())));
        }
        let title = file.title.unwrap_or_else(|| Self::bare(dir).title);
        let (seed, faults) = (file.seed, file.faults);
        Ok(Self { title, audio, seed, faults, config, playback, services, truth: truth(dir)? })
    }
}

/// Reads a plan of faults for a set of these processes: a file of `[[faults]]` as in `set.toml`.
///
/// # Errors
/// See [`SetError`].
pub fn read_faults(path: &Path, processes: &[ProcessName]) -> Result<Vec<Fault>, SetError> {
    let text = fs::read_to_string(path).map_err(|source| SetError::Read { path: path.to_owned(), source })?;
    let bad = |why: String| SetError::Bad { path: path.to_owned(), why };
    let file: FaultsFile = toml::from_str(&text).map_err(|e| bad(in_one_line(&e, &text)))?;
    check(&file.faults).map_err(bad)?;
    strikes(&file.faults, processes).map_err(bad)?;
    Ok(file.faults)
}

/// The sound is always there, who follows a player where the tape has one, and who looks for lyrics where there is somebody
/// to ask.
fn processes(playback: &PlaybackTape, has_services: bool) -> Vec<ProcessName> {
    let mut processes = vec![ProcessName::AudioAnalyzer];
    processes.extend(playback.spotify.is_some().then_some(ProcessName::SpotifyMonitor));
    processes.extend(playback.virtualdj.is_some().then_some(ProcessName::VirtualDjMonitor));
    processes.extend(has_services.then_some(ProcessName::LyricsFetcher));
    processes.push(ProcessName::ProcessManager);
    processes
}

/// Settings that are the rehearsal's own: it says where sound and answers come from.
const OURS: [(ProcessName, &[&str], &str); 4] = [
    (ProcessName::AudioAnalyzer, &["source", "loop"], "the sound is named by 'audio' and played once"),
    (
        ProcessName::SpotifyMonitor,
        &["source", "client_id", "api_base_url", "auth_base_url", "redirect_uri"],
        "what Spotify answers stands in playback.jsonl",
    ),
    (
        ProcessName::VirtualDjMonitor,
        &["file_path", "os2l", "os2l_listen", "osc", "osc_send", "osc_listen"],
        "what VirtualDJ writes stands in playback.jsonl",
    ),
    (
        ProcessName::LyricsFetcher,
        &["lrclib_base_url", "ollama_base_url", "openai_base_url", "comfyui_base_url", "comfyui_workflow"],
        "what services answer stands in services.jsonl",
    ),
];

pub(crate) fn known(name: &str, processes: &[ProcessName]) -> Result<ProcessName, String> {
    let known = || processes.iter().map(|process| process.as_str()).collect::<Vec<_>>().join(", ");
    let process = name.parse().ok().filter(|process| processes.contains(process));
    process.ok_or_else(|| format!("there is no process '{name}' in this set (there are: {})", known()))
}

/// One table of settings, checked now and not when the worker starts: then it would end at once, again and again.
pub(crate) fn table(
    name: &str,
    table: toml::Table,
    processes: &[ProcessName],
) -> Result<(ProcessName, Map<String, Value>), String> {
    let process = known(name, processes)?;
    let table =
        serde_json::to_value(table).map_err(|e| e.to_string())?.as_object().cloned().unwrap_or_default();
    for (_, keys, why) in OURS.iter().filter(|(owner, ..)| *owner == process) {
        if let Some(key) = keys.iter().find(|key| table.contains_key(**key)) {
            return Err(format!("'{key}' is the rehearsal's own: {why}"));
        }
    }
    let mut settings = Settings::new(stage::keys(process));
    settings.set_layer(Source::File, table.clone()).map_err(|e| e.to_string())?;
    stage::check(process, &settings)?;
    Ok((process, table))
}

fn check(faults: &[Fault]) -> Result<(), String> {
    if faults.len() > FAULTS_MAX {
        return Err(format!("{} faults are more than the limit of {FAULTS_MAX}", faults.len()));
    }
    faults.iter().try_for_each(Fault::check)
}

/// Whether the faults strike processes that there are.
fn strikes(faults: &[Fault], processes: &[ProcessName]) -> Result<(), String> {
    for fault in faults {
        if let Some(target) = fault.process()? {
            known(target.as_str(), processes).map_err(|why| format!("fault at {} s: {why}", fault.at))?;
        }
        fault.fits(processes, &[])?;
    }
    Ok(())
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

fn truth(dir: &Path) -> Result<Option<Truth>, SetError> {
    let path = dir.join("truth.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|source| SetError::Read { path: path.clone(), source })?;
    serde_json::from_str(&text).map(Some).map_err(|e| SetError::Bad { path, why: e.to_string() })
}

/// What is wrong with a TOML file, as one line with the place.
pub(crate) fn in_one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message().replace('\n', ", ");
    line.map_or(message.clone(), |line| format!("line {line}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(set_toml: &str) -> Result<Set, String> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("set.toml"), set_toml).unwrap();
        fs::write(dir.path().join("audio.wav"), "").unwrap();
        Set::open(dir.path()).map_err(|e| e.to_string().replace(&dir.path().display().to_string(), "DIR"))
    }

    #[test]
    fn a_set_says_what_is_played_and_what_breaks() {
        let set = open(
            "format = 1\ntitle = \"T\"\naudio = \"audio.wav\"\n[config.audio_analyzer]\nenable_pitch = false\n\
             [[faults]]\nat = 1.5\nkind = \"kill\"\ntarget = \"audio_analyzer\"\n",
        );
        let set = set.unwrap();
        assert_eq!((set.title.as_str(), set.seed, set.faults.len()), ("T", 1, 1));
        assert_eq!(set.config[&ProcessName::AudioAnalyzer]["enable_pitch"], false);
    }

    #[test]
    fn a_mistake_is_named_with_its_place_and_what_is_allowed() {
        let start = "format = 1\naudio = \"audio.wav\"\n";
        for (text, expected) in [
            ("format = 2\naudio = \"audio.wav\"", "DIR/set.toml: format cannot be 2 (allowed: 1)"),
            ("format = 1\naudio = \"x.wav\"", "DIR/set.toml: audio: there is no DIR/x.wav"),
            ("format = 1", "DIR/set.toml: line 1: missing field `audio`"),
            (
                &format!("{start}sead = 2"),
                "DIR/set.toml: line 3: unknown field `sead`, expected one of `format`, `title`, `audio`, `seed`, `faults`, `config`",
            ),
            (
                &format!("{start}[[faults]]\nat = 1.0\nkind = \"kill\"\n"),
                "DIR/set.toml: fault at 1 s: 'target' is missing (a process)",
            ),
            (
                &format!("{start}[[faults]]\nat = -1.0\nkind = \"weather\"\n"),
                "DIR/set.toml: fault at -1 s: 'at' cannot be -1 (allowed: 0 to 604800)",
            ),
        ] {
            assert_eq!(open(text).unwrap_err(), expected, "{text}");
        }
        let unknown = open(&format!("{start}[[faults]]\nat = 1.0\nkind = \"trip\"\n")).unwrap_err();
        assert!(unknown.contains("line 5") && unknown.contains("`kill`"), "{unknown}");
        let nobody = open(&format!("{start}[config.nobody]\n")).unwrap_err();
        let ours = open(&format!("{start}[config.audio_analyzer]\nloop = true\n")).unwrap_err();
        assert!(ours.contains("'loop' is the rehearsal's own"), "{ours}");
        let law = open(&format!("{start}[config.process_manager]\nkill_after = 1\n")).unwrap_err();
        assert!(law.contains("[config.process_manager]: supervision.kill_after is 1 s"), "{law}");
        let absent = format!("{start}[[faults]]\nat = 1.0\nkind = \"kill\"\ntarget = \"test_worker\"\n");
        let absent = open(&absent).unwrap_err();
        assert!(absent.contains("fault at 1 s: there is no process 'test_worker'"), "{absent}");
        assert!(nobody.contains("[config.nobody]: there is no process 'nobody' in this set (there are: audio_analyzer, process_manager)"), "{nobody}");
    }

    #[test]
    fn what_the_players_do_lies_beside_it_and_brings_its_processes() {
        let dir = tempfile::tempdir().unwrap();
        let text = "format = 1\naudio = \"audio.wav\"\n[config.spotify_monitor]\npoll_interval = 1.0\n";
        fs::write(dir.path().join("audio.wav"), "").unwrap();
        fs::write(dir.path().join("set.toml"), text).unwrap();
        let error = Set::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("there is no process 'spotify_monitor' in this set"), "{error}");
        fs::write(dir.path().join("playback.jsonl"), "{\"t\": 1, \"spotify\": \"stop\"}\n").unwrap();
        let set = Set::open(dir.path()).unwrap();
        assert_eq!(
            set.processes(),
            [ProcessName::AudioAnalyzer, ProcessName::SpotifyMonitor, ProcessName::ProcessManager]
        );
        fs::write(dir.path().join("set.toml"), text.replace("poll_interval = 1.0", "client_id = \"me\""))
            .unwrap();
        let error = Set::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("'client_id' is the rehearsal's own"), "{error}");
        fs::write(
            dir.path().join("set.toml"),
            "format = 1\naudio = \"audio.wav\"\n[config.lyrics_fetcher]\n",
        )
        .unwrap();
        let error = Set::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("there is no process 'lyrics_fetcher' in this set"), "{error}");
        fs::write(dir.path().join("services.jsonl"), "{\"t\": 1, \"lrclib\": \"sings\"}\n").unwrap();
        let error = Set::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("services.jsonl: line 1: unknown variant `sings`"), "{error}");
        fs::write(dir.path().join("services.jsonl"), "{\"t\": 1, \"lrclib\": \"down\"}\n").unwrap();
        assert!(Set::open(dir.path()).unwrap().processes().contains(&ProcessName::LyricsFetcher));
        fs::write(dir.path().join("playback.jsonl"), "{\"t\": 1}\n").unwrap();
        let error = Set::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("playback.jsonl: line 1: nothing happens in it"), "{error}");
    }

    #[test]
    fn a_bare_sound_file_is_a_set_too() {
        let dir = tempfile::tempdir().unwrap();
        let audio = dir.path().join("night.flac");
        fs::write(&audio, "").unwrap();
        assert_eq!(Set::open(&audio).unwrap().title, "night");
        assert!(Set::open(dir.path()).unwrap_err().to_string().contains("it has no set.toml"));
        assert!(Set::open(&dir.path().join("none")).unwrap_err().to_string().contains("failed to read"));
    }
}
