//! What can be broken, when, and by plan.
//!
//! A plan is drawn from the seed before the run starts, as a sorted list: so a failing run can be shortened by leaving
//! faults out, and written down.

use std::fmt;
use std::time::Duration;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use vj_core::{At, ProcessName};

use crate::ground::Ground;
use crate::history::What;
use crate::world::Weather;

/// One way to break something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// SIGKILL.
    Kill,
    /// SIGTERM.
    Terminate,
    /// SIGSTOP, for `for_sec`.
    Freeze,
    /// What it sends stays under way, for `for_sec`.
    Clog,
    /// Its connections break.
    Cut,
    /// Links deliver in small, late slices, for `for_sec`.
    Weather,
    /// The wall clock jumps by an hour: back if `at` falls into an even second, else ahead.
    WallClock,
    /// Nothing can be written to disk, for `for_sec`.
    DiskFull,
}

/// The mark in the history of a fault that struck nobody.
pub const MISSED: &str = "fault missed";

/// One planned fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Seconds since the start of the run.
    pub at: f64,
    /// What.
    pub kind: FaultKind,
    /// Whom, where it strikes a process.
    #[serde(default)]
    pub target: Option<String>,
    /// How long it lasts, for those that last. Seconds.
    #[serde(default)]
    pub for_sec: Option<f64>,
}

/// How long a lasting fault lasts that does not say.
const LASTS_SEC: f64 = 5.0;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FaultKind::Kill => "kill",
            FaultKind::Terminate => "terminate",
            FaultKind::Freeze => "freeze",
            FaultKind::Clog => "clog",
            FaultKind::Cut => "cut",
            FaultKind::Weather => "weather",
            FaultKind::WallClock => "wall_clock",
            FaultKind::DiskFull => "disk_full",
        };
        write!(f, "{kind}{}", self.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default())
    }
}

impl Fault {
    /// Whom it strikes.
    ///
    /// # Errors
    /// A name that no process has, or none where one is needed.
    pub fn process(&self) -> Result<Option<ProcessName>, String> {
        let needs_one = !matches!(self.kind, FaultKind::Weather | FaultKind::WallClock | FaultKind::DiskFull);
        match (&self.target, needs_one) {
            (Some(name), true) => name.parse().map(Some).map_err(|e| format!("fault at {} s: {e}", self.at)),
            (None, true) => Err(format!("fault at {} s: 'target' is missing (a process)", self.at)),
            (_, false) => Ok(None),
        }
    }

    /// Whether its times make sense.
    ///
    /// # Errors
    /// Which does not, and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        const LONGEST_SEC: f64 = 7.0 * 86_400.0;
        for (name, value) in [("at", Some(self.at)), ("for_sec", self.for_sec)] {
            if value.is_some_and(|value| !(0.0..=LONGEST_SEC).contains(&value)) {
                let value = value.unwrap_or_default();
                return Err(format!(
                    "fault at {} s: '{name}' cannot be {value} (allowed: 0 to {LONGEST_SEC})",
                    self.at
                ));
            }
        }
        self.process().map(drop)
    }
}

/// Breaks things as planned; returns when the last fault has begun and, if it lasts, ended.
pub async fn play(ground: &dyn Ground, plan: &[Fault]) {
    let mut waiting: Vec<(At, usize, bool)> = Vec::new();
    for (index, fault) in plan.iter().enumerate() {
        waiting.push((At::from_secs_f64(fault.at), index, false));
        let lasts = fault.for_sec.unwrap_or(LASTS_SEC);
        waiting.push((At::from_secs_f64(fault.at + lasts), index, true));
    }
    // Of one moment the beginning comes before the end: a fault that lasts for 0 s ends too.
    waiting.sort_unstable();
    let mut struck = vec![None; plan.len()];
    for (at, index, ends) in waiting {
        let fault = &plan[index];
        if !ends || fault.lasts() {
            ground.clock().sleep_until(at).await;
        }
        if ends {
            mend(ground, fault, struck[index]);
        } else {
            struck[index] = strike(ground, fault);
        }
    }
}

impl Fault {
    fn lasts(&self) -> bool {
        matches!(self.kind, FaultKind::Freeze | FaultKind::Clog | FaultKind::Weather | FaultKind::DiskFull)
    }
}

/// Begins a fault; returns the process that it struck.
fn strike(ground: &dyn Ground, fault: &Fault) -> Option<u32> {
    let pid = fault.process().ok().flatten().and_then(|name| ground.pid_of(name));
    let can_be_done = match (fault.kind, pid) {
        (FaultKind::Kill, Some(pid)) => {
            ground.kill(pid);
            true
        }
        (FaultKind::Terminate, Some(pid)) => {
            ground.terminate(pid);
            true
        }
        (FaultKind::Freeze, Some(pid)) => {
            ground.freeze(pid);
            true
        }
        (FaultKind::Clog, Some(pid)) => ground.clog(pid, true),
        (FaultKind::Cut, Some(pid)) => ground.cut(pid),
        (FaultKind::Weather, _) => {
            ground.set_weather(Weather { slice_bytes_max: Some(7), delay_max: Duration::from_millis(3) });
            true
        }
        (FaultKind::WallClock, _) => {
            let back = (fault.at as u64).is_multiple_of(2);
            ground.step_wall_clock(if back { -3_600_000 } else { 3_600_000 })
        }
        (FaultKind::DiskFull, _) => ground.set_disk_full(true),
        // Nobody of that name lives: there is nothing to break, and whoever planned it should know.
        (_, None) => false,
    };
    if !can_be_done {
        ground.note(What::Mark { name: MISSED.to_owned(), detail: fault.to_string() });
    }
    pid
}

fn mend(ground: &dyn Ground, fault: &Fault, pid: Option<u32>) {
    match (fault.kind, pid) {
        (FaultKind::Freeze, Some(pid)) => ground.thaw(pid),
        (FaultKind::Clog, Some(pid)) => {
            ground.clog(pid, false);
        }
        (FaultKind::Weather, _) => ground.set_weather(Weather::default()),
        (FaultKind::DiskFull, _) => {
            ground.set_disk_full(false);
        }
        _ => {}
    }
}

/// Draws a plan for a run of `length_sec`: each kind is off with probability one half, the others get very different
/// rates; the last quarter of the run is left alone, so that what must come right eventually can.
pub fn draw(rng: &mut impl Rng, length_sec: f64, targets: &[ProcessName]) -> Vec<Fault> {
    const KINDS: [FaultKind; 8] = [
        FaultKind::Kill,
        FaultKind::Terminate,
        FaultKind::Freeze,
        FaultKind::Clog,
        FaultKind::Cut,
        FaultKind::Weather,
        FaultKind::WallClock,
        FaultKind::DiskFull,
    ];
    let mut plan = Vec::new();
    for kind in KINDS {
        let is_on = rng.random_bool(0.5);
        // From one in the whole run to one every few seconds.
        let count = 1 + (length_sec / 20.0 * rng.random_range(0.0_f64..1.0).powi(3)) as usize;
        for _ in 0..if is_on { count } else { 0 } {
            let at = round_ms(rng.random_range(0.0..length_sec * 0.75));
            let target = targets[rng.random_range(0..targets.len())].to_string();
            let for_sec = Some(round_ms(rng.random_range(0.05_f64..1.0).powi(2) * 0.2 * length_sec));
            plan.push(Fault { at, kind, target: Some(target), for_sec });
        }
    }
    plan.sort_by(|a, b| a.at.total_cmp(&b.at));
    plan
}

fn round_ms(sec: f64) -> f64 {
    (sec * 1e3).round() / 1e3
}
