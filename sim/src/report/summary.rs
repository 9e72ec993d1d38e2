//! `report.json`: everything that is known of a run, in figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::agreement::Agreement;
use super::json;
use super::levels::Levels;
use super::lives::{Process, processes};
use super::log_lines::LogLines;
use super::meta::ReportMeta;
use super::music::Music;
use super::outages::{Fault, Outage, faults_and_outages};
use super::playing::Playing;
use super::pulse::Pulse;
use super::songs::Song;
use super::telemetry::Telemetry;
use super::units::{clock, coarse, counted, median, rounded, seconds};
use crate::checkers::Violation;
use crate::compare::Comparison;
use crate::history::{Entry, What};
use crate::osc_log::OscLine;

/// Slices per second of the levels in `report.json`.
const LEVELS_PER_SEC: u32 = 10;

/// `report.json`. The same logs give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Version of this document's shape.
    pub format: u32,
    /// Title of the set or name of the scenario.
    pub title: String,
    /// From which everything random was drawn.
    pub seed: u64,
    /// Of `vj`; empty if the history does not say.
    pub version: String,
    /// Name of the audio file.
    pub audio: Option<String>,
    /// How the run went, in a sentence.
    pub headline: String,
    /// How long the set is, in seconds.
    pub duration_sec: f64,
    /// When the run ended, in seconds since its start; all times below count from there.
    pub end_sec: f64,
    /// The figures that one looks at first.
    pub figures: Figures,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// Faults that were planned and struck nobody, in words.
    pub missed: Vec<String>,
    /// How what was sent stands beside what is expected, if that was asked for.
    pub comparison: Option<Comparison>,
    /// How far the analysis agrees with what is known about the sound.
    pub agreement: Option<Agreement>,
    /// What the simulator broke.
    pub faults: Vec<Fault>,
    /// When a process could not be reached.
    pub outages: Vec<Outage>,
    /// By name.
    pub processes: BTreeMap<String, Process>,
    /// How much came on each OSC address.
    pub telemetry: Telemetry,
    /// What the visuals were told about the music.
    pub music: Music,
    /// What the visuals were told to be playing.
    pub playing: Vec<Playing>,
    /// What they were told of the words of each song.
    pub songs: Vec<Song>,
    /// `/audio/levels`, ten times a second.
    pub levels: Levels,
    /// What the processes warned of.
    pub log: LogLines,
}

/// The figures that one looks at first.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Figures {
    /// OSC messages.
    pub messages: usize,
    /// Of them a second, over the whole run.
    pub messages_per_sec: f64,
    /// Messages of `/audio/levels`.
    pub ticks: usize,
    /// How many more would have come without gaps.
    pub ticks_missed: usize,
    /// The longest silence between two ticks.
    pub largest_gap_sec: Option<f64>,
    /// When it began.
    pub largest_gap_at: Option<f64>,
    /// Beats told.
    pub beats: usize,
    /// The middle one of all tempi told, in BPM.
    pub tempo_bpm: Option<f64>,
    /// The lowest and the highest tempo told, but for the outermost 2 % of the messages.
    pub tempo_range_bpm: Option<(f64, f64)>,
    /// Faults.
    pub faults: usize,
    /// Times that a process could not be reached.
    pub outages: usize,
    /// Those that lasted to the end.
    pub never_recovered: usize,
    /// The longest of the others.
    pub recovery_sec_max: Option<f64>,
    /// Restarts of all processes.
    pub restarts: usize,
    /// Warnings in the logs.
    pub warnings: usize,
    /// Errors in the logs, panics among them.
    pub errors: usize,
}

impl Summary {
    /// What the two logs say.
    #[must_use]
    pub fn of(meta: &ReportMeta, entries: &[Entry], lines: &[OscLine]) -> Self {
        let end_sec = end_sec(meta, entries, lines);
        let (faults, outages) = faults_and_outages(entries, &Pulse::all(lines));
        let music = Music::of(lines);
        let truth = meta.truth.as_ref().map(|truth| truth.shifted(meta.audio_starts_sec));
        let mut summary = Self {
            format: 1,
            title: meta.title.clone(),
            seed: meta.seed,
            version: version(entries),
            audio: meta.audio.clone(),
            headline: String::new(),
            duration_sec: rounded(meta.duration_sec),
            end_sec,
            figures: Figures::default(),
            violations: meta.violations.clone(),
            missed: meta.missed.clone(),
            comparison: meta.comparison.clone(),
            agreement: truth.map(|truth| Agreement::of(&music, &truth)),
            faults,
            outages,
            processes: processes(entries, end_sec),
            telemetry: Telemetry::of(lines, end_sec),
            music,
            playing: Playing::all(lines, end_sec),
            songs: Song::all(lines, end_sec),
            levels: Levels::of(lines, LEVELS_PER_SEC, end_sec),
            log: LogLines::of(entries),
        };
        summary.figures = summary.figures();
        summary.headline = summary.headline() + &summary.shortfalls();
        summary
    }

    /// The text of `report.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::text(self)
    }

    fn figures(&self) -> Figures {
        let messages = self.telemetry.messages();
        let gap = self.telemetry.largest_gap;
        let tempi = || self.music.tempo.iter().map(|(_, bpm)| *bpm).collect::<Vec<_>>();
        Figures {
            messages,
            messages_per_sec: if self.end_sec > 0.0 { coarse(messages as f64 / self.end_sec) } else { 0.0 },
            ticks: self.telemetry.ticks,
            ticks_missed: self.telemetry.ticks_missed,
            largest_gap_sec: gap.map(|gap| gap.sec),
            largest_gap_at: gap.map(|gap| gap.start),
            beats: self.music.beats.len(),
            tempo_bpm: median(tempi()),
            tempo_range_bpm: range(tempi()),
            faults: self.faults.len(),
            outages: self.outages.len(),
            never_recovered: self.outages.iter().filter(|outage| outage.end.is_none()).count(),
            recovery_sec_max: self
                .outages
                .iter()
                .filter_map(|outage| outage.recovery_sec)
                .max_by(f64::total_cmp),
            restarts: self.processes.values().map(|process| process.restarts).sum(),
            warnings: self.log.warnings,
            errors: self.log.errors,
        }
    }

    /// Whether all that must hold did.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let as_expected = self.comparison.as_ref().is_none_or(Comparison::holds);
        self.figures.never_recovered == 0 && self.violations.is_empty() && as_expected
    }

    /// What the headline goes on with where something did not hold.
    fn shortfalls(&self) -> String {
        let mut words = String::new();
        if !self.violations.is_empty() {
            let count = self.violations.len();
            let word = if count == 1 { "property" } else { "properties" };
            words += &format!(" {count} {word} did not hold.");
        }
        if self.comparison.as_ref().is_some_and(|it| !it.holds()) {
            words += " What was sent is not as expected.";
        }
        words
    }

    fn headline(&self) -> String {
        let lost: Vec<&Outage> = self.outages.iter().filter(|outage| outage.end.is_none()).collect();
        let longest = self
            .outages
            .iter()
            .max_by(|a, b| a.recovery_sec.unwrap_or(0.0).total_cmp(&b.recovery_sec.unwrap_or(0.0)));
        match (lost.as_slice(), longest) {
            ([one], _) => format!("{} went down at {} and never came back.", one.process, clock(one.start)),
            ([first, ..], _) => {
                format!(
                    "{} never ended; the first: {} at {}.",
                    counted(lost.len(), "outage"),
                    first.process,
                    clock(first.start)
                )
            }
            ([], Some(one)) if self.outages.len() == 1 => {
                format!(
                    "{} went down at {} and was back after {}.",
                    one.process,
                    clock(one.start),
                    recovery(one)
                )
            }
            ([], Some(longest)) => format!(
                "{}, and every process came back; the longest took {} ({}).",
                counted(self.outages.len(), "outage"),
                recovery(longest),
                longest.process
            ),
            ([], None) if self.faults.is_empty() => "The set ran through without an interruption.".to_owned(),
            ([], None) => format!("{}, and no process went down.", counted(self.faults.len(), "fault")),
        }
    }
}

fn recovery(outage: &Outage) -> String {
    seconds(outage.recovery_sec.unwrap_or(0.0))
}

/// The run lasts at least as long as the set, and until the last thing that happened.
fn end_sec(meta: &ReportMeta, entries: &[Entry], lines: &[OscLine]) -> f64 {
    let last = entries.iter().map(|entry| entry.t).chain(lines.iter().map(|line| line.t));
    rounded(last.fold(meta.duration_sec, f64::max))
}

fn version(entries: &[Entry]) -> String {
    let told = entries.iter().find_map(|entry| match &entry.what {
        What::Run { version, .. } => Some(version.clone()),
        _ => None,
    });
    told.unwrap_or_default()
}

/// Without the outermost 2 %: the first guesses after a start are no tempo of the set.
fn range(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 50;
    Some((*values.get(cut)?, *values.get(values.len().checked_sub(1 + cut)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{fault, killed_once};

    fn meta() -> ReportMeta {
        ReportMeta { title: "small".into(), seed: 7, duration_sec: 88.0, ..ReportMeta::default() }
    }

    #[test]
    fn the_figures_of_a_set_with_one_kill() {
        let (entries, lines) = killed_once();
        let summary = Summary::of(&meta(), &entries, &lines);
        assert_eq!(summary.headline, "audio_analyzer went down at 1:00.00 and was back after 1.02 s.");
        assert_eq!((summary.version.as_str(), summary.duration_sec, summary.end_sec), ("0.1.0", 88.0, 90.0));
        let figures = &summary.figures;
        assert_eq!(
            (figures.faults, figures.outages, figures.never_recovered, figures.restarts),
            (1, 1, 0, 1)
        );
        assert_eq!((figures.recovery_sec_max, figures.warnings, figures.errors), (Some(1.02), 1, 0));
        assert_eq!((figures.ticks, figures.ticks_missed), (lines.len(), 66));
        assert_eq!(figures.largest_gap_at.map(f64::floor), Some(59.0));
    }

    #[test]
    fn the_same_logs_give_the_same_bytes() {
        let (entries, lines) = killed_once();
        let text = Summary::of(&meta(), &entries, &lines).to_json();
        assert_eq!(text, Summary::of(&meta(), &entries, &lines).to_json());
        assert!(text.contains("\"recovery_sec_max\": 1.02,"), "{text}");
    }

    #[test]
    fn the_headline_says_what_never_came_back() {
        let (mut entries, lines) = killed_once();
        entries.truncate(11);
        assert_eq!(
            Summary::of(&meta(), &entries, &lines).headline,
            "audio_analyzer went down at 1:00.00 and never came back."
        );
    }

    #[test]
    fn a_quiet_run_says_so_and_an_empty_one_does_no_harm() {
        let quiet = Summary::of(&meta(), &[], &[]);
        assert_eq!(quiet.headline, "The set ran through without an interruption.");
        assert_eq!(quiet.figures.largest_gap_sec, None);
        let struck = Summary::of(&meta(), &[fault(1.0, "slice", "a")], &[]);
        assert_eq!(struck.headline, "1 fault, and no process went down.");
        let nothing = Summary::of(&ReportMeta::default(), &[], &[]);
        assert_eq!(nothing.levels.bands[0], []);
    }
}
