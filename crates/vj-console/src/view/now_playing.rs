//! What plays: the track, where in it, and the line that is sung.

use ratatui::layout::Rect;
use vj_core::ProcessName;

use super::canvas::Canvas;
use super::styles::Role;
use super::text::place;
use crate::model::Model;
use crate::model::song::{self, Line};

/// The track and how far it has come, in two rows.
pub(super) fn track(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let Some(track) = song::track(model) else {
        canvas.row(area, 0, &[(Role::Faint, "nothing plays, as far as is known")]);
        return;
    };
    let (role, word) = if track.is_playing { (Role::Good, "playing ") } else { (Role::Warning, "paused  ") };
    let by = if track.artist.is_empty() { String::new() } else { format!("  {}", track.artist) };
    let album = if track.album.is_empty() { String::new() } else { format!("  ({})", track.album) };
    let source = format!("  {}", track.source);
    let taken = canvas.right(area, 0, &[(Role::Faint, &source)]);
    let left = Rect { width: taken, ..area };
    canvas.row(
        left,
        0,
        &[(role, word), (Role::Strong, &track.title), (Role::Normal, &by), (Role::Faint, &album)],
    );
    if track.duration_sec > 0.0 {
        let (now, all) =
            (format!("{:<7} ", place(track.position_sec)), format!(" {:>6}", place(track.duration_sec)));
        canvas.row(area, 1, &[(Role::Strong, &now)]);
        let bar = area.width.saturating_sub(8 + 7);
        canvas.bar(area, 1, 8, bar, track.position_sec / track.duration_sec);
        canvas.right(area, 1, &[(Role::Normal, &all)]);
    } else {
        canvas.row(
            area,
            1,
            &[(Role::Strong, &place(track.position_sec)), (Role::Faint, "  (its length is not known)")],
        );
    }
}

/// Whether the process that tells of the track has told lately.
pub(super) fn is_live(model: &Model) -> bool {
    let is_current = |name: &ProcessName| model.is_fresh(*name) && model.state(*name)["is_current"] == true;
    [ProcessName::SpotifyMonitor, ProcessName::VirtualDjMonitor].iter().any(is_current)
        || model.is_fresh(ProcessName::LyricsFetcher)
}

/// The line that is sung, and as many of those that follow as there is room for; gives how many rows they take.
pub(super) fn sung(canvas: &mut Canvas<'_>, area: Rect, model: &Model) -> u16 {
    let lines = song::lines(model);
    if lines.is_empty() {
        canvas.row(area, 0, &[(Role::Faint, &no_lines(model))]);
        return 1;
    }
    let active = song::active_line(model).filter(|at| *at < lines.len());
    let from = active.unwrap_or(0);
    for (row, (at, line)) in lines.iter().enumerate().skip(from).take(usize::from(area.height)).enumerate() {
        let is_active = active == Some(at);
        draw_line(canvas, area, row as u16, line, is_active, None);
    }
    (lines.len() - from).min(usize::from(area.height)) as u16
}

/// One line of the words, with its mark: `>` is sung now, `R` belongs to the refrain.
pub(super) fn draw_line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: u16,
    line: &Line,
    is_active: bool,
    time: Option<&str>,
) {
    let mark = if is_active { "> " } else { "  " };
    let refrain = if line.is_refrain { "R " } else { "  " };
    let role = match (is_active, line.is_refrain) {
        (true, _) => Role::Accent,
        (false, true) => Role::Strong,
        (false, false) => Role::Normal,
    };
    let (role, text) = if line.text.is_empty() && is_active {
        (Role::Accent, "(pause)")
    } else if line.text.is_empty() {
        (Role::Faint, "·")
    } else {
        (role, &*line.text)
    };
    let time = time.unwrap_or_default();
    canvas.row(area, row, &[(Role::Accent, mark), (Role::Faint, time), (Role::Title, refrain), (role, text)]);
}

/// Why there are no words.
pub(super) fn no_lines(model: &Model) -> String {
    let lyrics = &model.state(ProcessName::LyricsFetcher)["lyrics"];
    let message = lyrics["message"].as_str().filter(|text| !text.is_empty());
    let because = message.map(|text| format!(": {text}")).unwrap_or_default();
    match lyrics["status"].as_str() {
        Some("instrumental") => "instrumental: there are no words".to_owned(),
        Some("not_found") => format!("no lyrics were found{because}"),
        Some("failed") => format!("the lyrics could not be fetched{because}"),
        Some("none") if song::track(model).is_some() => "the lyrics are looked for".to_owned(),
        _ => "no lyrics".to_owned(),
    }
}
