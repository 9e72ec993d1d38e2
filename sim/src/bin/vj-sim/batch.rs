//! Plays runs, several at a time, and keeps of each what is told of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use vj_env::real::real_clock;
use vj_sim::checkers::Violation;
use vj_sim::ground::Driver;
use vj_sim::history::What;
use vj_sim::scenarios::{Run, Scenario};
use vj_sim::{driver, history, osc_log};

use crate::explain::explain;
use crate::shrunk::Shrinker;
use crate::twice::played_again;

/// Shows of real processes mostly wait: so many of them do not get in each other's way on two cores.
const REAL_JOBS: usize = 16;

/// How a batch is played.
pub(crate) struct Batch<'a> {
    pub(crate) driver: Driver,
    pub(crate) jobs: Option<usize>,
    pub(crate) keep: Option<&'a Path>,
    pub(crate) shrinker: Shrinker,
}

/// A run, judged: what is kept of it.
#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) violations: Vec<Violation>,
    pub(crate) seen: Vec<&'static str>,
    pub(crate) figures: Vec<(&'static str, f64)>,
    pub(crate) explanation: String,
    /// Seconds that it took.
    pub(crate) took_sec: f64,
    /// Seconds of the show.
    pub(crate) played_sec: f64,
    /// Events of the history, and OSC messages.
    pub(crate) events: usize,
    pub(crate) messages: usize,
    /// What struck, by kind.
    pub(crate) faults: BTreeMap<String, u64>,
    /// Where it was written down, if it was.
    pub(crate) regression: Option<PathBuf>,
}

impl Batch<'_> {
    /// Plays all runs, those that need the machine for themselves first, one after another. None where there was no more time.
    pub(crate) fn play_all(
        &self,
        runs: &[(&'static Scenario, u64)],
        has_time: impl Fn() -> bool + Sync,
    ) -> Result<Vec<Option<Verdict>>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or(if self.driver.is_real() { REAL_JOBS } else { cores }).max(1);
        let verdicts: Mutex<Vec<Option<Result<Verdict>>>> = Mutex::new(runs.iter().map(|_| None).collect());
        let is_alone = |index: &usize| self.driver.is_real() && runs[*index].0.alone;
        let (alone, mut together): (Vec<usize>, Vec<usize>) = (0..runs.len()).partition(is_alone);
        // The long ones first, or the last of them would be played with all other cores idle.
        together.sort_by_key(|index| runs[*index].0.turn(&self.driver));
        for (queue, jobs) in [(alone, 1), (together, jobs)] {
            let queue = Mutex::new(queue.into_iter());
            std::thread::scope(|scope| {
                for _ in 0..jobs {
                    scope.spawn(|| {
                        while let Some(index) = next(&queue, &has_time) {
                            let (scenario, seed) = runs[index];
                            let verdict = self.play(scenario, seed);
                            if let Ok(mut verdicts) = verdicts.lock() {
                                verdicts[index] = Some(verdict);
                            }
                        }
                    });
                }
            });
        }
        if driver::is_stopped() {
            bail!("stopped");
        }
        verdicts.into_inner().unwrap_or_default().into_iter().map(Option::transpose).collect()
    }

    fn play(&self, scenario: &'static Scenario, seed: u64) -> Result<Verdict> {
        #[cfg(feature = "mutants")]
        vj_core::mutants::switch_on_what_is_asked_for();
        let clock = real_clock();
        let began = clock.now();
        let mut run = scenario.play(&self.driver, seed);
        if scenario.twice && self.keep.is_none() {
            run.violations.extend(played_again(scenario, seed, &run)?);
        }
        if let Some(dir) = self.keep {
            keep(dir, &run).with_context(|| format!("failed to write into {}", dir.display()))?;
        }
        let took_sec = clock.now().since(began).as_secs_f64();
        let mut verdict = Verdict {
            seen: run.seen.clone(),
            figures: run.figures.clone(),
            took_sec,
            played_sec: run.history.last().map_or(0.0, |entry| entry.t),
            events: run.history.len(),
            messages: run.osc.len(),
            faults: struck(&run),
            ..Verdict::default()
        };
        if !run.violations.is_empty() {
            let smaller = self.shrinker.shrink(scenario, &self.driver, seed, &run);
            verdict.regression = self.shrinker.write_down(scenario, seed, &run, smaller.as_ref())?;
            verdict.explanation = explain(scenario, &self.driver, seed, &run, smaller.as_ref());
            if let Some(path) = &verdict.regression {
                verdict.explanation += &format!("  written down: {}\n", path.display());
            }
        }
        verdict.violations = run.violations;
        Ok(verdict)
    }
}

fn next(queue: &Mutex<std::vec::IntoIter<usize>>, has_time: &impl Fn() -> bool) -> Option<usize> {
    // Told to end, it begins nothing more.
    if driver::is_stopped() || !has_time() {
        return None;
    }
    queue.lock().ok()?.next()
}

fn struck(run: &Run) -> BTreeMap<String, u64> {
    let mut faults = BTreeMap::new();
    for entry in &run.history {
        if let What::Fault { kind, .. } = &entry.what {
            *faults.entry(kind.clone()).or_insert(0) += 1;
        }
    }
    faults
}

fn keep(dir: &Path, run: &Run) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let open = |file: &str| -> Result<BufWriter<File>> { Ok(BufWriter::new(File::create(dir.join(file))?)) };
    history::write_jsonl(&run.history, open("history.jsonl")?)?;
    let mut osc = open("osc.jsonl")?;
    osc_log::write_jsonl(&run.osc, &mut osc)?;
    osc.flush()?;
    Ok(())
}
