//! `vj set check`: what is in a set, and what is wrong with it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use vj_adapters::FileBackend;
use vj_core::playback::Player;
use vj_sim::set::{Set, SetError};
use vj_workers::ports::AudioBackend;

use super::set_facts::facts;
use crate::columns::duration;
use crate::terminal::{Paint, harmless};

/// Says it. Exit code 1: something is wrong; 2: a file cannot be read as what it must be.
pub(super) fn run(path: &Path) -> Result<ExitCode> {
    let set = match Set::open_with(path, facts) {
        Err(error @ SetError::Bad { .. }) => {
            eprintln!("{} {error}", Paint::for_stderr().alarm("error:"));
            return Ok(ExitCode::from(2));
        }
        opened => opened?,
    };
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    about(&set, &mut lines);
    let length_sec = sound(&set, &mut lines, &mut wrong);
    songs(&set, length_sec, &mut lines, &mut wrong);
    rest(&set, length_sec, &mut lines, &mut wrong);
    let mut out = std::io::stdout().lock();
    let paint = Paint::for_stdout();
    writeln!(out, "{}", paint.strong(&harmless(&set.title)))?;
    for (name, value) in lines {
        writeln!(out, "{name:<10} {}", harmless(&value))?;
    }
    for why in &wrong {
        writeln!(out, "{} {}", paint.alarm("wrong:"), harmless(why))?;
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Lines = Vec<(&'static str, String)>;

fn about(set: &Set, lines: &mut Lines) {
    let by = set.vj.as_ref().map(|version| format!("vj {version}"));
    let made: Vec<String> = set.date.clone().into_iter().chain(by).collect();
    if !made.is_empty() {
        lines.push(("made", made.join(", by ")));
    }
}

/// The sound is opened, and its length is told.
fn sound(set: &Set, lines: &mut Lines, wrong: &mut Vec<String>) -> Option<f64> {
    match FileBackend::new().open_file(&set.audio) {
        Ok(file) => {
            let format = file.format();
            let length_sec = format.frames.map(|it| it as f64 / f64::from(format.sample_rate_hz));
            let long = length_sec.map_or("of unknown length".to_owned(), duration);
            let (hz, channels) = (format.sample_rate_hz, format.channels);
            lines.push(("sound", format!("{}: {long}, {hz} Hz, {channels} channels", set.audio.display())));
            length_sec
        }
        Err(error) => {
            wrong.push(error.to_string());
            None
        }
    }
}

fn songs(set: &Set, length_sec: Option<f64>, lines: &mut Lines, wrong: &mut Vec<String>) {
    let plays = set.playback.plays();
    for (player, name) in [(Player::Spotify, "Spotify"), (Player::VirtualDj, "VirtualDJ")] {
        let own: Vec<_> = plays.iter().filter(|play| play.player == player).collect();
        let Some(first) = own.first() else { continue };
        let tracks = if own.len() == 1 { "1 track".to_owned() } else { format!("{} tracks", own.len()) };
        lines.push((name, format!("{tracks}, the first: {}", first.what)));
    }
    if let Some(decks) = &set.playback.decks {
        let ways = [("OSC", decks.has_osc()), ("OS2L", decks.has_os2l())];
        let ways: Vec<_> = ways.into_iter().filter_map(|(way, is_there)| is_there.then_some(way)).collect();
        lines.push(("decks", format!("tell by {}", ways.join(" and "))));
    }
    let end_sec = length_sec.map(|length| set.audio_at_sec.unwrap_or_default() + length);
    for play in plays.iter().filter(|play| end_sec.is_some_and(|end| play.t > end)) {
        wrong.push(format!("{} is played at {} s, after the end of the sound", play.what, play.t));
    }
    let Some(services) = &set.services else { return };
    let book = services.book();
    lines.push((
        "lyrics",
        match book.len() {
            1 => "1 song with times".to_owned(),
            count => format!("{count} songs with times"),
        },
    ));
    let is_played = |title: &String| plays.iter().any(|play| play.what.ends_with(title.as_str()));
    let unplayed: Vec<_> = book.keys().filter(|title| !is_played(title)).collect();
    if let Some(title) = unplayed.first().filter(|_| !plays.is_empty() && set.playback.decks.is_none()) {
        lines.push(("", format!("of {} nobody plays, the first: {title}", unplayed.len())));
    }
}

fn rest(set: &Set, length_sec: Option<f64>, lines: &mut Lines, wrong: &mut Vec<String>) {
    for (process, table) in &set.config {
        let keys: Vec<&str> = table.keys().map(String::as_str).collect();
        lines.push(("config", format!("{process}: {}", keys.join(", "))));
    }
    if !set.faults.is_empty() {
        lines.push((
            "faults",
            format!("{}, the first: {} at {} s", set.faults.len(), set.faults[0], set.faults[0].at),
        ));
    }
    let end_sec = length_sec.map(|length| set.audio_at_sec.unwrap_or_default() + length);
    for fault in set.faults.iter().filter(|fault| end_sec.is_some_and(|end| fault.at > end)) {
        wrong.push(format!("{fault} at {} s comes after the end of the sound", fault.at));
    }
    match set.expected_osc() {
        Ok(Some(expected)) => {
            lines.push(("osc.jsonl", format!("{} messages to compare with", expected.len())));
        }
        Ok(None) => {}
        Err(error) => wrong.push(error.to_string()),
    }
}
