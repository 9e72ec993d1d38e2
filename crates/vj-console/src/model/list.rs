//! A list of which one line is chosen. How much of it fits on the screen is the view's matter.

/// Where in a list one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct List {
    /// The chosen line.
    pub selected: usize,
}

/// A step through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Lines down, or up.
    By(isize),
    /// To the first.
    First,
    /// To the last.
    Last,
}

impl List {
    /// Takes a step in a list of `len` lines.
    pub fn step(&mut self, step: Step, len: usize) {
        let last = len.saturating_sub(1);
        self.selected = match step {
            Step::By(by) => self.selected.saturating_add_signed(by).min(last),
            Step::First => 0,
            Step::Last => last,
        };
    }

    /// The chosen line of a list of `len` lines, which may have become shorter.
    #[must_use]
    pub fn at(&self, len: usize) -> usize {
        self.selected.min(len.saturating_sub(1))
    }

    /// The first line to show so that the chosen one is among `rows`.
    #[must_use]
    pub fn first_shown(&self, len: usize, rows: usize) -> usize {
        let at = self.at(len);
        let most = len.saturating_sub(rows);
        at.saturating_sub(rows / 2).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_never_leaves_the_list() {
        let mut list = List::default();
        for (step, expect) in [
            (Step::By(-1), 0),
            (Step::By(3), 3),
            (Step::By(100), 9),
            (Step::First, 0),
            (Step::Last, 9),
            (Step::By(-2), 7),
        ] {
            list.step(step, 10);
            assert_eq!(list.selected, expect, "{step:?}");
        }
        assert_eq!(list.at(3), 2, "the list has become shorter");
        list.step(Step::By(1), 0);
        assert_eq!((list.selected, list.at(0)), (0, 0));
    }

    #[test]
    fn the_chosen_line_is_always_shown() {
        for len in 0..40 {
            for selected in 0..len {
                let first = List { selected }.first_shown(len, 7);
                assert!(first <= selected && selected < first + 7, "{selected} of {len}: from {first}");
                assert!(len < 7 || first + 7 <= len, "nothing is wasted");
            }
        }
    }
}
