//! What fell short: in tables, where one looks first.

use super::summary::Summary;
use super::table::{Cell, Column, Table};
use super::units::{seconds, thousands};
use crate::compare::{AddressComparison, Comparison};

/// Everything that was not as it must be, or a sentence that all was.
pub(super) fn shortfalls(summary: &Summary) -> String {
    const COLUMNS: &[Column] = &[Column::word("at"), Column::text("what"), Column::text("detail")];
    let mut table = Table::new(COLUMNS);
    for violation in &summary.violations {
        let what = Cell::Marked("bad", format!("did not hold: {}", violation.property));
        table.row([Cell::Moment(violation.t), what, violation.detail.clone().into()]);
    }
    for outage in summary.outages.iter().filter(|outage| outage.end.is_none()) {
        let what = Cell::Marked("bad", format!("{} never came back", outage.process));
        table.row([Cell::Moment(outage.start), what, outage.cause.clone().into()]);
    }
    for missed in &summary.missed {
        table.row([
            Cell::Empty,
            Cell::Marked("fair", "a fault did not strike".to_owned()),
            missed.clone().into(),
        ]);
    }
    let figures = &summary.figures;
    if let (Some(gap_sec), Some(at)) = (figures.largest_gap_sec, figures.largest_gap_at)
        && figures.ticks_missed > 0
    {
        let what = Cell::Marked("fair", format!("{} ticks were not sent", thousands(figures.ticks_missed)));
        table.row([Cell::Moment(at), what, format!("the longest gap was {}", seconds(gap_sec)).into()]);
    }
    let short = table.or("Nothing fell short.");
    let Some(comparison) = &summary.comparison else { return short };
    format!("{short}<h3>Beside what is expected</h3>{}", compared(comparison))
}

fn compared(comparison: &Comparison) -> String {
    const COLUMNS: &[Column] = &[
        Column::code("address"),
        Column::number("expected"),
        Column::number("got"),
        Column::number("missing"),
        Column::number("extra"),
        Column::number("other value"),
        Column::number("other time"),
        Column::text("first difference"),
    ];
    let mut table = Table::new(COLUMNS);
    let differs = |it: &AddressComparison| it.missing + it.extra + it.value + it.time > 0;
    for (address, found) in comparison.addresses.iter().filter(|(_, found)| differs(found)) {
        let count = |count: usize| match count {
            0 => Cell::Empty,
            _ if found.holds => thousands(count).into(),
            _ => Cell::Marked("bad", thousands(count)),
        };
        table.row([
            address.clone().into(),
            thousands(found.expected).into(),
            thousands(found.got).into(),
            count(found.missing),
            count(found.extra),
            count(found.value),
            count(found.time),
            first(found),
        ]);
    }
    let headline = super::escape::html_text(&comparison.headline());
    format!("<p class=\"empty\">{headline}.</p>{}", table.or("Nothing differs."))
}

fn first(found: &AddressComparison) -> Cell {
    Cell::maybe(found.first.first().map(ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkers::{Class, Violation};
    use crate::compare::{Tolerance, compare};
    use crate::report::ReportMeta;
    use crate::report::samples::{killed_once, ticks};

    #[test]
    fn what_did_not_hold_what_was_missed_and_what_came_otherwise_is_told() {
        let (entries, lines) = killed_once();
        let violation = Violation {
            class: Class::Safety,
            property: "there are never two of one",
            t: 12.0,
            detail: "<two>".to_owned(),
        };
        let meta = ReportMeta {
            violations: vec![violation],
            missed: vec!["kill nobody at 5 s".to_owned()],
            comparison: Some(compare(&ticks(0.0, 2.0), &ticks(0.0, 1.0), &Tolerance::default())),
            ..ReportMeta::default()
        };
        let summary = Summary::of(&meta, &entries, &lines);
        let html = shortfalls(&summary);
        for part in ["there are never two of one", "&lt;two&gt;", "kill nobody at 5 s", "ticks were not sent"]
        {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(html.contains("Beside what is expected") && html.contains("60 missing"), "{html}");
        assert!(summary.headline.contains("1 property did not hold"), "{}", summary.headline);
        assert!(summary.headline.contains("not as expected"), "{}", summary.headline);
    }

    #[test]
    fn nothing_fell_short_is_said_and_nothing_is_compared_unasked() {
        let html = shortfalls(&Summary::of(&ReportMeta::default(), &[], &[]));
        assert_eq!(html, "<p class=\"empty\">Nothing fell short.</p>");
    }
}
