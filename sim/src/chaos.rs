//! Faults that nobody has planned: so many a minute, drawn from the seed.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use vj_core::ProcessName;

use crate::faults::{Fault, FaultKind};

/// What can happen to a simulated machine.
const ANYWHERE: [FaultKind; 8] = [
    FaultKind::Kill,
    FaultKind::Terminate,
    FaultKind::Freeze,
    FaultKind::Clog,
    FaultKind::Cut,
    FaultKind::Weather,
    FaultKind::WallClock,
    FaultKind::DiskFull,
];

/// What can be done to real processes.
const TO_REAL_ONES: [FaultKind; 3] = [FaultKind::Kill, FaultKind::Terminate, FaultKind::Freeze];

/// Faults a minute that make sense: above one a second nothing lives for long enough to be seen.
pub const PER_MIN_MAX: f64 = 60.0;

/// So long before the end nothing more is broken: what was killed for its silence needs 34 s to be back.
const CALM_SEC: f64 = 36.0;

/// Of a short set only the last part is left alone.
const CALM_SHARE: f64 = 0.25;

/// How long a fault lasts that lasts. Seconds.
const LASTS_SEC: std::ops::Range<f64> = 0.2..8.0;

/// Draws so many faults a minute for a set of this length, in order of time.
#[must_use]
pub fn chaos(
    seed: u64,
    per_min: f64,
    length_sec: f64,
    processes: &[ProcessName],
    is_real: bool,
) -> Vec<Fault> {
    // Another stream than anything else that is drawn from this seed.
    let mut rng = Pcg64::seed_from_u64(seed ^ 0xc4a0_5c4a_05c4_a05c);
    let kinds = if is_real { &TO_REAL_ONES[..] } else { &ANYWHERE[..] };
    let until_sec = length_sec - CALM_SEC.min(length_sec * CALM_SHARE);
    let count = (per_min.clamp(0.0, PER_MIN_MAX) * until_sec.max(0.0) / 60.0).round() as usize;
    if until_sec <= 0.0 || processes.is_empty() {
        return Vec::new();
    }
    let mut plan: Vec<Fault> = (0..count.max(1))
        .map(|_| {
            let at = round_ms(rng.random_range(0.0..until_sec));
            let kind = kinds[rng.random_range(0..kinds.len())];
            let target = processes[rng.random_range(0..processes.len())].to_string();
            let for_sec = round_ms(rng.random_range(LASTS_SEC));
            let of_all = matches!(kind, FaultKind::Weather | FaultKind::WallClock | FaultKind::DiskFull);
            let at_once = matches!(
                kind,
                FaultKind::Kill | FaultKind::Terminate | FaultKind::Cut | FaultKind::WallClock
            );
            Fault { at, kind, target: (!of_all).then_some(target), for_sec: (!at_once).then_some(for_sec) }
        })
        .collect();
    plan.sort_by(|one, two| one.at.total_cmp(&two.at));
    plan
}

fn round_ms(sec: f64) -> f64 {
    (sec * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ProcessName; 2] = [ProcessName::AudioAnalyzer, ProcessName::ProcessManager];

    #[test]
    fn so_many_a_minute_in_order_and_the_end_is_left_alone() {
        let plan = chaos(7, 6.0, 600.0, &ALL, false);
        assert_eq!(plan.len(), 56);
        assert!(plan.is_sorted_by(|one, two| one.at <= two.at) && plan.iter().all(|it| it.at < 564.0));
        assert!(plan.iter().all(|fault| fault.check().is_ok()));
        assert_eq!(plan, chaos(7, 6.0, 600.0, &ALL, false));
        assert!(plan != chaos(8, 6.0, 600.0, &ALL, false));
    }

    #[test]
    fn real_processes_are_only_struck_by_what_a_real_machine_can_do() {
        let plan = chaos(1, 60.0, 120.0, &ALL, true);
        assert!(plan.len() > 50 && plan.iter().all(|fault| TO_REAL_ONES.contains(&fault.kind)));
    }

    #[test]
    fn even_a_short_set_gets_one_and_an_empty_one_none() {
        assert_eq!(chaos(1, 0.5, 10.0, &ALL, false).len(), 1);
        assert_eq!(chaos(1, 5.0, 0.0, &ALL, false), []);
    }
}
