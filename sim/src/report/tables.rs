//! Every figure of the page in plain tables: they need no script.

use std::fmt::Write as _;

use super::escape::html_text;
use super::summary::Summary;
use super::table::{Cell, Column, Table};
use super::telemetry::AddressRate;
use super::units::{long_time, percent, seconds, thousands};

/// Width and height of a rate curve in its own units.
const CURVE: (f64, f64) = (120.0, 20.0);

/// What was struck, what went down, and how long until it was back. Crashes that no fault explains stand among the faults.
pub(super) fn faults(summary: &Summary) -> String {
    const COLUMNS: &[Column] = &[
        Column::word("at"),
        Column::word("what"),
        Column::code("whom"),
        Column::number("back after"),
        Column::number("telemetry gap"),
        Column::text("detail"),
    ];
    let back = |recovered: Option<bool>, sec: Option<f64>| match (recovered, sec) {
        (Some(true), Some(sec)) => Cell::Marked("good", seconds(sec)),
        (Some(_), _) => Cell::Marked("bad", "never".to_owned()),
        (None, _) => Cell::Empty,
    };
    let explained = |index: usize| summary.faults.iter().any(|fault| fault.outage == Some(index));
    let mut rows: Vec<(f64, [Cell; 6])> = Vec::new();
    for fault in &summary.faults {
        rows.push((
            fault.t,
            [
                Cell::Moment(fault.t),
                Cell::Marked("fault", fault.kind.clone()),
                fault.target.clone().into(),
                back(fault.recovered, fault.recovery_sec),
                Cell::maybe(fault.telemetry_gap_sec.map(seconds)),
                fault.detail.clone().into(),
            ],
        ));
    }
    // An outage is explained by a fault of the same process at its beginning.
    for (index, outage) in summary.outages.iter().enumerate() {
        let by_fault = explained(index)
            || summary.faults.iter().any(|fault| fault.target == outage.process && fault.t == outage.start);
        if !by_fault {
            rows.push((
                outage.start,
                [
                    Cell::Moment(outage.start),
                    Cell::Marked("fault", "crash".to_owned()),
                    outage.process.clone().into(),
                    back(Some(outage.end.is_some()), outage.recovery_sec),
                    Cell::maybe(outage.telemetry_gap_sec.map(seconds)),
                    outage.cause.clone().into(),
                ],
            ));
        }
    }
    rows.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut table = Table::new(COLUMNS);
    rows.into_iter().for_each(|(_, cells)| table.row(cells));
    table.or("Nothing was broken, and nothing broke.")
}

/// Each life of each process.
pub(super) fn processes(summary: &Summary) -> String {
    const COLUMNS: &[Column] = &[
        Column::code("process"),
        Column::number("pid"),
        Column::word("started"),
        Column::number("ready after"),
        Column::word("ended"),
        Column::number("lived"),
        Column::text("how it ended"),
    ];
    let mut table = Table::new(COLUMNS);
    for (name, process) in &summary.processes {
        for life in &process.lives {
            let how = match (&life.how, &life.panic) {
                _ if life.refused => Cell::Marked("fair", "turned away: another holds the name".to_owned()),
                (Some(how), Some(panic)) => Cell::Marked("bad", format!("{how}, panicked: {panic}")),
                (Some(how), None) if how == "exit code 0" => how.clone().into(),
                (Some(how), None) => Cell::Marked("bad", how.clone()),
                (None, _) => Cell::Marked("good", "lived on".to_owned()),
            };
            table.row([
                name.clone().into(),
                life.pid.to_string().into(),
                Cell::Moment(life.start),
                Cell::maybe(life.bound.map(|bound| seconds(bound - life.start))),
                life.end.map_or(Cell::Empty, Cell::Moment),
                long_time(life.end.unwrap_or(summary.end_sec) - life.start).into(),
                how,
            ]);
        }
    }
    table.or("No process was seen.")
}

/// How long each worker was in which health.
pub(super) fn health(summary: &Summary) -> String {
    let mut html = String::new();
    for (name, process) in summary.processes.iter().filter(|(_, process)| !process.health.is_empty()) {
        let mut all: Vec<(&str, f64)> = Vec::new();
        for span in &process.health {
            let sec = span.end - span.start;
            match all.iter_mut().find(|(health, _)| *health == span.health) {
                Some((_, sum)) => *sum += sec,
                None => all.push((&span.health, sec)),
            }
        }
        let of_all = |sec: f64| percent((sec * 1e3) as usize, (summary.end_sec * 1e3) as usize);
        let parts: Vec<String> =
            all.iter().map(|(health, sec)| format!("{health} {}", of_all(*sec))).collect();
        let _ = write!(
            html,
            "<p class=\"health\"><code>{}</code> was {}.</p>",
            html_text(name),
            html_text(&parts.join(", "))
        );
    }
    html
}

/// How much came on each OSC address.
pub(super) fn rates(summary: &Summary) -> String {
    const COLUMNS: &[Column] = &[
        Column::code("address"),
        Column::code("type tags"),
        Column::code("from"),
        Column::number("messages"),
        Column::number("a second"),
        Column::number("longest gap"),
        Column::word("at"),
        Column::text("over the run"),
    ];
    let mut table = Table::new(COLUMNS);
    for (address, rate) in &summary.telemetry.addresses {
        let tags = match rate.tags.len() {
            length if length > 8 => format!("{} x {length}", &rate.tags[..1]),
            _ => rate.tags.clone(),
        };
        table.row([
            address.clone().into(),
            tags.into(),
            rate.from.join(", ").into(),
            thousands(rate.count).into(),
            Cell::maybe(rate.per_sec.map(|per_sec| format!("{per_sec:.1}"))),
            Cell::maybe(rate.largest_gap.map(|gap| seconds(gap.sec))),
            rate.largest_gap.map_or(Cell::Empty, |gap| Cell::Moment(gap.start)),
            Cell::Markup(curve(rate)),
        ]);
    }
    table.or("Nothing was sent.")
}

fn curve(rate: &AddressRate) -> String {
    let (width, height) = CURVE;
    let highest = rate.curve.iter().copied().max().unwrap_or(0).max(1);
    let mut points = format!("0,{height}");
    for (index, count) in rate.curve.iter().enumerate() {
        let y = height - f64::from(*count) / f64::from(highest) * (height - 1.0);
        let _ = write!(points, " {index},{y:.1} {},{y:.1}", index + 1);
    }
    let _ = write!(points, " {width},{height}");
    format!(
        "<svg class=\"curve\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <polygon points=\"{points}\"/></svg>"
    )
}

/// What the processes warned of.
pub(super) fn log(summary: &Summary) -> String {
    const COLUMNS: &[Column] =
        &[Column::word("at"), Column::word("level"), Column::code("process"), Column::text("message")];
    let mut table = Table::new(COLUMNS);
    for line in &summary.log.lines {
        let class = if line.level == vj_env::Level::Error { "bad" } else { "fair" };
        table.row([
            Cell::Moment(line.t),
            Cell::Marked(class, line.level.to_string()),
            line.process.clone().into(),
            line.message.clone().into(),
        ]);
    }
    let mut html = table.or("No warnings and no errors.");
    if summary.log.left_out() > 0 {
        let _ = write!(
            html,
            "<p class=\"empty\">{} more stand in history.jsonl.</p>",
            thousands(summary.log.left_out())
        );
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::meta::ReportMeta;
    use crate::report::samples::{bound, exit, killed_once, start};

    #[test]
    fn a_kill_stands_once_among_the_faults_with_its_figures() {
        let (entries, lines) = killed_once();
        let html = faults(&Summary::of(&ReportMeta::default(), &entries, &lines));
        assert_eq!(html.matches("<tr><td").count(), 1, "{html}");
        for part in ["1:00.00", "kill", "audio_analyzer", "1.02 s", "1.12 s"] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }

    #[test]
    fn a_crash_that_no_fault_explains_stands_there_too() {
        let entries = [start(0.0, "a", 2), bound(0.0, "a", 2), exit(1.0, "a", 2, "exit code 101")];
        let html = faults(&Summary::of(&ReportMeta::default(), &entries, &[]));
        assert!(html.contains("crash") && html.contains("never") && html.contains("exit code 101"), "{html}");
    }

    #[test]
    fn the_log_is_text_whatever_it_says() {
        let (entries, lines) = killed_once();
        let html = log(&Summary::of(&ReportMeta::default(), &entries, &lines));
        assert!(html.contains("&lt;/script&gt;&lt;b&gt;down"), "{html}");
    }
}
