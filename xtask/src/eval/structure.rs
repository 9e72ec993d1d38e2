//! How well drops, build-ups and breakdowns are told.

/// A drop is told in time from so much before it ...
const EARLY_SEC: f64 = 0.5;
/// ... to so much after it.
const LATE_SEC: f64 = 2.0;

/// Seconds between two looks at what is on.
const STEP_SEC: f64 = 0.1;

/// A section of the music.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) kind: String,
    pub(super) start: f64,
    pub(super) end: f64,
}

/// Drops of one piece, and how they were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Drops {
    pub(super) there: usize,
    pub(super) told: usize,
    pub(super) false_ones: usize,
}

/// Looks at one kind of section of one piece: whether it was there, and whether it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Looks {
    pub(super) right: usize,
    pub(super) too_much: usize,
    pub(super) missed: usize,
    pub(super) all: usize,
}

impl Looks {
    /// True where the piece has such a section.
    pub(super) fn is_there(&self) -> bool {
        self.right + self.missed > 0
    }
}

pub(super) fn drops(truth: &[Span], told: &[Span]) -> Drops {
    let starts = |spans: &[Span]| -> Vec<f64> {
        spans.iter().filter(|span| span.kind == "drop").map(|span| span.start).collect()
    };
    let (truth, mut left) = (starts(truth), starts(told));
    let mut told = 0;
    for drop in &truth {
        let found = left.iter().position(|start| (-EARLY_SEC..=LATE_SEC).contains(&(start - drop)));
        told += usize::from(found.is_some());
        found.map(|at| left.remove(at));
    }
    Drops { there: truth.len(), told, false_ones: left.len() }
}

pub(super) fn looks(kind: &str, truth: &[Span], told: &[Span], duration_sec: f64) -> Looks {
    let is_on = |spans: &[Span], time: f64| {
        spans.iter().any(|span| span.kind == kind && (span.start..span.end).contains(&time))
    };
    let mut looks = Looks { all: (duration_sec / STEP_SEC).ceil() as usize, ..Looks::default() };
    for step in 0..looks.all {
        let time = step as f64 * STEP_SEC;
        match (is_on(truth, time), is_on(told, time)) {
            (true, true) => looks.right += 1,
            (false, true) => looks.too_much += 1,
            (true, false) => looks.missed += 1,
            (false, false) => {}
        }
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(kind: &str, start: f64, end: f64) -> Span {
        Span { kind: kind.to_owned(), start, end }
    }

    #[test]
    fn drops_count_once_and_in_time() {
        let truth = [span("drop", 30.0, 50.0), span("drop", 60.0, 70.0), span("buildup", 20.0, 30.0)];
        let told = [span("drop", 31.0, 50.0), span("drop", 31.5, 50.0), span("drop", 63.0, 70.0)];
        assert_eq!(drops(&truth, &told), Drops { there: 2, told: 1, false_ones: 2 });
    }

    #[test]
    fn sections_are_looked_at_ten_times_a_second() {
        let truth = [span("buildup", 2.0, 4.0), span("breakdown", 4.0, 5.0)];
        let told = [span("buildup", 3.0, 5.0)];
        let all = looks("buildup", &truth, &told, 10.0);
        assert_eq!(all, Looks { right: 10, too_much: 10, missed: 10, all: 100 });
        let breakdowns = looks("breakdown", &truth, &told, 10.0);
        assert_eq!(breakdowns, Looks { missed: 10, all: 100, ..Looks::default() });
        assert!(breakdowns.is_there() && !looks("drop", &truth, &told, 10.0).is_there());
    }
}
