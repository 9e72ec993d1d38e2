//! The last moments of a run for people: one column a process, one letter an event.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use vj_env::Level;

use crate::history::{Entry, What};

/// What is shown at most.
const ROWS_MAX: usize = 40;

/// What lies longer before the end is shown only where there is little else.
const SHOWN_SEC: f64 = 45.0;
const ROWS_MIN: usize = 12;

/// What the letters mean.
pub const LEGEND: &str = "S starts, B serves, X ends, P panics, R is refused; K killed, T told to end, F stands still, C clogged, / cut, \
                          ! any other fault, m mended; h healthy, u another health; w warns, e errs; | lives";

/// The column of what is no process.
const WORLD: &str = "world";

/// Draws what happened up to `until`.
#[must_use]
pub fn draw(history: &[Entry], until: f64) -> String {
    let told: Vec<Told> =
        history.iter().take_while(|entry| entry.t <= until + 0.001).filter_map(tell).collect();
    let is_shown = |at: &usize| told[*at].t >= until - SHOWN_SEC || told.len() - at <= ROWS_MIN;
    let from = (0..told.len()).rev().take(ROWS_MAX).take_while(is_shown).last().unwrap_or(told.len());
    let names: BTreeSet<&str> =
        told.iter().map(|it| it.column.as_str()).filter(|name| *name != WORLD).collect();
    let columns: Vec<&str> = names.into_iter().chain([WORLD]).collect();
    let mut alive: BTreeMap<&str, bool> = BTreeMap::new();
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write!(text, "{:>12} ", "");
    for column in &columns {
        let _ = write!(text, " {}", short(column));
    }
    text.push('\n');
    for (index, it) in told.iter().enumerate() {
        if let Some(lives) = it.lives {
            alive.insert(&it.column, lives);
        }
        if index < from {
            continue;
        }
        let _ = write!(text, "{:>10.3} s ", it.t);
        for column in &columns {
            let idle = if alive.get(column).copied().unwrap_or(false) { '|' } else { ' ' };
            let letter = if *column == it.column { it.letter } else { idle };
            let _ = write!(text, " {letter:^8}");
        }
        let _ = writeln!(text, "  {}", it.words);
    }
    let _ = writeln!(text, "{:>13}({LEGEND})", "");
    text
}

/// A column is eight letters wide.
fn short(name: &str) -> String {
    let name = name.strip_suffix("_monitor").or_else(|| name.strip_suffix("_fetcher")).unwrap_or(name);
    let name = match name {
        "process_manager" => "manager",
        "audio_analyzer" => "audio",
        "osc_debugger" => "debugger",
        "test_worker" => "test",
        other => other,
    };
    format!("{:^8}", name.chars().take(8).collect::<String>())
}

struct Told {
    t: f64,
    column: String,
    letter: char,
    /// Whether the process lives from here on; none: as before.
    lives: Option<bool>,
    words: String,
}

/// One event. Questions and answers are many and tell little.
fn tell(entry: &Entry) -> Option<Told> {
    let (column, letter, lives, words) = match &entry.what {
        What::Start { process, pid } => (process, 'S', Some(true), format!("{process} starts (pid {pid})")),
        What::Bound { process, pid } => (process, 'B', None, format!("{process} serves (pid {pid})")),
        What::Exit { process, pid, how } => {
            (process, 'X', Some(false), format!("{process} ends: {how} (pid {pid})"))
        }
        What::Panic { process, message, .. } => (process, 'P', None, format!("{process} panics: {message}")),
        What::Refused { process, pid, holder } => {
            (process, 'R', None, format!("{process} (pid {pid}) is refused: pid {holder} serves"))
        }
        What::Fault { kind, target, detail } => {
            let letter = match kind.as_str() {
                "kill" => 'K',
                "terminate" => 'T',
                "freeze" => 'F',
                "clog" => 'C',
                "cut" => '/',
                _ => '!',
            };
            (column_of(target), letter, None, format!("FAULT {kind} {target} {detail}"))
        }
        What::Mended { kind, target } => (column_of(target), 'm', None, format!("{kind} {target} is over")),
        What::Health { worker, health } => {
            let letter = if health == "healthy" { 'h' } else { 'u' };
            (worker, letter, None, format!("{worker} is called {health}"))
        }
        What::Log { process, level, message, .. } if *level >= Level::Warning => {
            let letter = if *level == Level::Warning { 'w' } else { 'e' };
            (process, letter, None, format!("{process}: {message}"))
        }
        What::Mark { name, detail } if name == crate::faults::MISSED => {
            (&entry_world(), '!', None, format!("the fault struck nobody: {detail}"))
        }
        _ => return None,
    };
    let words = words.trim_end().chars().take(110).collect();
    Some(Told { t: entry.t, column: column.clone(), letter, lives, words })
}

fn entry_world() -> String {
    WORLD.to_owned()
}

/// A fault that strikes no process stands in the column of the world.
fn column_of(target: &String) -> &String {
    static OTHER: std::sync::LazyLock<String> = std::sync::LazyLock::new(entry_world);
    if target.parse::<vj_core::ProcessName>().is_ok() { target } else { &OTHER }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkers::bad_history::{bound, exit, fault, health, mark, start};

    #[test]
    fn each_process_has_a_column_and_each_event_a_letter() {
        let history = [
            start(0.0, "process_manager", 101),
            start(0.1, "audio_analyzer", 102),
            bound(0.2, "audio_analyzer", 102),
            health(0.3, "audio_analyzer", "healthy"),
            mark(0.4, "anything", "that is no event"),
            fault(5.0, "kill", "audio_analyzer", 102),
            exit(5.0, "audio_analyzer", 102),
            fault(5.5, "disk_full", "disk", 0),
            start(9.0, "audio_analyzer", 103),
        ];
        let drawn = draw(&history, 6.0);
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(
            lines[0].contains("audio") && lines[0].contains("manager") && lines[0].contains("world"),
            "{drawn}"
        );
        assert_eq!(lines.len(), 9, "what comes later is not shown:\n{drawn}");
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>()[..3], ["0.000", "s", "S"]);
        assert_eq!(lines[5].split_whitespace().collect::<Vec<_>>()[..4], ["5.000", "s", "K", "|"]);
        assert!(lines[7].contains('!') && lines[7].contains("FAULT disk_full disk"), "{drawn}");
        assert!(lines[8].contains("K killed"), "{drawn}");
    }

    #[test]
    fn of_a_long_run_the_last_moments_are_shown() {
        let history: Vec<_> = (0..500).map(|at| start(f64::from(at), "audio_analyzer", 1)).collect();
        let drawn = draw(&history, 400.0);
        assert_eq!(drawn.lines().count(), ROWS_MAX + 2);
        assert!(drawn.contains("400.000 s") && !drawn.contains("401.000 s") && !drawn.contains("300.000 s"));
    }
}
