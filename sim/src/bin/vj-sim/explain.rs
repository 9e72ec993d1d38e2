//! What did not hold, with what led to it.

use std::fmt::{self, Write};

use vj_sim::ground::Driver;
use vj_sim::history;
use vj_sim::scenarios::{Run, Scenario};

/// Lines of history that are shown before a violation.
const CONTEXT_LINES: usize = 12;

/// Why a run failed, for people.
pub(crate) fn explain(scenario: &Scenario, driver: &Driver, seed: u64, run: &Run) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(&mut text, scenario, driver, seed, run);
    text
}

fn write(out: &mut String, scenario: &Scenario, driver: &Driver, seed: u64, run: &Run) -> fmt::Result {
    writeln!(out, "\n{} with seed {seed} FAILED", scenario.name)?;
    for violation in &run.violations {
        writeln!(out, "  {violation}")?;
    }
    let faults = run.history.iter().filter(|entry| matches!(entry.what, history::What::Fault { .. }));
    writeln!(out, "  faults of this run:")?;
    for fault in faults {
        writeln!(out, "    {}", serde_json::to_string(fault).unwrap_or_default())?;
    }
    if let Some(first) = run.violations.iter().map(|v| v.t).min_by(f64::total_cmp) {
        writeln!(out, "  what happened up to {first:.3} s:")?;
        let before: Vec<_> =
            run.history.iter().filter(|entry| entry.t <= first + 0.001 && is_telling(entry)).collect();
        for entry in &before[before.len().saturating_sub(CONTEXT_LINES)..] {
            writeln!(out, "    {}", serde_json::to_string(entry).unwrap_or_default())?;
        }
    }
    let real = if driver.is_real() { " --real" } else { "" };
    writeln!(out, "  again: cargo xtask sim {} --seed {seed}{real}\n", scenario.name)
}

/// Questions and answers are many and tell little.
fn is_telling(entry: &history::Entry) -> bool {
    use history::What::{Answer, Command};
    !matches!(entry.what, Command { .. } | Answer { .. })
}
