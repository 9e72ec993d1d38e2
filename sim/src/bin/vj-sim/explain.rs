//! What did not hold, with what led to it.

use std::fmt::{self, Write};

use vj_sim::faults::Fault;
use vj_sim::ground::Driver;
use vj_sim::history;
use vj_sim::scenarios::{Run, Scenario};
use vj_sim::timeline;

use crate::shrunk::Smaller;

/// So many faults of a plan are shown.
const FAULTS_MAX: usize = 30;

/// Why a run failed, for people.
pub(crate) fn explain(
    scenario: &Scenario,
    driver: &Driver,
    seed: u64,
    run: &Run,
    smaller: Option<&Smaller>,
) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(&mut text, scenario, driver, seed, run, smaller);
    text
}

fn write(
    out: &mut String,
    scenario: &Scenario,
    driver: &Driver,
    seed: u64,
    run: &Run,
    smaller: Option<&Smaller>,
) -> fmt::Result {
    writeln!(out, "\n{} with seed {seed} FAILED", scenario.name)?;
    for violation in &run.violations {
        writeln!(out, "  {violation}")?;
    }
    match (smaller, &run.plan) {
        (Some(smaller), Some(plan)) => {
            let (all, few, runs) = (plan.len(), smaller.plan.len(), smaller.runs);
            let more = if smaller.is_done { "" } else { ", and there may be fewer" };
            writeln!(out, "  of its {all} planned fault(s) {few} are enough (found by {runs} runs{more}):")?;
            planned(out, &smaller.plan)?;
        }
        (None, Some(plan)) if !plan.is_empty() => {
            writeln!(out, "  its planned faults:")?;
            planned(out, plan)?;
        }
        _ => {
            writeln!(out, "  faults of this run:")?;
            let is_fault = |entry: &&history::Entry| matches!(entry.what, history::What::Fault { .. });
            for fault in run.history.iter().filter(is_fault).take(FAULTS_MAX) {
                writeln!(out, "    {}", serde_json::to_string(fault).unwrap_or_default())?;
            }
        }
    }
    // Of the smaller run, where it breaks the same: there is less to look at.
    let property = run.violations.first().map(|violation| violation.property);
    let again = smaller.map(|smaller| &smaller.run);
    let shown =
        again.filter(|run| run.violations.iter().any(|it| Some(it.property) == property)).unwrap_or(run);
    let first = shown.violations.iter().filter(|it| Some(it.property) == property).map(|it| it.t);
    if let Some(first) = first.min_by(f64::total_cmp) {
        writeln!(out, "  what happened up to {first:.3} s:")?;
        for line in timeline::draw(&shown.history, first).lines() {
            writeln!(out, "  {line}")?;
        }
    }
    let real = if driver.is_real() { " --real" } else { "" };
    let again = format!("cargo xtask sim {} --seed {seed}{real}", scenario.name);
    writeln!(out, "  again: {again}")?;
    if !driver.is_real() && !scenario.is_a_regression() {
        writeln!(out, "  to keep it: {again} --write-regression")?;
    }
    writeln!(out)
}

fn planned(out: &mut String, plan: &[Fault]) -> fmt::Result {
    for fault in plan.iter().take(FAULTS_MAX) {
        let lasts = fault.for_sec.filter(|_| fault.kind.lasts()).map(|sec| format!(" for {sec} s"));
        writeln!(out, "    at {} s: {fault}{}", fault.at, lasts.unwrap_or_default())?;
    }
    let more = plan.len().saturating_sub(FAULTS_MAX);
    if more > 0 { writeln!(out, "    and {more} more") } else { Ok(()) }
}
