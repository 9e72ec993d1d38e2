//! The audio screen: what is heard, how fast it goes, and how long it takes.

use ratatui::layout::Rect;
use vj_core::ProcessName;

use super::canvas::{Canvas, rows, split};
use super::master::WIDE;
use super::styles::Role;
use super::text::{ago, cell};
use super::{setting, sound_input, standing};
use crate::limits::{BENCHMARK_SEC, TEMPO_HISTORY};
use crate::model::Model;
use crate::model::audio::{self, SWITCHES};

const AUDIO: ProcessName = ProcessName::AudioAnalyzer;

const BANDS: [&str; 8] = ["sub bass", "bass", "low mid", "mid", "high mid", "presence", "air", "all (rms)"];

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let is_wide = area.width >= WIDE;
    let (left, right) = split(area, area.width / 2 - 1);
    let (top, rest) = rows(left, 6);
    sound_input::render(canvas, top, model);
    let (middle, low) = rows(rest, 9);
    bands(canvas, middle, model);
    spectrum(canvas, low, model);
    let (top, rest) = rows(right, if is_wide { 14 } else { 8 });
    tempo(canvas, top, model);
    let (middle, rest) = rows(rest, 4);
    structure(canvas, middle, model);
    let (switches, low) = rows(rest, 5 + u16::from(refused(model).is_some()));
    self::switches(canvas, switches, model);
    latency(canvas, low, model);
}

fn bands(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_telemetry(model, "/audio/levels");
    let inside = canvas.pane(area, "Bands", said.part());
    if standing::told_deaf(canvas, inside, model) {
        return;
    }
    for (row, (name, level)) in BANDS.into_iter().zip(model.heard.levels).enumerate() {
        let row = row as u16;
        canvas.row(inside, row, &[(Role::Normal, &cell(name, 10))]);
        canvas.bar(inside, row, 10, inside.width.saturating_sub(15), f64::from(level));
        canvas.right(inside, row, &[(Role::Normal, &format!(" {level:.2}"))]);
    }
    if !said.is_live {
        canvas.fade(inside);
    }
}

fn spectrum(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_telemetry(model, "/audio/spectrum");
    let inside = canvas.pane(area, "Spectrum", said.part());
    // Each column shows the band that it falls into, so that all of the width is used.
    let spectrum = &model.heard.spectrum;
    let band = |column: u16| spectrum[usize::from(column) * spectrum.len() / usize::from(inside.width)];
    canvas.bars_up(inside, 1, 0, (0..inside.width).map(band));
    if !said.is_live {
        canvas.fade(inside);
    }
}

/// Tempo, beat, and how both were in the last minutes.
fn tempo(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let heard = &model.heard;
    let said = standing::of_telemetry(model, "/audio/bpm");
    let inside = canvas.pane(area, "Tempo", said.part());
    let bpm =
        if heard.bpm > 0.0 { format!("{:>5.1} BPM ", heard.bpm.min(999.9)) } else { "---.- BPM ".to_owned() };
    canvas.row(inside, 0, &[(Role::Strong, &bpm), (Role::Faint, " sure ")]);
    canvas.bar(inside, 0, 16, inside.width.saturating_sub(21), f64::from(heard.bpm_confidence));
    canvas.right(inside, 0, &[(Role::Normal, &format!(" {:.2}", heard.bpm_confidence.clamp(0.0, 1.0)))]);
    let light = if heard.is_on_beat(model.now) { "● BEAT " } else { "○      " };
    let bar: String = (1..=4)
        .map(|beat| if beat == heard.beat_in_bar { format!("[{beat}]") } else { format!(" {beat} ") })
        .collect();
    canvas.row(
        inside,
        1,
        &[
            (Role::Accent, light),
            (Role::Normal, " "),
            (Role::Strong, &bar),
            (Role::Faint, &format!("  bar {}", heard.bars.max(0))),
        ],
    );
    canvas.row(inside, 2, &[(Role::Normal, "phase")]);
    canvas.bar(inside, 2, 8, inside.width.saturating_sub(8), f64::from(heard.phase));
    let (history, last) = rows(
        Rect { y: inside.y + 3, height: inside.height.saturating_sub(3), ..inside },
        inside.height.saturating_sub(4),
    );
    self::history(canvas, history, last, model);
    if !said.is_live {
        canvas.fade(inside);
    }
}

/// The newest point stands at the right. The lowest tempo that was heard fills an eighth, so that steps are seen.
fn history(canvas: &mut Canvas<'_>, area: Rect, last: Rect, model: &Model) {
    let tempo = &model.heard.tempo;
    let room = usize::from(area.width).min(TEMPO_HISTORY);
    let shown = || tempo.iter().rev().take(room).rev().copied();
    let known = || shown().filter(|bpm| *bpm > 0.0);
    let (low, high) = known().fold((f32::MAX, 0.0_f32), |(low, high), bpm| (low.min(bpm), high.max(bpm)));
    if high <= 0.0 {
        return canvas.row(last, 0, &[(Role::Faint, "no tempo was heard yet")]);
    }
    // A steady tempo is a flat line in the middle.
    let middle = f32::midpoint(low, high);
    let reach = (high - low).max(8.0) * 0.6;
    let count = shown().count();
    let shares = shown().map(|bpm| if bpm > 0.0 { 0.5 + (bpm - middle) / (2.0 * reach) } else { 0.0 });
    let at = Rect { x: area.x + area.width - count as u16, width: count as u16, ..area };
    canvas.bars_up(at, 1, 0, shares);
    let words = format!("last {count} s: {low:.1} to {high:.1} BPM");
    canvas.row(last, 0, &[(Role::Faint, &words)]);
}

fn structure(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let heard = &model.heard;
    let said = standing::of_telemetry(model, "/audio/structure");
    let inside = canvas.pane(area, "Structure", said.part());
    let (role, word) = match (heard.is_drop, heard.is_buildup) {
        (true, _) => (Role::Accent, "DROP"),
        (false, true) => (Role::Accent, "builds up"),
        (false, false) => (Role::Normal, "steady"),
    };
    let trend = match heard.energy_trend {
        trend if trend > 0.05 => "rising",
        trend if trend < -0.05 => "falling",
        _ => "level",
    };
    canvas.row(
        inside,
        0,
        &[
            (role, &cell(word, 10)),
            (Role::Faint, "energy "),
            (Role::Normal, &format!("{trend} {:+.2}", heard.energy_trend.clamp(-9.0, 9.0))),
        ],
    );
    canvas.row(inside, 1, &[(Role::Normal, "bright")]);
    canvas.bar(inside, 1, 10, inside.width.saturating_sub(15), f64::from(heard.brightness));
    canvas.right(inside, 1, &[(Role::Normal, &format!(" {:.2}", heard.brightness.clamp(0.0, 1.0)))]);
    let pitch = if heard.pitch_hz > 0.0 {
        format!("{:.0} Hz, sure {:.2}", heard.pitch_hz, heard.pitch_confidence)
    } else {
        "none".to_owned()
    };
    canvas.row(inside, 2, &[(Role::Normal, "pitch     "), (Role::Normal, &pitch)]);
    if !said.is_live {
        canvas.fade(inside);
    }
}

fn switches(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_process(model, AUDIO);
    let inside = canvas.pane(area, "Switches", said.part());
    let chosen = model.audio.list.at(SWITCHES.len());
    for (row, (key, setting, name)) in SWITCHES.into_iter().enumerate() {
        let mark = if row == chosen { "> " } else { "  " };
        let (key, name) = (key.to_string(), cell(name, 16));
        let lead = [(Role::Accent, mark), (Role::Accent, &*key), (Role::Normal, " "), (Role::Normal, &*name)];
        setting::row(canvas, (inside, row as u16), model, (AUDIO, setting), &lead, "");
    }
    if let Some(why) = refused(model) {
        canvas.row(inside, SWITCHES.len() as u16, &[(Role::Alarm, "!! "), (Role::Strong, why)]);
    }
}

/// Why a switch was refused, if one was.
fn refused(model: &Model) -> Option<&str> {
    setting::refusal(model, AUDIO, &SWITCHES.map(|(_, setting, _)| setting))
}

/// From a block of sound to its packets.
fn latency(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let inside = canvas.pane(area, "Latency", (Role::Faint, "B measures"));
    let stat = |name: &str| audio::stat(model, name);
    let live = match (
        stat("block_to_packet_ms_p50"),
        stat("block_to_packet_ms_p99"),
        stat("block_to_packet_ms_max"),
    ) {
        (Some(p50), Some(p99), Some(max)) => format!("p50 {p50:.1}  p99 {p99:.1}  max {max:.1} ms"),
        _ => "not measured: only live sound is".to_owned(),
    };
    canvas.row(inside, 0, &[(Role::Faint, "now   "), (Role::Normal, &live)]);
    if !model.is_fresh(AUDIO) {
        canvas.fade(Rect { height: inside.height.min(1), ..inside });
    }
    if let Some(began) = model.audio.benchmark_began {
        let elapsed = model.now.since(began);
        canvas.row(inside, 1, &[(Role::Warning, "bench "), (Role::Normal, "measuring ")]);
        canvas.bar(
            inside,
            1,
            16,
            inside.width.saturating_sub(16),
            elapsed.as_secs_f64() / BENCHMARK_SEC as f64,
        );
    } else if let Some(result) = model.audio.benchmark {
        let words =
            format!("p50 {:.1}  p99 {:.1}  max {:.1} ms", result.p50_ms, result.p99_ms, result.max_ms);
        canvas.row(inside, 1, &[(Role::Faint, "bench "), (Role::Strong, &words)]);
        canvas.row(
            inside,
            2,
            &[(Role::Faint, &format!("      of {} blocks, p95 {:.1} ms", result.blocks, result.p95_ms))],
        );
    } else {
        canvas.row(inside, 1, &[(Role::Faint, "bench none yet")]);
    }
    if let Some(beat) = model.heard.beat_at {
        let words =
            format!("      {} beats heard, the last {}", model.heard.beats, ago(model.now.since(beat)));
        canvas.row(inside, 3, &[(Role::Faint, &words)]);
    }
}
