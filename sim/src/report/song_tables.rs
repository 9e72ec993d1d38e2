//! The words of the songs in plain tables.

use std::fmt::Write as _;

use super::songs::{Song, SongLine, scores_in_words};
use super::summary::Summary;
use super::table::{Cell, Column, Table};
use super::units::{clipped, clock, counted, thousands};

/// As many songs are shown.
const SONGS_MAX: usize = 400;
/// As many lines are shown, of all songs: they lie folded up, and a page must still open at once.
const LINES_MAX: usize = 1_000;
/// Characters of a cell that lists: a song has up to twelve keywords, which each line mixes anew.
const LIST_CHARS_MAX: usize = 300;

/// The section of the page; empty if the run had no words. `cut` spans had no room on the timeline.
pub(super) fn lyrics(summary: &Summary, cut: usize) -> String {
    if summary.songs.is_empty() {
        return String::new();
    }
    let mut html = format!("<section>\n<h2>Lyrics and mood</h2>\n{}", songs(&summary.songs));
    if cut > 0 {
        let _ = write!(
            html,
            "<p class=\"empty\">The timeline has no room for the last {} lines, keywords and moods: they stand in \
             report.json.</p>",
            thousands(cut)
        );
    }
    let count = summary.songs.iter().map(|song| song.lines.len()).sum::<usize>();
    if count > 0 {
        let _ = write!(
            html,
            "<details>\n<summary><h2>Words</h2> <span>{}</span></summary>\n{}</details>\n",
            counted(count, "line"),
            lines(&summary.songs, count)
        );
    }
    html.push_str("</section>\n");
    html
}

fn songs(songs: &[Song]) -> String {
    const COLUMNS: &[Column] = &[
        Column::word("reset at"),
        Column::text("song"),
        Column::number("lines"),
        Column::number("of the refrain"),
        Column::number("were active"),
        Column::text("keywords"),
        Column::text("mood"),
        Column::text("scores"),
        Column::text("image"),
    ];
    let mut table = Table::new(COLUMNS);
    for song in songs.iter().take(SONGS_MAX) {
        let refrain = song.lines.iter().filter(|line| line.refrain).count();
        let active = song.lines.iter().filter(|line| !line.active.is_empty()).count();
        let of_lines =
            |count: usize| if song.lines.is_empty() { Cell::Empty } else { thousands(count).into() };
        table.row([
            Cell::Moment(song.start),
            name(song),
            if song.lines.is_empty() { "none".into() } else { thousands(song.lines.len()).into() },
            of_lines(refrain),
            of_lines(active),
            Cell::maybe(some(keywords(song))),
            Cell::maybe(some(moods(song))),
            Cell::maybe(
                song.moods.last().map(|mood| scores_in_words(&mood.ranked(), usize::MAX)).and_then(some),
            ),
            Cell::maybe(some(images(song))),
        ]);
    }
    let mut html = table.or("No song was told.");
    left_out(&mut html, songs.len(), SONGS_MAX);
    html
}

fn name(song: &Song) -> Cell {
    let name = some(song.name()).unwrap_or_else(|| "no track was told".to_owned());
    if song.again { format!("{name} (told again)").into() } else { name.into() }
}

/// Each once, in the order in which they came.
fn keywords(song: &Song) -> String {
    let mut all: Vec<&str> = Vec::new();
    for line in &song.keywords.lines {
        if !all.contains(&line.text.as_str()) {
            all.push(&line.text);
        }
    }
    list(all)
}

/// `dark at 0:02.04`, and what was told after it.
fn moods(song: &Song) -> String {
    let told = song.moods.iter().map(|mood| {
        let name = if mood.mood.is_empty() { "none" } else { &mood.mood };
        format!("{name} at {}", clock(mood.t))
    });
    list(told)
}

fn images(song: &Song) -> String {
    let told = song.images.iter().map(|image| format!("{} at {}", image.path, clock(image.t)));
    list(told)
}

fn list<T: Into<String>>(parts: impl IntoIterator<Item = T>) -> String {
    let parts: Vec<String> = parts.into_iter().map(Into::into).collect();
    clipped(&parts.join(", "), LIST_CHARS_MAX)
}

fn lines(songs: &[Song], count: usize) -> String {
    const COLUMNS: &[Column] = &[
        Column::word("active at"),
        Column::number("in the song"),
        Column::text("line"),
        Column::word("refrain"),
        Column::text("song"),
    ];
    let mut table = Table::new(COLUMNS);
    let all = songs.iter().flat_map(|song| song.lines.iter().map(move |line| (song, line)));
    for (song, line) in all.take(LINES_MAX) {
        table.row([
            line.active.first().map_or(Cell::Empty, |(start, _)| Cell::Moment(*start)),
            Cell::maybe(line.time_sec.map(clock)),
            words(line),
            if line.refrain { "refrain".into() } else { Cell::Empty },
            name(song),
        ]);
    }
    let mut html = table.or("No lines were told.");
    left_out(&mut html, count, LINES_MAX);
    html
}

fn words(line: &SongLine) -> Cell {
    match line.time_sec {
        Some(_) => Cell::maybe(some(line.text.clone())),
        None => Cell::Marked("fair", format!("line {} was active and never told", line.index)),
    }
}

fn left_out(html: &mut String, count: usize, shown: usize) {
    if count > shown {
        let _ =
            write!(html, "<p class=\"empty\">{} more stand in report.json.</p>", thousands(count - shown));
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osc_log::OscLine;
    use crate::report::ReportMeta;
    use crate::report::samples::{Lyrics, sung};

    fn section(lines: &[OscLine]) -> String {
        lyrics(&Summary::of(&ReportMeta::default(), &[], lines), 0)
    }

    #[test]
    fn a_song_in_a_row_and_its_lines_below() {
        let html = section(&sung());
        for part in [
            "Somebody – One",
            "SEVEN YEARS, BURN",
            "dark at 0:02.04",
            "dark 0.512, sad 0.25",
            "/cache/images/1.png at 0:14.50",
            "4 lines",
            "Seven years &lt;/script&gt;",
            "0:16.12",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert_eq!(html.matches(">refrain</td>").count(), 2, "{html}");
    }

    #[test]
    fn a_run_without_words_has_no_section_and_a_song_without_lyrics_says_so() {
        assert_eq!(section(&[]), "");
        let mut told = Lyrics::default();
        told.plays(1.0, "One").reset(4.0);
        let html = section(&told.lines);
        assert!(html.contains("<td class=\"n\">none</td>") && html.contains("One (told again)"), "{html}");
        assert!(!html.contains("<details>"), "{html}");
    }

    #[test]
    fn many_lines_are_cut_with_a_word() {
        let mut told = Lyrics::default();
        for song in 0..30 {
            told.plays(f64::from(song), &format!("Song {song}"));
            (0..50).for_each(|line| {
                told.line(f64::from(song), line, f64::from(line), "la");
            });
        }
        let summary = Summary::of(&ReportMeta::default(), &[], &told.lines);
        let html = lyrics(&summary, 1_234);
        assert!(html.contains("1,500 lines") && html.contains("500 more stand in report.json"), "{html}");
        assert!(html.contains("no room for the last 1,234 lines"), "{html}");
        assert_eq!(html.matches("<tr><td").count(), 1_030);
    }
}
