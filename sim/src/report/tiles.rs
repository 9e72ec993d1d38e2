//! The key figures at the top of the page.

use std::fmt::Write as _;

use super::escape::html_text;
use super::summary::Summary;
use super::units::{clock, counted, long_time, percent, seconds, thousands};

/// Whether a figure is as it should be.
#[derive(Clone, Copy)]
enum Mood {
    Plain,
    Good,
    Fair,
    Bad,
}

struct Tile {
    label: &'static str,
    figure: String,
    detail: String,
    mood: Mood,
}

/// The markup of all tiles.
pub(super) fn tiles(summary: &Summary) -> String {
    let tiles = [
        length(summary),
        telemetry(summary),
        ticks(summary),
        beats(summary),
        tempo(summary),
        structure(summary),
        recovery(summary),
        log(summary),
    ];
    let mut html = String::new();
    for Tile { label, figure, detail, mood } in tiles {
        let mood = match mood {
            Mood::Plain => "",
            Mood::Good => " good",
            Mood::Fair => " fair",
            Mood::Bad => " bad",
        };
        let (figure, detail) = (unit_apart(&figure), html_text(&detail));
        let _ = write!(
            html,
            "<li class=\"tile{mood}\"><span class=\"label\">{label}</span><b>{figure}</b><span>{detail}</span></li>"
        );
    }
    html
}

/// What follows the number is set smaller.
fn unit_apart(figure: &str) -> String {
    match figure.split_once(' ') {
        Some((number, unit)) => format!("{} <small>{}</small>", html_text(number), html_text(unit)),
        None => html_text(figure),
    }
}

fn length(summary: &Summary) -> Tile {
    let detail = match summary.processes.len() {
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    };
    Tile { label: "Set", figure: clock_short(summary.duration_sec), detail, mood: Mood::Plain }
}

fn clock_short(sec: f64) -> String {
    if sec < 60.0 { long_time(sec) } else { clock(sec.round()).trim_end_matches(".00").to_owned() }
}

fn telemetry(summary: &Summary) -> Tile {
    let figures = &summary.figures;
    let addresses = summary.telemetry.addresses.len();
    let kinds = if addresses == 1 { "1 address".to_owned() } else { format!("{addresses} addresses") };
    let detail = format!("{:.0} a second on {kinds}", figures.messages_per_sec);
    Tile { label: "OSC messages", figure: thousands(figures.messages), detail, mood: Mood::Plain }
}

fn ticks(summary: &Summary) -> Tile {
    let figures = &summary.figures;
    let mood = match figures.ticks_missed {
        _ if figures.ticks == 0 => Mood::Plain,
        0 => Mood::Good,
        missed if missed * 50 < figures.ticks => Mood::Fair,
        _ => Mood::Bad,
    };
    let detail = match (figures.largest_gap_sec, figures.largest_gap_at) {
        (Some(gap), Some(at)) if figures.ticks_missed > 0 => {
            format!("longest gap {} at {}", seconds(gap), clock(at))
        }
        (Some(gap), _) => format!("{}, longest gap {}", thousands(figures.ticks), seconds(gap)),
        _ => "no levels came".to_owned(),
    };
    let figure = percent(figures.ticks, figures.ticks + figures.ticks_missed);
    Tile { label: "Ticks at 60 a second", figure, detail, mood }
}

fn beats(summary: &Summary) -> Tile {
    let detail = match &summary.agreement {
        Some(truth) if truth.beats > 0 => {
            format!(
                "{} of {} known ones within 70 ms",
                percent(truth.beats_found, truth.beats),
                thousands(truth.beats)
            )
        }
        _ if summary.figures.beats == 0 => "none was told".to_owned(),
        _ => format!("{} of them begin a bar", thousands(summary.music.downbeats.len())),
    };
    Tile { label: "Beats", figure: thousands(summary.figures.beats), detail, mood: Mood::Plain }
}

fn tempo(summary: &Summary) -> Tile {
    let figure = match summary.figures.tempo_range_bpm {
        Some((low, high)) if high - low < 1.5 => format!("{:.0} BPM", (low + high) / 2.0),
        Some((low, high)) => format!("{low:.0}–{high:.0} BPM"),
        None => "none".to_owned(),
    };
    let detail = match &summary.agreement {
        Some(truth) if truth.tempo_messages > 0 => {
            format!("{} of the time within 4 %", percent(truth.tempo_right, truth.tempo_messages))
        }
        _ => summary
            .figures
            .tempo_bpm
            .map_or_else(|| "no tempo was told".to_owned(), |bpm| format!("median {bpm:.1} BPM")),
    };
    Tile { label: "Tempo", figure, detail, mood: Mood::Plain }
}

fn structure(summary: &Summary) -> Tile {
    use super::music::SectionKind::{Buildup, Drop};
    let told = |kind| summary.music.structure.iter().filter(|section| section.kind == kind).count();
    let detail = match &summary.agreement {
        Some(truth) if truth.drops > 0 => {
            format!(
                "{}; {} of {} known drops told in time",
                counted(told(Buildup), "build-up"),
                truth.drops_found,
                truth.drops
            )
        }
        _ => counted(told(Buildup), "build-up"),
    };
    Tile { label: "Drops", figure: told(Drop).to_string(), detail, mood: Mood::Plain }
}

fn recovery(summary: &Summary) -> Tile {
    let figures = &summary.figures;
    let (figure, detail, mood) = match (figures.never_recovered, figures.recovery_sec_max) {
        (0, None) => ("none".to_owned(), "no process went down".to_owned(), Mood::Good),
        (0, Some(longest)) => {
            let all = if figures.outages == 1 {
                "it came back".to_owned()
            } else {
                format!("all {} came back", figures.outages)
            };
            (seconds(longest), all, Mood::Good)
        }
        (lost, _) => {
            ("endless".to_owned(), format!("{lost} of {} never came back", figures.outages), Mood::Bad)
        }
    };
    let faults =
        if figures.faults == 0 { String::new() } else { format!("{}, ", counted(figures.faults, "fault")) };
    Tile { label: "Longest outage", figure, detail: format!("{faults}{detail}"), mood }
}

fn log(summary: &Summary) -> Tile {
    let (errors, warnings) = (summary.figures.errors, summary.figures.warnings);
    let (figure, detail, mood) = match (errors, warnings) {
        (0, 0) => ("clean".to_owned(), "no warnings, no errors".to_owned(), Mood::Good),
        (0, _) => (counted(warnings, "warning"), "no errors".to_owned(), Mood::Fair),
        _ => (counted(errors, "error"), counted(warnings, "warning"), Mood::Bad),
    };
    Tile { label: "Log", figure, detail, mood }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ReportMeta;
    use crate::report::samples::killed_once;

    #[test]
    fn the_key_figures_of_a_set_with_one_kill() {
        let (entries, lines) = killed_once();
        let meta = ReportMeta { duration_sec: 90.0, ..ReportMeta::default() };
        let html = tiles(&Summary::of(&meta, &entries, &lines));
        for part in [
            "1:30",
            "98.8",
            "longest gap 1.12 s",
            "1.02 <small>s</small>",
            "1 fault, it came back",
            "1 <small>warning",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }

    #[test]
    fn a_run_without_anything_has_all_tiles() {
        let html = tiles(&Summary::of(&ReportMeta::default(), &[], &[]));
        assert_eq!(html.matches("<li").count(), 8);
    }
}
