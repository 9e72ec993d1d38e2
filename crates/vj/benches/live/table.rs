//! The figures as a table.

use std::fmt;
use std::time::Duration;

/// One figure.
struct Row {
    what: &'static str,
    figure: String,
    goal: &'static str,
    ancestor: &'static str,
    control: String,
}

/// All figures, in order.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a figure; `ancestor` is what the Python system that vj replaces took.
    pub(crate) fn add(
        &mut self,
        what: &'static str,
        figure: String,
        goal: &'static str,
        ancestor: &'static str,
        control: String,
    ) {
        self.rows.push(Row { what, figure, goal, ancestor, control });
    }

    /// Something that could not be measured here.
    pub(crate) fn left_out(&mut self, what: &'static str, why: &str) {
        self.add(what, format!("not measured: {why}"), "", "", String::new());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| what | figure | goal | ancestor | control in the same run |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for Row { what, figure, goal, ancestor, control } in &self.rows {
            writeln!(f, "| {what} | {figure} | {goal} | {ancestor} | {control} |")?;
        }
        Ok(())
    }
}

/// Times of the same thing, to be asked for their quantiles.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that this share of them did not exceed.
    pub(crate) fn at(&self, share: f64) -> Duration {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// `p50 A, p99 B us`.
    pub(crate) fn in_us(&self) -> String {
        let us = |share| self.at(share).as_secs_f64() * 1e6;
        format!("p50 {:.1}, p99 {:.1} µs", us(0.5), us(0.99))
    }

    /// `A to B s (median C)`.
    pub(crate) fn in_sec(&self) -> String {
        let sec = |share| self.at(share).as_secs_f64();
        format!("median {:.3} s ({:.3} to {:.3}, of {})", sec(0.5), sec(0.0), sec(1.0), self.0.len())
    }

    /// The same in milliseconds.
    pub(crate) fn in_ms(&self) -> String {
        let ms = |share| self.at(share).as_secs_f64() * 1e3;
        format!("median {:.1} ms ({:.1} to {:.1}, of {})", ms(0.5), ms(0.0), ms(1.0), self.0.len())
    }
}
