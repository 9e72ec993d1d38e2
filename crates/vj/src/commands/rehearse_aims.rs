//! What a rehearsal is measured by: what the set expects, faults that nobody has planned, and the file for CI.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use vj_sim::checkers::Class;
use vj_sim::compare::{Comparison, Tolerance, compare};
use vj_sim::faults::{self, Fault};
use vj_sim::junit::{self, Case, Suite};
use vj_sim::osc_log::{self, OscLine};
use vj_sim::rehearsal::Rehearsed;
use vj_sim::set::{Set, SetError};

use super::set_facts::facts;

/// What the visuals must get, and where that is written down.
pub(super) struct Expected {
    lines: Option<Vec<OscLine>>,
    tolerance: Tolerance,
    bless: Option<PathBuf>,
}

impl Expected {
    /// What a set expects, read before it is played.
    pub(super) fn of(set: &Set, path: &Path, compares: bool, blesses: bool) -> Result<Self, String> {
        let here = path.display();
        if blesses && !path.is_dir() {
            return Err(format!(
                "--bless needs a set folder, and {here} is a sound file (`vj set new` makes one)"
            ));
        }
        let lines = if compares {
            set.expected_osc().map_err(|error| format!("{:#}", anyhow::Error::from(error)))?
        } else {
            None
        };
        if compares && lines.is_none() {
            return Err(format!(
                "{here} has no osc.jsonl to compare with; `vj rehearse {here} --bless` writes one"
            ));
        }
        let bless = blesses.then(|| path.join("osc.jsonl"));
        Ok(Self { lines, tolerance: set.tolerance(), bless })
    }

    /// How what was got stands beside it, if that was asked for.
    pub(super) fn compare(&self, got: &[OscLine]) -> Option<Comparison> {
        self.lines.as_ref().map(|expected| compare(expected, got, &self.tolerance))
    }

    /// Makes what was got the expectation, if that was asked for, and says where. It appears whole or not at all.
    pub(super) fn bless(&self, got: &[OscLine]) -> Result<Option<&Path>> {
        let Some(path) = self.bless.as_deref() else { return Ok(None) };
        let beside = path.with_extension("jsonl.tmp");
        let write = || {
            osc_log::write_jsonl(got, BufWriter::new(File::create(&beside)?))?;
            fs::rename(&beside, path)
        };
        write().with_context(|| {
            // Best effort: the error that is told is the one that matters.
            let _ = fs::remove_file(&beside);
            format!("failed to write {}", path.display())
        })?;
        Ok(Some(path))
    }
}

/// Faults that nobody has planned.
pub(super) fn chaos(set: &Set, seed: u64, per_min: f64, is_real: bool) -> Result<Vec<Fault>, SetError> {
    let length_sec =
        set.length_sec.or_else(|| facts(&set.audio).length_sec).ok_or_else(|| SetError::Bad {
            path: set.audio.clone(),
            why: "--chaos must know how long the sound is, and it does not say".to_owned(),
        })?;
    Ok(faults::chaos_of_set(seed, per_min, length_sec, &set.processes(), is_real))
}

/// What held and what did not, for CI.
pub(super) fn write_junit(path: &Path, played: &Rehearsed) -> Result<()> {
    let xml = junit::to_xml(&[suite(played)]);
    fs::write(path, xml).with_context(|| format!("failed to write {}", path.display()))
}

/// Always the same cases for the same set, so that CI can tell what has changed.
fn suite(played: &Rehearsed) -> Suite {
    let ends = Case {
        time_sec: played.meta.duration_sec,
        ..Case::new("it is played to its end", played.failure.clone().into_iter().collect())
    };
    let of = |class: Class| {
        let own = played.violations.iter().filter(|it| it.class == class);
        own.map(ToString::to_string).collect()
    };
    let mut cases = vec![
        ends,
        Case::new("nothing happens that never may", of(Class::Safety)),
        Case::new("everybody is there in the end", of(Class::Liveness)),
        Case::new("no process panics", of(Class::Panic)),
        Case::new("each fault strikes", played.missed.clone()),
    ];
    for (address, found) in played.meta.comparison.iter().flat_map(|it| &it.addresses) {
        let differs = found.first.iter().map(ToString::to_string);
        let failures = if found.holds { Vec::new() } else { differs.collect() };
        cases.push(Case::new(format!("{address} is as expected"), failures));
    }
    Suite { name: format!("rehearse {}", played.meta.title), cases }
}
