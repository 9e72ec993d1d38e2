//! The figures as a table.

use std::fmt;
use std::time::Duration;

/// By this `cargo xtask bench` says where it wants to find the table, to show it last.
const FILE: &str = "VJ_LIVE_TABLE";

const HEAD: [&str; 5] = ["what", "figure", "goal", "ancestor", "control in the same run"];

/// One figure.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) figure: String,
    pub(crate) goal: &'static str,
    /// What the Python system that vj replaces took.
    pub(crate) ancestor: &'static str,
    pub(crate) control: String,
}

/// All figures, in order.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a figure.
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Something that could not be measured here.
    pub(crate) fn left_out(&mut self, what: &'static str, why: &str) {
        let figure = format!("not measured: {why}");
        self.add(Row { what, figure, goal: "", ancestor: "", control: String::new() });
    }

    /// Prints it, or leaves it where somebody wants to find it.
    pub(crate) fn show(&self) {
        match std::env::var_os(FILE) {
            None => println!("\n{self}"),
            Some(file) => std::fs::write(file, self.to_string()).unwrap(),
        }
    }
}

impl fmt::Display for Table {
    /// Markdown, with its columns below each other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.iter().map(|row| [row.what, &row.figure, row.goal, row.ancestor, &row.control]);
        let lines: Vec<[&str; 5]> = std::iter::once(HEAD).chain(rows).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        for (number, line) in lines.iter().enumerate() {
            for (cell, width) in line.iter().zip(widths) {
                write!(f, "| {cell:width$} ")?;
            }
            f.write_str("|\n")?;
            if number == 0 {
                widths.iter().try_for_each(|width| write!(f, "|{}", "-".repeat(width + 2)))?;
                f.write_str("|\n")?;
            }
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

    /// `p50 A, p99 B µs`.
    pub(crate) fn in_us(&self) -> String {
        let us = |share| self.at(share).as_secs_f64() * 1e6;
        format!("p50 {:.1}, p99 {:.1} µs", us(0.5), us(0.99))
    }

    /// `A s (B to C, of N)`, A the median.
    pub(crate) fn in_sec(&self) -> String {
        let sec = |share| self.at(share).as_secs_f64();
        format!("{:.3} s ({:.3} to {:.3}, of {})", sec(0.5), sec(0.0), sec(1.0), self.0.len())
    }

    /// The same in milliseconds.
    pub(crate) fn in_ms(&self) -> String {
        let ms = |share| self.at(share).as_secs_f64() * 1e3;
        format!("{:.1} ms ({:.1} to {:.1}, of {})", ms(0.5), ms(0.0), ms(1.0), self.0.len())
    }
}
