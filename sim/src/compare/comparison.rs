//! What differs, address by address.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::align::{Rule, Step, align};
use super::tolerance::{Limits, Tolerance};
use crate::osc_log::OscLine;

/// What differs between two logs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Comparison {
    /// Whether nothing differs by more than is allowed.
    pub holds: bool,
    /// Messages that were not looked at, of both logs.
    pub ignored: usize,
    /// By address.
    pub addresses: BTreeMap<String, AddressComparison>,
}

/// What differs on one address.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AddressComparison {
    /// Whether nothing differs by more than is allowed.
    pub holds: bool,
    /// Messages that were expected.
    pub expected: usize,
    /// Messages that came.
    pub got: usize,
    /// Those that were expected and did not come.
    pub missing: usize,
    /// Those that came and were not expected.
    pub extra: usize,
    /// Those of which a value differs by more than is allowed.
    pub value: usize,
    /// The largest difference of two numbers, also where it is allowed.
    pub value_max: f64,
    /// Those that came too early or too late.
    pub time: usize,
    /// The largest difference in time, also where it is allowed. Seconds.
    pub time_max_sec: f64,
    /// The first of each kind, as far as there are any.
    pub first: Vec<Example>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// `missing`, `extra`, `value` or `time`.
    pub kind: &'static str,
    /// When, by the log in which it stands; of a pair, by what was expected.
    pub t: f64,
    /// When it came, if it did.
    pub got_t: Option<f64>,
    /// What was expected, if anything.
    pub expected: Option<Vec<Value>>,
    /// What came, if anything.
    pub got: Option<Vec<Value>>,
}

impl Comparison {
    /// Whether nothing differs by more than is allowed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// The sums over all addresses, in a sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let sum = |of: fn(&AddressComparison) -> usize| self.addresses.values().map(of).sum::<usize>();
        let (expected, missing, extra) = (sum(|it| it.expected), sum(|it| it.missing), sum(|it| it.extra));
        let (value, time) = (sum(|it| it.value), sum(|it| it.time));
        let broken = self.addresses.values().filter(|it| !it.holds).count();
        let verdict = match (broken, missing + extra + value + time) {
            (0, 0) => "all as expected".to_owned(),
            (0, _) => "within the tolerance".to_owned(),
            (1, _) => "1 address beyond the tolerance".to_owned(),
            (broken, _) => format!("{broken} addresses beyond the tolerance"),
        };
        format!(
            "{expected} messages expected on {} addresses, {missing} missing, {extra} extra, {value} other in value, {time} in time: {verdict}",
            self.addresses.len()
        )
    }
}

/// Compares what was got with what was expected. Both logs are in order of time.
#[must_use]
pub fn compare(expected: &[OscLine], got: &[OscLine], tolerance: &Tolerance) -> Comparison {
    let mut ignored = 0;
    let judge = tolerance.judge();
    let mut streams = BTreeMap::<&str, BTreeMap<Option<i64>, [Vec<&OscLine>; 2]>>::new();
    let mut limits = BTreeMap::<&str, Option<Limits>>::new();
    let last = tolerance.to_sec.unwrap_or(f64::INFINITY);
    for (side, lines) in [expected, got].into_iter().enumerate() {
        for line in lines {
            // Whatever lies near an edge may be on the other side of it in the other log; see `near_an_edge`.
            let is_within = (tolerance.from_sec..=last).contains(&line.t);
            let is_judged = limits.entry(&line.addr).or_insert_with(|| judge(&line.addr)).is_some();
            if is_within && is_judged {
                streams.entry(&line.addr).or_default().entry(index(line)).or_default()[side].push(line);
            } else {
                ignored += 1;
            }
        }
    }
    let mut addresses = BTreeMap::new();
    for (address, by_index) in streams {
        let Some(limits) = limits.get(address).copied().flatten() else { continue };
        let mut found = AddressComparison::default();
        for [expected, got] in by_index.values() {
            found.add(expected, got, &limits, (tolerance.from_sec, last));
        }
        found.judge(&limits);
        addresses.insert(address.to_owned(), found);
    }
    let holds = addresses.values().all(|found| found.holds);
    Comparison { holds, ignored, addresses }
}

/// Lines of songs are sent with their index, time and text, a whole song at once: each index is followed for itself.
fn index(line: &OscLine) -> Option<i64> {
    if line.tags == "ifs" { line.args.first()?.as_i64() } else { None }
}

impl AddressComparison {
    fn add(&mut self, expected: &[&OscLine], got: &[&OscLine], limits: &Limits, edges: (f64, f64)) {
        self.expected += expected.len();
        self.got += got.len();
        let same = |one: &OscLine, other: &OscLine| same(one, other, limits.value);
        // Of an edge at the very start nothing can be on the other side.
        let near_an_edge = |line: &OscLine| {
            (edges.0 > 0.0 && line.t - edges.0 < limits.time_sec) || edges.1 - line.t < limits.time_sec
        };
        for step in align(expected, got, &Rule { time_sec: limits.time_sec, same }) {
            match step {
                Step::Missing(at) if !near_an_edge(expected[at]) => {
                    self.missing += 1;
                    self.example("missing", Some(expected[at]), None);
                }
                Step::Extra(at) if !near_an_edge(got[at]) => {
                    self.extra += 1;
                    self.example("extra", None, Some(got[at]));
                }
                Step::Missing(_) | Step::Extra(_) => {}
                Step::Pair(at, of) => self.pair(expected[at], got[of], limits),
            }
        }
    }

    fn pair(&mut self, one: &OscLine, other: &OscLine, limits: &Limits) {
        let apart_sec = ((other.t - one.t).abs() * 1e6).round() / 1e6;
        self.time_max_sec = self.time_max_sec.max(apart_sec);
        for (expected, got) in one.args.iter().zip(&other.args) {
            if let (Some(expected), Some(got)) = (expected.as_f64(), got.as_f64()) {
                self.value_max = self.value_max.max((expected - got).abs());
            }
        }
        if !same(one, other, limits.value) {
            self.value += 1;
            self.example("value", Some(one), Some(other));
        }
        if apart_sec > limits.time_sec {
            self.time += 1;
            self.example("time", Some(one), Some(other));
        }
    }

    /// Keeps the first of each kind.
    fn example(&mut self, kind: &'static str, one: Option<&OscLine>, other: Option<&OscLine>) {
        let t = one.or(other).map_or(0.0, |line| line.t);
        let example = Example {
            kind,
            t,
            got_t: other.map(|line| line.t),
            expected: one.map(|line| line.args.clone()),
            got: other.map(|line| line.args.clone()),
        };
        match self.first.iter_mut().find(|first| first.kind == kind) {
            // Lines of a song are followed index by index, so a later one may have been seen first.
            Some(first) if first.t > t => *first = example,
            Some(_) => {}
            None => self.first.push(example),
        }
    }

    fn judge(&mut self, limits: &Limits) {
        // Of what did not come at all the share is of what came.
        let of = self.expected.max(if self.expected == 0 { self.got } else { 0 }) as f64;
        let within = |count: usize, share: f64| count as f64 <= share * of;
        self.first.sort_by(|one, two| one.t.total_cmp(&two.t));
        self.holds = within(self.missing, limits.missing)
            && within(self.extra, limits.extra)
            && within(self.value, limits.differing)
            && within(self.time, limits.differing);
    }
}

/// Whether two messages say the same. Whole numbers are often names or counts: of them only the absolute difference counts.
fn same(one: &OscLine, other: &OscLine, tolerance: f64) -> bool {
    let near = |(tag, (one, other)): (char, (&Value, &Value))| match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => {
            let share = if tag == 'i' { 0.0 } else { tolerance * one.abs().max(other.abs()) };
            (one - other).abs() <= tolerance.max(share)
        }
        _ => one == other,
    };
    one.tags == other.tags
        && one.args.len() == other.args.len()
        && one.tags.chars().zip(one.args.iter().zip(&other.args)).all(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn line(t: f64, addr: &str, tags: &str, args: Value) -> OscLine {
        let (from, addr, tags) = ("audio_analyzer".into(), addr.into(), tags.into());
        OscLine { t, from, addr, tags, args: args.as_array().unwrap().clone() }
    }

    fn levels(ticks: usize) -> Vec<OscLine> {
        let level = |tick: usize| (tick * tick % 101) as f64 / 100.0;
        (0..ticks).map(|tick| line(tick as f64 / 60.0, "/audio/levels", "f", json!([level(tick)]))).collect()
    }

    fn on_levels(expected: &[OscLine], got: &[OscLine]) -> AddressComparison {
        compare(expected, got, &Tolerance::default()).addresses["/audio/levels"].clone()
    }

    #[test]
    fn a_dropped_message_is_one_missing_one_and_a_doubled_one_is_one_extra() {
        let all = levels(600);
        let mut got = all.clone();
        got.remove(300);
        let found = on_levels(&all, &got);
        assert_eq!((found.missing, found.extra, found.value, found.holds), (1, 0, 0, false));
        assert_eq!((found.first[0].kind, found.first[0].t), ("missing", 5.0));
        let found = on_levels(&got, &all);
        assert_eq!((found.missing, found.extra, found.value, found.holds), (0, 1, 0, false));
    }

    #[test]
    fn a_changed_value_is_told_with_both() {
        let all = levels(600);
        let mut got = all.clone();
        got[120].args = vec![json!(7.0)];
        got[121].args = vec![json!(all[121].args[0].as_f64().unwrap() + 0.0005)];
        let found = on_levels(&all, &got);
        assert_eq!((found.value, found.missing, found.holds), (1, 0, false));
        assert!((found.value_max - 6.43).abs() < 1.0, "{}", found.value_max);
        let first = &found.first[0];
        assert_eq!((first.kind, first.t, first.got.as_ref().unwrap()), ("value", 2.0, &vec![json!(7.0)]));
    }

    #[test]
    fn what_comes_late_is_late_and_not_missing() {
        let song = |t: f64| vec![line(t, "/karaoke/track", "is", json!([1, "One"]))];
        let found = compare(&song(10.0), &song(13.5), &Tolerance::default());
        let found = &found.addresses["/karaoke/track"];
        assert_eq!((found.time, found.missing, found.extra, found.time_max_sec), (1, 0, 0, 3.5));
        let another = vec![line(13.5, "/karaoke/track", "is", json!([1, "Two"]))];
        let found = compare(&song(10.0), &another, &Tolerance::default());
        let found = &found.addresses["/karaoke/track"];
        assert_eq!((found.time, found.missing, found.extra), (0, 1, 1));
    }

    #[test]
    fn a_share_may_be_missing_where_that_is_allowed_and_some_addresses_are_not_looked_at() {
        let mut all = levels(1_000);
        all.push(line(16.0, "/vj/worker/audio_analyzer", "s", json!(["healthy"])));
        let got: Vec<_> =
            all.iter().enumerate().filter(|(at, _)| *at != 40).map(|(_, line)| line.clone()).collect();
        let lenient = Tolerance { missing: 0.001, ..Tolerance::default() };
        let found = compare(&all, &got[..999], &lenient);
        assert!(found.holds() && !found.addresses.contains_key("/vj/worker/audio_analyzer"));
        assert_eq!(found.ignored, 1);
        assert!(!compare(&all, &got[..998], &lenient).holds());
    }

    #[test]
    fn nothing_is_looked_at_beyond_the_edges_nor_missed_at_them() {
        let all = levels(1_200);
        let cut = Tolerance { from_sec: 5.0, to_sec: Some(15.0), ..Tolerance::default() };
        let later: Vec<_> = all.iter().map(|line| OscLine { t: line.t + 0.02, ..line.clone() }).collect();
        let got = &later[200..1_000];
        let found = compare(&all, got, &cut);
        assert!(found.holds(), "{found}");
    }

    #[test]
    fn lines_of_a_song_are_followed_by_their_index() {
        let song = |from: f64, skip: Option<i64>| -> Vec<OscLine> {
            (0..40)
                .filter(|index| Some(*index) != skip)
                .map(|index| {
                    line(
                        from,
                        "/karaoke/lyrics/line",
                        "ifs",
                        json!([index, index as f64, format!("line {index}")]),
                    )
                })
                .collect()
        };
        let expected = [song(1.0, None), song(200.0, None)].concat();
        let got = [song(1.0, Some(3)), song(200.0, None)].concat();
        let found = compare(&expected, &got, &Tolerance::default());
        let found = &found.addresses["/karaoke/lyrics/line"];
        assert_eq!((found.expected, found.missing, found.extra, found.value), (80, 1, 0, 0));
        assert_eq!(found.first[0].expected.as_ref().unwrap()[2], "line 3");
    }

    #[test]
    fn an_address_that_nobody_expected_is_extra() {
        let found = compare(&[], &levels(10), &Tolerance::default());
        assert!(!found.holds());
        assert_eq!(found.addresses["/audio/levels"].extra, 10);
    }

    #[test]
    fn whole_numbers_are_not_near_each_other() {
        let one = [line(1.0, "/a", "if", json!([5_000, 5_000.0]))];
        let near = [line(1.0, "/a", "if", json!([5_000, 5_001.0]))];
        let other = [line(1.0, "/a", "if", json!([5_001, 5_000.0]))];
        assert!(compare(&one, &near, &Tolerance::default()).holds());
        assert!(!compare(&one, &other, &Tolerance::default()).holds());
    }

    proptest! {
        #[test]
        fn identical_logs_are_equal(ticks in 0_usize..300, from in 0.0_f64..3.0) {
            let all = levels(ticks);
            let found = compare(&all, &all, &Tolerance { from_sec: from, ..Tolerance::default() });
            prop_assert!(found.holds());
            let differences = found.addresses.values().map(|it| it.missing + it.extra + it.value + it.time);
            prop_assert_eq!(differences.sum::<usize>(), 0);
        }
    }

    #[test]
    fn an_hour_of_ticks_that_all_differ_is_compared_in_seconds() {
        let all = levels(216_000);
        let got: Vec<_> = all.iter().map(|line| OscLine { args: vec![json!(2.0)], ..line.clone() }).collect();
        let found = on_levels(&all, &got);
        assert_eq!((found.value, found.missing, found.extra), (216_000, 0, 0));
    }
}
