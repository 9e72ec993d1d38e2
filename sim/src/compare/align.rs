//! Which message of one log is which of the other.
//!
//! Where two logs agree they are walked along together. Where they do not, a window of both is aligned by the least cost
//! (Needleman and Wunsch 1970), until they agree again: that takes time in proportion to what differs, not to the square
//! of a night.

use crate::osc_log::OscLine;

/// Messages of each side that are aligned at once.
const WINDOW: usize = 192;

/// So many clean pairs in a row, and the two logs agree again.
const AGREED: usize = 8;

/// What a message costs that has no partner, and a pair of which a value differs: so the fewest are told of.
const ALONE: u32 = 1_000;

/// What a pair costs that says the same at another time.
const LATE: u32 = 990;

/// What nearness in time is worth: it decides only between what is equally good otherwise, over a whole window.
const NEAREST: f64 = 3.0;

/// A pair is looked for within so many usual intervals of the address, but within these seconds.
const REACH_INTERVALS: f64 = 20.0;
const REACH_SEC: (f64, f64) = (1.0, 10.0);

/// What became of a message, by its place in its own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is expected, and was got.
    Pair(usize, usize),
    /// It is expected, and did not come.
    Missing(usize),
    /// It came, and is not expected.
    Extra(usize),
}

/// What makes a pair.
pub(super) struct Rule<S> {
    /// By how much a clean pair may lie apart. Seconds.
    pub(super) time_sec: f64,
    /// Whether two messages say the same.
    pub(super) same: S,
}

/// Aligns messages of one address, both in order of time.
pub(super) fn align<S>(expected: &[&OscLine], got: &[&OscLine], rule: &Rule<S>) -> Vec<Step>
where
    S: Fn(&OscLine, &OscLine) -> bool,
{
    let reach_sec = reach_sec(expected).max(4.0 * rule.time_sec);
    let mut steps = Vec::with_capacity(expected.len().max(got.len()));
    let (mut e, mut g) = (0, 0);
    while let (Some(one), Some(other)) = (expected.get(e), got.get(g)) {
        let later_sec = other.t - one.t;
        if later_sec > reach_sec {
            steps.push(Step::Missing(e));
        } else if later_sec < -reach_sec {
            steps.push(Step::Extra(g));
        } else if later_sec.abs() <= rule.time_sec && (rule.same)(one, other) {
            steps.push(Step::Pair(e, g));
        } else {
            let window = Window { expected: &expected[e..], got: &got[g..], rule, reach_sec };
            for step in window.align() {
                steps.push(match step {
                    Step::Pair(in_e, in_g) => Step::Pair(e + in_e, g + in_g),
                    Step::Missing(in_e) => Step::Missing(e + in_e),
                    Step::Extra(in_g) => Step::Extra(g + in_g),
                });
            }
        }
        (e, g) = next(&steps, e, g);
    }
    steps.extend((e..expected.len()).map(Step::Missing));
    steps.extend((g..got.len()).map(Step::Extra));
    steps
}

/// The first of each side that no step has taken.
fn next(steps: &[Step], e: usize, g: usize) -> (usize, usize) {
    let mut next = (e, g);
    // Of the newest steps at most one window is new.
    for step in steps.iter().rev().take(2 * WINDOW) {
        match *step {
            Step::Pair(e, g) => {
                return (next.0.max(e + 1), next.1.max(g + 1));
            }
            Step::Missing(e) => next.0 = next.0.max(e + 1),
            Step::Extra(g) => next.1 = next.1.max(g + 1),
        }
    }
    next
}

fn reach_sec(expected: &[&OscLine]) -> f64 {
    let (Some(first), Some(last)) = (expected.first(), expected.last()) else { return REACH_SEC.1 };
    let usual_sec = (last.t - first.t) / (expected.len() - 1).max(1) as f64;
    let reach_sec = if expected.len() < 2 { REACH_SEC.1 } else { REACH_INTERVALS * usual_sec };
    reach_sec.clamp(REACH_SEC.0, REACH_SEC.1)
}

/// What is aligned at once.
struct Window<'a, S> {
    expected: &'a [&'a OscLine],
    got: &'a [&'a OscLine],
    rule: &'a Rule<S>,
    reach_sec: f64,
}

/// How one comes to a cell of the table.
#[derive(Clone, Copy, PartialEq)]
enum From {
    Nowhere,
    Pair { is_clean: bool },
    Missing,
    Extra,
}

impl<S: Fn(&OscLine, &OscLine) -> bool> Window<'_, S> {
    /// What the two being a pair costs, and whether nothing is wrong with it; none where they cannot be one.
    fn pair(&self, one: &OscLine, other: &OscLine) -> Option<(u32, bool)> {
        let apart_sec = (other.t - one.t).abs();
        let in_time = apart_sec <= self.rule.time_sec;
        // Of what is equally good the nearest in time is taken.
        let part = |of_sec: f64| if of_sec > 0.0 { apart_sec / of_sec } else { 0.0 };
        match (in_time, (self.rule.same)(one, other)) {
            (true, true) => Some(((part(self.rule.time_sec) * NEAREST) as u32, true)),
            (true, false) => Some((ALONE + (part(self.rule.time_sec) * NEAREST) as u32, false)),
            (false, true) if apart_sec <= self.reach_sec => {
                Some((LATE + (part(self.reach_sec) * NEAREST) as u32, false))
            }
            (false, _) => None,
        }
    }

    /// The steps from the start of the window to where both sides agree again, or half of them.
    fn align(&self) -> Vec<Step> {
        let (rows, columns) = (self.expected.len().min(WINDOW), self.got.len().min(WINDOW));
        let width = columns + 1;
        let mut costs = vec![u32::MAX; (rows + 1) * width];
        let mut ways = vec![From::Nowhere; (rows + 1) * width];
        costs[0] = 0;
        for row in 0..=rows {
            for column in 0..=columns {
                let here = row * width + column;
                let mut best = (costs[here], ways[here]);
                let mut offer = |cost: u32, way: From| {
                    if cost < best.0 {
                        best = (cost, way);
                    }
                };
                if row > 0 && column > 0 {
                    let pair = self.pair(self.expected[row - 1], self.got[column - 1]);
                    if let Some((cost, is_clean)) = pair {
                        offer(costs[here - width - 1] + cost, From::Pair { is_clean });
                    }
                }
                if row > 0 {
                    offer(costs[here - width] + ALONE, From::Missing);
                }
                if column > 0 {
                    offer(costs[here - 1] + ALONE, From::Extra);
                }
                (costs[here], ways[here]) = best;
            }
        }
        let is_all = rows == self.expected.len() && columns == self.got.len();
        let end = if is_all { (rows, columns) } else { cheapest_border(&costs, rows, columns) };
        let (steps, clean) = walk_back(&ways, width, end);
        let agreed_at = clean.windows(AGREED).position(|row| row.iter().all(|is_clean| *is_clean));
        let taken = match agreed_at {
            Some(at) => at + AGREED,
            None if is_all => steps.len(),
            None => steps.len().div_ceil(2),
        };
        steps.into_iter().take(taken).collect()
    }
}

/// Where one of the sides is used up at the least cost; of equal ones, where most of both is.
fn cheapest_border(costs: &[u32], rows: usize, columns: usize) -> (usize, usize) {
    let border = (0..=rows).map(|row| (row, columns)).chain((0..columns).map(|column| (rows, column)));
    let cost = |(row, column): (usize, usize)| costs[row * (columns + 1) + column];
    border.min_by_key(|at| (cost(*at), usize::MAX - at.0 - at.1)).unwrap_or((rows, columns))
}

/// The steps that lead to `end`, in order, and which of them are clean pairs.
fn walk_back(ways: &[From], width: usize, end: (usize, usize)) -> (Vec<Step>, Vec<bool>) {
    let (mut row, mut column) = end;
    let mut steps = Vec::new();
    loop {
        let way = ways[row * width + column];
        match way {
            From::Nowhere => break,
            From::Pair { .. } => (row, column) = (row - 1, column - 1),
            From::Missing => row -= 1,
            From::Extra => column -= 1,
        }
        let step = match way {
            From::Missing => Step::Missing(row),
            From::Extra => Step::Extra(column),
            From::Pair { .. } | From::Nowhere => Step::Pair(row, column),
        };
        steps.push((step, way == From::Pair { is_clean: true }));
    }
    steps.into_iter().rev().unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tick(index: usize, value: f64) -> OscLine {
        let t = index as f64 / 60.0;
        OscLine { t, from: "a".into(), addr: "/a".into(), tags: "f".into(), args: vec![value.into()] }
    }

    /// A sound that repeats itself nowhere for long.
    fn song(ticks: usize) -> Vec<OscLine> {
        (0..ticks).map(|index| tick(index, (index * 7_919 % 10_007) as f64)).collect()
    }

    fn aligned(expected: &[OscLine], got: &[OscLine]) -> (usize, usize, usize) {
        let (one, other): (Vec<_>, Vec<_>) = (expected.iter().collect(), got.iter().collect());
        let rule = Rule { time_sec: 0.05, same: |one: &OscLine, other: &OscLine| one.args == other.args };
        let steps = align(&one, &other, &rule);
        let of = |pick: fn(&Step) -> bool| steps.iter().filter(|step| pick(step)).count();
        (
            of(|step| matches!(step, Step::Pair(..))),
            of(|step| matches!(step, Step::Missing(_))),
            of(|step| matches!(step, Step::Extra(_))),
        )
    }

    #[test]
    fn a_gap_of_any_length_is_so_many_missing_and_nothing_else() {
        let all = song(3_000);
        for gap in [1, 3, 59, 61, 150, 1_000] {
            let got = [&all[..1_200], &all[1_200 + gap..]].concat();
            assert_eq!(aligned(&all, &got), (3_000 - gap, gap, 0), "{gap}");
            assert_eq!(aligned(&got, &all), (3_000 - gap, 0, gap), "{gap}");
        }
    }

    #[test]
    fn other_values_at_the_same_times_are_pairs() {
        let all = song(2_000);
        let got: Vec<_> = (0..2_000).map(|index| tick(index, -1.0)).collect();
        assert_eq!(aligned(&all, &got), (2_000, 0, 0));
    }

    #[test]
    fn the_same_a_little_later_are_pairs() {
        let all = song(2_000);
        let later: Vec<_> = all.iter().map(|line| OscLine { t: line.t + 0.4, ..line.clone() }).collect();
        assert_eq!(aligned(&all, &later), (2_000, 0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_message_is_told_of_once_and_in_order(
            drop in proptest::collection::btree_set(0_usize..600, 0..40),
            change in proptest::collection::btree_set(0_usize..600, 0..40),
            add in proptest::collection::btree_set(0_usize..600, 0..40),
        ) {
            let all = song(600);
            let mut got = Vec::new();
            for (index, line) in all.iter().enumerate() {
                if change.contains(&index) {
                    got.push(OscLine { args: vec![(-5.0).into()], ..line.clone() });
                } else if !drop.contains(&index) {
                    got.push(line.clone());
                }
                if add.contains(&index) {
                    got.push(OscLine { t: line.t + 0.001, args: vec![(-7.0).into()], ..line.clone() });
                }
            }
            let (one, other): (Vec<_>, Vec<_>) = (all.iter().collect(), got.iter().collect());
            let rule = Rule { time_sec: 0.05, same: |one: &OscLine, other: &OscLine| one.args == other.args };
            let (mut e, mut g, mut wrong) = (0, 0, 0);
            for step in align(&one, &other, &rule) {
                match step {
                    Step::Pair(at, of) => {
                        prop_assert_eq!((at, of), (e, g));
                        wrong += usize::from(all[at].args != got[of].args);
                        (e, g) = (e + 1, g + 1);
                    }
                    Step::Missing(at) => { prop_assert_eq!(at, e); e += 1; wrong += 1; }
                    Step::Extra(of) => { prop_assert_eq!(of, g); g += 1; wrong += 1; }
                }
            }
            prop_assert_eq!((e, g), (all.len(), got.len()));
            // Hardly ever is more told to be wrong than was made wrong: what lies beyond a window is not known in it.
            let made = drop.difference(&change).count() + change.len() + add.len();
            prop_assert!(wrong <= made + made / 10, "{} of {}", wrong, made);
        }
    }
}
