//! What happened, in words and in order.

use vj_env::Level;

use super::table::{Cell, Column, Table};
use super::units::thousands;
use crate::history::{Entry, What};

/// As many rows are shown: a page of a day with a fault each minute must still open at once.
const ROWS_MAX: usize = 400;

/// The table, and how many rows it would have without its limit.
pub(super) fn chronicle(entries: &[Entry]) -> (String, usize) {
    const COLUMNS: &[Column] = &[Column::word("at"), Column::code("who"), Column::text("what happened")];
    let mut table = Table::new(COLUMNS);
    let mut count = 0;
    for entry in entries {
        let Some((who, what)) = told(&entry.what) else { continue };
        if count < ROWS_MAX {
            table.row([Cell::Moment(entry.t), who.into(), what]);
        }
        count += 1;
    }
    let mut html = table.or("Nothing happened.");
    if count > ROWS_MAX {
        html.push_str(&format!(
            "<p class=\"empty\">{} more stand in history.jsonl.</p>",
            thousands(count - ROWS_MAX)
        ));
    }
    (html, count)
}

/// None for what would only drown the rest.
fn told(what: &What) -> Option<(&str, Cell)> {
    Some(match what {
        What::Start { process, pid } => (process, format!("started as {pid}").into()),
        What::Bound { process, .. } => (process, "is ready: it holds its name".into()),
        What::Exit { process, pid, how } => (process, format!("{pid} ended: {how}").into()),
        What::Panic { process, message, .. } => {
            (process, Cell::Marked("bad", format!("panicked: {message}")))
        }
        What::Refused { process, pid, holder } => {
            (process, Cell::Marked("fair", format!("{pid} was turned away, {holder} holds the name")))
        }
        What::Fault { kind, target, detail } if detail.is_empty() => {
            (target, Cell::Marked("fault", kind.clone()))
        }
        What::Fault { kind, target, detail } => (target, Cell::Marked("fault", format!("{kind}: {detail}"))),
        What::Mended { kind, target } => (target, format!("{kind} is over").into()),
        What::Health { worker, health } => (worker, format!("is {}", health.replace('_', " ")).into()),
        What::Receiver { address, listens } => {
            (address, if *listens { "a receiver listens" } else { "the receiver is gone" }.into())
        }
        What::FirstPacket { address } => (address, "the receiver got its first packet".into()),
        What::Mark { name, detail } if detail.is_empty() => ("", name.clone().into()),
        What::Mark { name, detail } => ("", format!("{name}: {detail}").into()),
        What::Log { process, level: Level::Info, message, .. } => {
            (process, format!("said: {message}").into())
        }
        What::Log { process, level: Level::Warning, message, .. } => {
            (process, Cell::Marked("fair", format!("warned: {message}")))
        }
        What::Log { process, level: Level::Error, message, .. } => {
            (process, Cell::Marked("bad", format!("failed: {message}")))
        }
        What::Run { .. }
        | What::Log { .. }
        | What::Unbound { .. }
        | What::Command { .. }
        | What::Answer { .. }
        | What::End => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{killed_once, start};

    #[test]
    fn the_story_of_a_kill_is_told_in_order() {
        let (html, _) = chronicle(&killed_once().0);
        let place = |part: &str| html.find(part).unwrap_or_else(|| panic!("{part} is missing in {html}"));
        let story = [
            "started as 2",
            "is healthy",
            "kill",
            "2 ended: signal 9",
            "is backoff",
            "started as 3",
            "3 ended",
        ];
        assert!(story.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
    }

    #[test]
    fn a_long_story_is_cut() {
        let (html, count) = chronicle(&vec![start(0.0, "a", 2); 450]);
        assert_eq!((count, html.matches("<tr><td").count()), (450, 400));
        assert!(html.contains("50 more stand in history.jsonl"));
    }
}
