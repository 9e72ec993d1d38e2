//! Makes a plan of faults that breaks something as small as it can be: fewer faults, shorter ones, rounder times.
//!
//! Delta debugging (Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*, 2002): parts of the plan are left
//! out, in ever smaller pieces, for as long as the rest still breaks the same property. A plan is data and a run is repeatable, so
//! each try is one more run.

use crate::faults::Fault;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The smallest plan that was found.
    pub plan: Vec<Fault>,
    /// How many runs it took.
    pub runs: usize,
    /// Whether there was nothing more to try, and not only no more time.
    pub is_done: bool,
}

/// A fault is not made shorter than this.
const SHORTEST_SEC: f64 = 0.01;

/// Shrinks `plan` while `fails` says that a smaller one still breaks the same. `fails` says nothing once there is no more time.
pub fn shrink(plan: &[Fault], mut fails: impl FnMut(&[Fault]) -> Option<bool>) -> Shrunk {
    let mut shrinking = Shrinking { plan: plan.to_vec(), runs: 0, is_over: false, fails: &mut fails };
    // Nothing at all is the best that can be, and a scenario that fails without a fault is a common case.
    let nothing = Vec::new();
    if plan.is_empty() || !shrinking.takes(nothing) {
        shrinking.leave_out();
        shrinking.shorten();
        shrinking.round();
    }
    Shrunk { plan: shrinking.plan, runs: shrinking.runs, is_done: !shrinking.is_over }
}

struct Shrinking<'a> {
    plan: Vec<Fault>,
    runs: usize,
    is_over: bool,
    fails: &'a mut dyn FnMut(&[Fault]) -> Option<bool>,
}

impl Shrinking<'_> {
    /// Whether this plan breaks the same; then it is the one from now on.
    fn takes(&mut self, plan: Vec<Fault>) -> bool {
        if self.is_over {
            return false;
        }
        match (self.fails)(&plan) {
            None => self.is_over = true,
            Some(does) => {
                self.runs += 1;
                if does {
                    self.plan = plan;
                }
                return does;
            }
        }
        false
    }

    fn leave_out(&mut self) {
        let mut pieces = 2;
        while self.plan.len() > 1 && !self.is_over {
            let size = self.plan.len().div_ceil(pieces);
            let shorter = (0..self.plan.len()).step_by(size).find(|from| {
                let is_left = |(index, _): &(usize, &Fault)| !(*from..from + size).contains(index);
                let rest: Vec<Fault> = self
                    .plan
                    .clone()
                    .iter()
                    .enumerate()
                    .filter(is_left)
                    .map(|(_, fault)| fault.clone())
                    .collect();
                self.takes(rest)
            });
            if shorter.is_some() {
                pieces = pieces.saturating_sub(1).max(2);
            } else if size == 1 {
                return;
            } else {
                pieces = (2 * pieces).min(self.plan.len());
            }
        }
    }

    fn shorten(&mut self) {
        for index in 0..self.plan.len() {
            loop {
                let half_sec = self.plan[index].for_sec.unwrap_or_default() / 2.0;
                if half_sec < SHORTEST_SEC
                    || !self.takes_instead(index, |fault| fault.for_sec = Some(round(half_sec, 3)))
                {
                    break;
                }
            }
        }
    }

    fn round(&mut self) {
        for index in 0..self.plan.len() {
            self.round_one(index, |fault| Some(fault.at), |fault, sec| fault.at = sec);
            self.round_one(index, |fault| fault.for_sec, |fault, sec| fault.for_sec = Some(sec));
        }
        self.plan.sort_by(|one, two| one.at.total_cmp(&two.at));
    }

    fn round_one(&mut self, index: usize, get: fn(&Fault) -> Option<f64>, set: fn(&mut Fault, f64)) {
        let Some(sec) = get(&self.plan[index]) else { return };
        for digits in 0..3 {
            let rounded = round(sec, digits);
            // What lasted for a moment must not come to last for none.
            let is_worth_it = rounded != sec && (rounded > 0.0 || sec == 0.0);
            if is_worth_it && self.takes_instead(index, |fault| set(fault, rounded)) {
                return;
            }
        }
    }

    fn takes_instead(&mut self, index: usize, change: impl FnOnce(&mut Fault)) -> bool {
        let mut plan = self.plan.clone();
        change(&mut plan[index]);
        self.takes(plan)
    }
}

fn round(sec: f64, digits: i32) -> f64 {
    let unit = 10_f64.powi(digits);
    (sec * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultKind;

    fn plan() -> Vec<Fault> {
        (0..24)
            .map(|index| {
                let kind = [FaultKind::Kill, FaultKind::Clog, FaultKind::DiskFull][index % 3];
                Fault::new(1.234 + 2.0 * index as f64, kind).on("audio_analyzer").lasting(8.0)
            })
            .collect()
    }

    fn has(plan: &[Fault], kind: FaultKind, near: f64) -> bool {
        plan.iter().any(|fault| fault.kind == kind && (fault.at - near).abs() < 0.4)
    }

    #[test]
    fn of_two_dozen_faults_the_one_is_left_that_matters() {
        let shrunk = shrink(&plan(), |plan| Some(has(plan, FaultKind::Clog, 15.2)));
        assert_eq!(shrunk.plan.len(), 1);
        assert_eq!((shrunk.plan[0].at, shrunk.plan[0].kind), (15.0, FaultKind::Clog));
        assert!(shrunk.plan[0].for_sec.unwrap() <= 0.02, "{:?}", shrunk.plan);
        assert!(shrunk.is_done && shrunk.runs < 60, "{} runs", shrunk.runs);
    }

    #[test]
    fn two_that_only_do_it_together_are_both_left() {
        let both = |plan: &[Fault]| has(plan, FaultKind::Kill, 7.2) && has(plan, FaultKind::DiskFull, 41.2);
        let long = |plan: &[Fault]| plan.iter().all(|fault| fault.for_sec >= Some(3.0));
        let shrunk = shrink(&plan(), |plan| Some(both(plan) && long(plan)));
        let left: Vec<_> = shrunk.plan.iter().map(|fault| (fault.at, fault.for_sec)).collect();
        assert_eq!(left, [(7.0, Some(4.0)), (41.0, Some(4.0))]);
    }

    #[test]
    fn what_fails_without_any_fault_needs_none() {
        let shrunk = shrink(&plan(), |_| Some(true));
        assert_eq!((shrunk.plan.len(), shrunk.runs), (0, 1));
    }

    #[test]
    fn when_the_time_is_over_what_was_found_so_far_is_kept() {
        let mut left = 6;
        let shrunk = shrink(&plan(), |plan| {
            left -= 1;
            (left > 0).then(|| has(plan, FaultKind::Clog, 15.2))
        });
        assert!(!shrunk.is_done && shrunk.runs == 5);
        assert!(shrunk.plan.len() < 24 && has(&shrunk.plan, FaultKind::Clog, 15.2));
    }
}
