//! One HTML table, safe by construction: text is escaped as it goes in.

use std::fmt::Write as _;

use super::escape::html_text;
use super::units::clock;

/// A moment is shown with so much before and after it.
const AROUND_SEC: f64 = 4.0;

/// A table as it grows.
pub(super) struct Table {
    columns: &'static [Column],
    rows: String,
    count: usize,
}

/// A heading and how the cells below it look.
pub(super) struct Column {
    heading: &'static str,
    class: &'static str,
}

impl Column {
    /// Words, from the left.
    pub(super) const fn text(heading: &'static str) -> Self {
        Self { heading, class: "" }
    }

    /// A word or a time, never broken.
    pub(super) const fn word(heading: &'static str) -> Self {
        Self { heading, class: "w" }
    }

    /// Numbers, from the right.
    pub(super) const fn number(heading: &'static str) -> Self {
        Self { heading, class: "n" }
    }

    /// Names that are typed: addresses, processes.
    pub(super) const fn code(heading: &'static str) -> Self {
        Self { heading, class: "c" }
    }
}

/// What stands in a cell.
pub(super) enum Cell {
    /// Any text.
    Text(String),
    /// Text that stands out: the class is one of the style sheet's.
    Marked(&'static str, String),
    /// Markup of our own making.
    Markup(String),
    /// A moment, which leads to its place on the timeline.
    Moment(f64),
    /// Nothing to say.
    Empty,
}

impl Cell {
    /// Text, or a dash.
    pub(super) fn maybe(text: Option<String>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl Table {
    pub(super) fn new(columns: &'static [Column]) -> Self {
        Self { columns, rows: String::new(), count: 0 }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push_str("<tr>");
        for (column, cell) in self.columns.iter().zip(cells) {
            let content = match cell {
                Cell::Text(text) => html_text(&text),
                Cell::Marked(class, text) => {
                    format!("<span class=\"mark {class}\">{}</span>", html_text(&text))
                }
                Cell::Markup(markup) => markup,
                Cell::Moment(t) => {
                    let (from, to) = ((t - AROUND_SEC).max(0.0), t + AROUND_SEC);
                    format!("<a href=\"#{from:.2}-{to:.2}\">{}</a>", clock(t))
                }
                Cell::Empty => "<span class=\"none\">–</span>".to_owned(),
            };
            let _ = write!(self.rows, "<td{}>{content}</td>", class(column.class));
        }
        self.rows.push_str("</tr>\n");
        self.count += 1;
    }

    /// The markup, or `otherwise` as a paragraph if there is no row.
    pub(super) fn or(self, otherwise: &str) -> String {
        if self.count == 0 {
            return format!("<p class=\"empty\">{}</p>", html_text(otherwise));
        }
        let mut head = String::new();
        for column in self.columns {
            let _ =
                write!(head, "<th scope=\"col\"{}>{}</th>", class(column.class), html_text(column.heading));
        }
        format!(
            "<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>\n{}</tbody></table></div>",
            self.rows
        )
    }
}

fn class(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" class=\"{name}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::code("name"), Column::number("count")];

    #[test]
    fn text_is_escaped_and_nothing_is_a_dash() {
        let mut table = Table::new(COLUMNS);
        table.row(["<b>".into(), Cell::Empty]);
        let html = table.or("none");
        assert!(
            html.contains("<td class=\"c\">&lt;b&gt;</td><td class=\"n\"><span class=\"none\">–</span></td>"),
            "{html}"
        );
    }

    #[test]
    fn a_moment_leads_to_its_place_on_the_timeline() {
        let mut table = Table::new(COLUMNS);
        table.row([Cell::Moment(61.5), Cell::Moment(1.0)]);
        let html = table.or("none");
        assert!(
            html.contains("<a href=\"#57.50-65.50\">1:01.50</a>") && html.contains("#0.00-5.00"),
            "{html}"
        );
    }

    #[test]
    fn no_rows_no_table() {
        assert_eq!(Table::new(COLUMNS).or("No faults."), "<p class=\"empty\">No faults.</p>");
    }
}
