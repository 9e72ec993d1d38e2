//! The telemetry that the console hears: the latest value of everything, and when it came.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rosc::{OscMessage, OscType};
use vj_core::At;

use crate::limits::{STALE_AFTER, TEMPO_HISTORY};

/// A beat lights up for this long.
const FLASH: Duration = Duration::from_millis(150);

/// Of the history of the tempo, one point this often.
const TEMPO_EVERY: Duration = Duration::from_secs(1);

/// What was heard last.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// sub_bass bass low_mid mid high_mid presence air rms, each 0..1.
    pub levels: [f32; 8],
    /// Log-spaced magnitudes, 0..1.
    pub spectrum: [f32; 32],
    /// Onset strength, 0..1.
    pub onset: f32,
    /// Beats since the console was opened.
    pub beats: u64,
    /// The last one.
    pub beat_at: Option<At>,
    /// Position in the beat, 0..1.
    pub phase: f32,
    /// 1..4; 0 = not known.
    pub beat_in_bar: i32,
    /// Bars since the start.
    pub bars: i32,
    /// In BPM, 0 = none yet.
    pub bpm: f32,
    /// 0..1.
    pub bpm_confidence: f32,
    /// The tempo of the last minutes, a point a second, oldest first.
    pub tempo: VecDeque<f32>,
    tempo_at: Option<At>,
    /// In Hz, 0 = unvoiced.
    pub pitch_hz: f32,
    /// 0..1.
    pub pitch_confidence: f32,
    /// Whether it builds up.
    pub is_buildup: bool,
    /// Whether it drops.
    pub is_drop: bool,
    /// -1..1.
    pub energy_trend: f32,
    /// 0..1.
    pub brightness: f32,
    /// Seconds from the start of the track, and whether it plays.
    pub position: Option<(f32, bool)>,
    /// Index of the line that is sung; -1 = none.
    pub active_line: Option<i32>,
    /// The line of the refrain that is sung; none where none is.
    pub refrain: Option<String>,
    /// The keywords of the line that is sung.
    pub keywords: Option<String>,
    at: BTreeMap<String, At>,
}

impl Heard {
    /// When this address was heard last.
    #[must_use]
    pub fn at(&self, address: &str) -> Option<At> {
        self.at.get(address).copied()
    }

    /// How long ago it was, if that is too long: what it told is greyed.
    #[must_use]
    pub fn stale(&self, address: &str, now: At) -> Option<Duration> {
        self.at(address).map(|at| now.since(at)).filter(|age| *age > STALE_AFTER)
    }

    /// Whether it was heard lately.
    #[must_use]
    pub fn is_live(&self, address: &str, now: At) -> bool {
        self.at(address).is_some_and(|at| now.since(at) <= STALE_AFTER)
    }

    /// Whether a beat lights up now.
    #[must_use]
    pub fn is_on_beat(&self, now: At) -> bool {
        self.beat_at.is_some_and(|at| now.since(at) < FLASH)
    }

    /// Counts beats.
    pub(crate) fn beats(&mut self, count: u32, now: At) {
        self.beats += u64::from(count);
        self.beat_at = Some(now);
    }

    /// Takes up a message.
    pub(crate) fn take(&mut self, message: &OscMessage, now: At) {
        let args = message.args.as_slice();
        match message.addr.as_str() {
            "/audio/levels" => fill(&mut self.levels, args),
            "/audio/spectrum" => fill(&mut self.spectrum, args),
            "/audio/beat" => self.onset = float(args, 1),
            "/audio/beat/phase" => {
                (self.phase, self.beat_in_bar, self.bars) = (float(args, 0), int(args, 1), int(args, 2));
            }
            "/audio/bpm" => (self.bpm, self.bpm_confidence) = (float(args, 0), float(args, 1)),
            "/audio/pitch" => (self.pitch_hz, self.pitch_confidence) = (float(args, 0), float(args, 1)),
            "/audio/structure" => {
                (self.is_buildup, self.is_drop) = (int(args, 0) != 0, int(args, 1) != 0);
                (self.energy_trend, self.brightness) = (float(args, 2), float(args, 3));
            }
            "/karaoke/pos" => self.position = Some((float(args, 0), int(args, 1) != 0)),
            "/karaoke/line/active" => self.active_line = Some(int(args, 0)),
            "/karaoke/refrain/active" => self.refrain = active_text(args),
            "/karaoke/keywords/active" => self.keywords = active_text(args),
            _ => {}
        }
        if let Some(at) = self.at.get_mut(&message.addr) {
            *at = now;
        } else if self.at.len() < ADDRESSES_MAX {
            self.at.insert(message.addr.clone(), now);
        }
    }

    /// Adds to the history of the tempo, once a second.
    pub(crate) fn keep_tempo(&mut self, now: At) {
        let is_due = self.tempo_at.is_none_or(|at| now.since(at) >= TEMPO_EVERY);
        if is_due && self.at("/audio/bpm").is_some() {
            self.tempo_at = Some(now);
            if self.tempo.len() == TEMPO_HISTORY {
                self.tempo.pop_front();
            }
            self.tempo.push_back(if self.is_live("/audio/bpm", now) { self.bpm } else { 0.0 });
        }
    }
}

/// The show has some forty addresses; whoever sends others to the console's port fills no memory.
const ADDRESSES_MAX: usize = 128;

fn active_text(args: &[OscType]) -> Option<String> {
    let text = args.get(1).and_then(|arg| if let OscType::String(text) = arg { Some(text) } else { None });
    text.filter(|_| int(args, 0) >= 0).cloned()
}

fn fill(to: &mut [f32], args: &[OscType]) {
    for (at, value) in to.iter_mut().enumerate() {
        *value = float(args, at).clamp(0.0, 1.0);
    }
}

fn float(args: &[OscType], at: usize) -> f32 {
    match args.get(at) {
        Some(OscType::Float(x)) if x.is_finite() => *x,
        Some(OscType::Int(n)) => *n as f32,
        _ => 0.0,
    }
}

fn int(args: &[OscType], at: usize) -> i32 {
    match args.get(at) {
        Some(OscType::Int(n)) => *n,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(addr: &str, args: Vec<OscType>) -> OscMessage {
        OscMessage { addr: addr.to_owned(), args }
    }

    #[test]
    fn bad_arguments_do_no_harm() {
        let mut heard = Heard::default();
        for args in [vec![], vec![OscType::Float(f32::NAN); 40], vec![OscType::Nil; 3]] {
            for addr in ["/audio/levels", "/audio/bpm", "/audio/structure", "/karaoke/refrain/active", "/x"] {
                heard.take(&message(addr, args.clone()), At::ZERO);
            }
        }
        assert_eq!((heard.levels, heard.bpm, heard.refrain), ([0.0; 8], 0.0, None));
    }

    #[test]
    fn what_was_heard_long_ago_is_stale_and_the_tempo_has_a_gap() {
        let mut heard = Heard::default();
        let at = |sec: u64| At::from_millis(sec * 1_000);
        assert_eq!(heard.stale("/audio/bpm", at(9)), None, "never heard");
        heard.take(&message("/audio/bpm", vec![OscType::Float(120.0), OscType::Float(0.5)]), at(0));
        for sec in 0..5 {
            heard.keep_tempo(at(sec));
            heard.keep_tempo(at(sec));
        }
        assert_eq!(heard.tempo, [120.0, 120.0, 120.0, 0.0, 0.0]);
        assert_eq!(heard.stale("/audio/bpm", at(2)), None);
        assert_eq!(heard.stale("/audio/bpm", at(5)), Some(Duration::from_secs(5)));
    }
}
