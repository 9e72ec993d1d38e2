//! What a scenario file may say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand_pcg::Pcg64;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use toml::Spanned;
use vj_core::ProcessName;

use super::hold::{self, Held};
use super::staged::{Evening, Services};
use crate::faults::{self, Fault, FaultKind, Possible};
use crate::playback_tape::PlaybackTape;
use crate::scenarios::Drivers;
use crate::services::ServicesTape;
use crate::set::{self, Set};

/// A day and some: nobody waits for the end of a longer one.
const LONGEST_SEC: f64 = 100_000.0;

/// Until the show stands.
pub(super) const STANDS_SEC: f64 = 5.0;

/// A scenario that is a file.
pub struct ScenarioFile {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) drivers: Drivers,
    pub(super) long: bool,
    pub(super) twice: bool,
    pub(super) sometimes: Vec<String>,
    pub(super) end_sec: f64,
    pub(super) real_end_sec: f64,
    pub(super) settle_sec: f64,
    pub(super) hold: Vec<Held>,
    pub(super) sound: Option<String>,
    pub(super) cards: Vec<Card>,
    pub(super) evening: Option<Evening>,
    pub(super) playback: PlaybackTape,
    pub(super) services: Option<Services>,
    pub(super) config: BTreeMap<ProcessName, Map<String, Value>>,
    pub(super) processes: Vec<ProcessName>,
    pub(super) asks: bool,
    pub(super) keep_osc: bool,
    pub(super) faults: Vec<Fault>,
    pub(super) draw: Vec<Draw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    #[serde(default)]
    drivers: Word,
    end_sec: f64,
    real_end_sec: Option<f64>,
    #[serde(default = "settle_sec")]
    settle_sec: f64,
    #[serde(default)]
    long: bool,
    #[serde(default)]
    twice: bool,
    #[serde(default)]
    sometimes: Vec<Spanned<String>>,
    hold: Vec<Spanned<toml::Value>>,
    stage: Spanned<StageTable>,
    #[serde(default)]
    faults: Vec<Spanned<Fault>>,
    #[serde(default)]
    draw: Vec<Spanned<Draw>>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Word {
    #[default]
    Both,
    Virtual,
    Real,
}

fn settle_sec() -> f64 {
    15.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageTable {
    sound: Option<String>,
    #[serde(default)]
    cards: Vec<Card>,
    set: Option<PathBuf>,
    evening: Option<Evening>,
    playback: Option<toml::Value>,
    services: Option<toml::Value>,
    #[serde(default)]
    also: Vec<ProcessWord>,
    #[serde(default)]
    config: BTreeMap<String, toml::Table>,
    #[serde(default = "yes")]
    clients: bool,
    #[serde(default = "yes")]
    keep_osc: bool,
}

/// The workers that nothing else on a stage brings with it.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ProcessWord {
    TestWorker,
    OscDebugger,
    LyricsFetcher,
    SpotifyMonitor,
    VirtualdjMonitor,
}

fn yes() -> bool {
    true
}

/// An audio input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Card {
    pub(super) name: String,
    #[serde(default = "rate_hz")]
    pub(super) rate_hz: u32,
    #[serde(default = "channels")]
    pub(super) channels: u16,
    #[serde(default)]
    pub(super) loopback: bool,
}

fn rate_hz() -> u32 {
    44_100
}

fn channels() -> u16 {
    2
}

/// Faults that are drawn from the seed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draw {
    /// How.
    #[serde(default)]
    pub(super) how: How,
    /// So many a minute, for `how = "rate"`.
    pub(super) per_min: Option<f64>,
    /// Which; all that is possible if it does not say.
    pub(super) kinds: Option<Vec<FaultKind>>,
    /// Whom; all if it does not say.
    pub(super) processes: Option<Vec<String>>,
    /// From when on, in seconds.
    #[serde(default = "stands_sec")]
    pub(super) from_sec: f64,
    /// Until when; three quarters of the run if it does not say.
    pub(super) until_sec: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum How {
    /// Each kind is off with one half, the others come at very different rates.
    #[default]
    Swarm,
    /// So many a minute.
    Rate,
    /// Clogged one by one, freed in another order.
    Swizzle,
}

fn stands_sec() -> f64 {
    STANDS_SEC
}

impl ScenarioFile {
    /// Reads one.
    ///
    /// # Errors
    /// The file, the line where there is one, what is wrong there and what is allowed.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bad = |why: String| format!("{}: {why}", path.display());
        let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        Self::parse(path, &text).map_err(bad)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| set::in_one_line(&error, text))?;
        let at = |span: std::ops::Range<usize>, why: String| {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("line {line}: {why}")
        };
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let real_end_sec = file.real_end_sec.unwrap_or(file.end_sec);
        for (key, value) in
            [("end_sec", file.end_sec), ("real_end_sec", real_end_sec), ("settle_sec", file.settle_sec)]
        {
            if !(1.0..=LONGEST_SEC).contains(&value) {
                return Err(format!("'{key}' cannot be {value} (allowed: 1 to {LONGEST_SEC})"));
            }
        }
        let hold = file.hold.iter().map(|it| hold::read(it.get_ref()).map_err(|why| at(it.span(), why)));
        let hold: Vec<Held> = hold.collect::<Result<_, _>>()?;
        if hold.is_empty() {
            return Err("'hold' is empty: a scenario in which nothing must hold proves nothing".to_owned());
        }
        let span = file.stage.span();
        let stage = file.stage.into_inner();
        let folder = path.parent().unwrap_or(Path::new("."));
        let Staged { playback, services, processes, config } =
            staged(&stage, folder).map_err(|why| at(span, why))?;
        let cards: Vec<String> = stage.cards.iter().map(|card| card.name.clone()).collect();
        let mut faults = Vec::new();
        for fault in file.faults {
            let span = fault.span();
            let fault = fault.into_inner();
            let makes_sense = fault.check().and_then(|()| fault.fits(&processes, &cards));
            makes_sense.map_err(|why| at(span.clone(), why))?;
            if fault.at >= file.end_sec {
                return Err(at(
                    span,
                    format!("fault at {} s: the run is over at {} s", fault.at, file.end_sec),
                ));
            }
            faults.push(fault);
        }
        let mut draw = Vec::new();
        for drawn in file.draw {
            check_draw(drawn.get_ref(), &processes, file.end_sec).map_err(|why| at(drawn.span(), why))?;
            draw.push(drawn.into_inner());
        }
        for one in &file.sometimes {
            let first = one.get_ref().split(' ').next().unwrap_or_default();
            if !FaultKind::ALL.iter().any(|kind| kind.as_str() == first) {
                let known: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.as_str()).collect();
                let why = format!("'{first}' is no kind of fault (there are: {})", known.join(", "));
                return Err(at(one.span(), why));
            }
        }
        let drivers = match file.drivers {
            Word::Both => Drivers::Both,
            Word::Virtual => Drivers::VirtualOnly,
            Word::Real => Drivers::RealOnly,
        };
        Ok(Self {
            path: path.to_owned(),
            name,
            about: file.about,
            drivers,
            long: file.long,
            twice: file.twice,
            sometimes: file.sometimes.into_iter().map(Spanned::into_inner).collect(),
            end_sec: file.end_sec,
            real_end_sec,
            settle_sec: file.settle_sec,
            hold,
            sound: stage.sound,
            cards: stage.cards,
            evening: stage.evening,
            playback,
            services,
            config,
            processes,
            asks: stage.clients,
            keep_osc: stage.keep_osc,
            faults,
            draw,
        })
    }

    /// What breaks in a run of this length: what stands in the file, and what is drawn.
    pub(super) fn plan(&self, rng: &mut Pcg64, end_sec: f64) -> Vec<Fault> {
        let mut plan = self.faults.clone();
        for draw in &self.draw {
            // A run in real time may be shorter: what is drawn for it comes to rest as early.
            let until_sec = draw.until_sec.map_or(0.75 * end_sec, |sec| sec * end_sec / self.end_sec);
            let length_sec = (until_sec - draw.from_sec).max(0.0);
            let possible = self.possible(draw);
            // The other two leave a quarter of what they are given alone; here all of it is for them.
            let whole_sec = length_sec / 0.75;
            let drawn = match draw.how {
                How::Swarm => faults::draw(rng, whole_sec, &possible),
                How::Rate => faults::chaos(rng, length_sec, draw.per_min.unwrap_or_default(), &possible),
                How::Swizzle => faults::swizzle(rng, whole_sec, &possible.processes),
            };
            let from_sec = draw.from_sec;
            let later = |sec: f64| ((sec + from_sec) * 1e3).round() / 1e3;
            plan.extend(drawn.into_iter().map(|fault| Fault { at: later(fault.at), ..fault }));
        }
        plan.sort_by(|one, two| one.at.total_cmp(&two.at));
        plan
    }

    fn possible(&self, draw: &Draw) -> Possible {
        let named = draw.processes.iter().flatten().filter_map(|name| name.parse().ok());
        let named: Vec<ProcessName> = named.collect();
        let processes = if named.is_empty() { self.processes.clone() } else { named };
        let mut possible = Possible::on(&processes);
        // Who is asked is there whoever is struck.
        possible.kinds = Possible::around(&self.processes).kinds;
        possible.cards = self.cards.iter().map(|it| (it.name.clone(), it.rate_hz, it.channels)).collect();
        if !possible.cards.is_empty() {
            possible.kinds.extend([FaultKind::Unplug, FaultKind::Sound]);
        }
        match &draw.kinds {
            Some(kinds) => possible.only(kinds),
            None => possible,
        }
    }
}

fn check_draw(draw: &Draw, processes: &[ProcessName], end_sec: f64) -> Result<(), String> {
    for name in draw.processes.iter().flatten() {
        set::known(name, processes)?;
    }
    match (draw.how, draw.per_min) {
        (How::Rate, Some(rate)) if rate > 0.0 && rate <= 600.0 => {}
        (How::Rate, Some(rate)) => {
            return Err(format!("'per_min' cannot be {rate} (allowed: above 0, to 600)"));
        }
        (How::Rate, None) => return Err("'per_min' is missing: how = \"rate\" needs it".to_owned()),
        (_, Some(_)) => return Err("'per_min' says something only with how = \"rate\"".to_owned()),
        (_, None) => {}
    }
    let until_sec = draw.until_sec.unwrap_or(0.75 * end_sec);
    if draw.from_sec < 0.0 || until_sec <= draw.from_sec || until_sec > end_sec {
        let from_sec = draw.from_sec;
        return Err(format!(
            "faults from {from_sec} to {until_sec} s: they must lie within the run of {end_sec} s"
        ));
    }
    for kind in draw.kinds.iter().flatten() {
        let asks = match kind {
            FaultKind::Spotify => Some(ProcessName::SpotifyMonitor),
            kind if kind.is_on_a_tape() => Some(ProcessName::LyricsFetcher),
            _ => None,
        };
        if let Some(missing) = asks.filter(|process| !processes.contains(process)) {
            return Err(format!("a '{kind}' strikes nobody where there is no {missing}"));
        }
        if *kind == FaultKind::Virtualdj {
            return Err(
                "a 'virtualdj' is not drawn: an evening does much to its file, and [[faults]] may".to_owned()
            );
        }
    }
    Ok(())
}

/// What a stage comes to.
struct Staged {
    playback: PlaybackTape,
    services: Option<Services>,
    processes: Vec<ProcessName>,
    config: BTreeMap<ProcessName, Map<String, Value>>,
}

fn staged(stage: &StageTable, folder: &Path) -> Result<Staged, String> {
    let set = stage.set.as_ref().map(|path| Set::open(&folder.join(path)).map_err(|error| error.to_string()));
    let set = set.transpose()?;
    let players = [stage.evening.is_some(), stage.playback.is_some(), set.is_some()];
    if players.iter().filter(|is_there| **is_there).count() > 1 {
        return Err("who plays is said twice (allowed: one of 'evening', 'playback', 'set')".to_owned());
    }
    if stage.sound.is_some() && !stage.cards.is_empty() {
        return Err("where the sound comes from is said twice (allowed: 'sound' or 'cards')".to_owned());
    }
    let (mut playback, mut services) = (PlaybackTape::default(), None);
    if let Some(set) = set {
        (playback, services) = (set.playback, set.services.map(Services::Tape));
    }
    if let Some(told) = &stage.playback {
        playback = PlaybackTape::parse(&lines(told, folder)?).map_err(|why| format!("'playback': {why}"))?;
    }
    if let Some(told) = &stage.services {
        services = Some(match told.as_str() {
            Some("songs") => Services::Songs,
            _ => {
                let tape = ServicesTape::parse(&lines(told, folder)?);
                Services::Tape(tape.map_err(|why| format!("'services': {why}"))?)
            }
        });
    }
    let has = |word| stage.also.iter().any(|it| std::mem::discriminant(it) == std::mem::discriminant(&word));
    let has_sound = stage.sound.is_some() || !stage.cards.is_empty() || stage.set.is_some();
    let plays = stage.evening.is_some();
    let there = [
        (ProcessName::AudioAnalyzer, has_sound),
        (
            ProcessName::SpotifyMonitor,
            plays || playback.spotify.is_some() || has(ProcessWord::SpotifyMonitor),
        ),
        (
            ProcessName::VirtualDjMonitor,
            plays || playback.has_virtualdj() || has(ProcessWord::VirtualdjMonitor),
        ),
        (ProcessName::LyricsFetcher, services.is_some() || has(ProcessWord::LyricsFetcher)),
        (ProcessName::OscDebugger, has(ProcessWord::OscDebugger)),
        (ProcessName::TestWorker, has(ProcessWord::TestWorker)),
        (ProcessName::ProcessManager, true),
    ];
    let processes: Vec<_> =
        there.into_iter().filter_map(|(name, is_there)| is_there.then_some(name)).collect();
    if processes.len() == 1 {
        return Err("nobody plays: 'sound', 'cards', 'evening', 'playback', 'set', 'services' or 'also' brings a worker".to_owned());
    }
    if services.is_none() && processes.contains(&ProcessName::LyricsFetcher) {
        services = Some(Services::Tape(ServicesTape::default()));
    }
    let config = stage.config.iter().map(|(name, table)| {
        set::table(name, table.clone(), &processes).map_err(|why| format!("[stage.config.{name}]: {why}"))
    });
    Ok(Staged { config: config.collect::<Result<_, _>>()?, playback, services, processes })
}

/// A tape: a file beside this one, or its lines as tables.
fn lines(told: &toml::Value, folder: &Path) -> Result<String, String> {
    if let Some(path) = told.as_str() {
        let path = folder.join(path);
        return fs::read_to_string(&path)
            .map_err(|error| format!("failed to read {}: {error}", path.display()));
    }
    let Some(tables) = told.as_array() else {
        return Err("a tape is the name of a file, or a list of lines: { t = 1.0, ... }".to_owned());
    };
    tables.iter().map(|table| Ok(format!("{}\n", json!(table)))).collect()
}
