//! How well pitch is found: the measures of MIREX's audio melody extraction (Poliner et al. 2007).

use std::ops::AddAssign;

/// A frame that is further off, as a share, is grossly wrong.
const GROSS: f64 = 0.2;

/// Within so many cents a pitch is right.
const RIGHT_CENTS: f64 = 50.0;

/// Frames, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Frames {
    pub(super) gross: u64,
    pub(super) both_voiced: u64,
    pub(super) right: u64,
    pub(super) right_chroma: u64,
    pub(super) voiced: u64,
    pub(super) false_alarms: u64,
    pub(super) unvoiced: u64,
}

impl AddAssign for Frames {
    fn add_assign(&mut self, other: Self) {
        self.gross += other.gross;
        self.both_voiced += other.both_voiced;
        self.right += other.right;
        self.right_chroma += other.right_chroma;
        self.voiced += other.voiced;
        self.false_alarms += other.false_alarms;
        self.unvoiced += other.unvoiced;
    }
}

/// Judges a pitch track at the times of the truth, whose pitch is in Hz, 0 where there is none, and negative where it is not judged.
/// Both are in order of time.
pub(super) fn frames(truth: &[(f64, f64)], told: &[(f64, f64)]) -> Frames {
    let mut all = Frames::default();
    for (time, hz) in truth.iter().filter(|(_, hz)| *hz >= 0.0) {
        let told_hz = nearest(told, *time);
        if *hz == 0.0 {
            all.unvoiced += 1;
            all.false_alarms += u64::from(told_hz > 0.0);
            continue;
        }
        all.voiced += 1;
        if told_hz <= 0.0 {
            continue;
        }
        let ratio = told_hz / hz;
        let cents = 1_200.0 * libm::log2(ratio);
        let chroma = cents - 1_200.0 * (cents / 1_200.0).round_ties_even();
        all.both_voiced += 1;
        all.gross += u64::from((ratio - 1.0).abs() > GROSS);
        all.right += u64::from(cents.abs() < RIGHT_CENTS);
        all.right_chroma += u64::from(chroma.abs() < RIGHT_CENTS);
    }
    all
}

/// The pitch that was told nearest to a moment.
fn nearest(told: &[(f64, f64)], time: f64) -> f64 {
    let Some(last) = told.len().checked_sub(1) else { return 0.0 };
    let after = told.partition_point(|(at, _)| *at < time).min(last);
    let before = after.saturating_sub(1);
    let is_before = (told[before].0 - time).abs() <= (told[after].0 - time).abs();
    told[if is_before { before } else { after }].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_by_what_is_wrong_with_them() {
        let truth = [(0.0, 0.0), (0.1, 440.0), (0.2, 440.0), (0.3, 440.0), (0.4, -1.0), (0.5, 440.0)];
        let told = [(0.0, 100.0), (0.1, 441.0), (0.2, 880.0), (0.3, 0.0), (0.4, 9.0), (0.5, 460.0)];
        let expect = Frames {
            gross: 1,
            both_voiced: 3,
            right: 1,
            right_chroma: 2,
            voiced: 4,
            false_alarms: 1,
            unvoiced: 1,
        };
        assert_eq!(frames(&truth, &told), expect);
    }
}
