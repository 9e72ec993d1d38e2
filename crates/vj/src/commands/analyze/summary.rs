//! What people read of an analysis.

use std::fmt::Write;
use std::path::Path;

use vj_audio::{Section, SectionSpan, Transcript};

use crate::terminal::Paint;

/// Tempi this close are one tempo, as in what the worker sends on a change.
const SAME_TEMPO: f32 = 0.01;
/// More stretches than this are not a curve in brief.
const STRETCHES_SHOWN: usize = 8;

/// An analysis and what the transcript does not say about it.
pub(super) struct Summary<'a> {
    pub(super) file: &'a Path,
    pub(super) channels: u16,
    pub(super) tempo_confidence: f32,
    pub(super) transcript: &'a Transcript,
}

impl Summary<'_> {
    /// A few lines of text, the last one ended.
    pub(super) fn render(&self, paint: Paint) -> String {
        let heard = self.transcript;
        let mut out = format!("{}\n", paint.strong(&self.file.display().to_string()));
        let mut row = |name: &str, value: String| {
            writeln!(out, "  {} {value}", paint.faint(&format!("{name:<11}")))
                .expect("a string takes everything");
        };
        let (length, channels) = (clock(heard.duration_sec), channels(self.channels));
        row("length", format!("{length}, {} Hz, {channels}", heard.sample_rate));
        row("tempo", self.tempo());
        let stretches = stretches(&heard.tempo_curve);
        if stretches.len() > 1 {
            row("tempo curve", curve(&stretches));
        }
        row("beats", format!("{}, {} of them downbeats", heard.beats.len(), heard.downbeats.len()));
        let rate = heard.onsets.len() as f64 / heard.duration_sec.max(f64::MIN_POSITIVE);
        row("onsets", format!("{}, {rate:.1} a second", heard.onsets.len()));
        for (nth, span) in heard.structure.iter().enumerate() {
            row(if nth == 0 { "structure" } else { "" }, section(span));
        }
        if heard.structure.is_empty() {
            row("structure", "no build-up, drop or breakdown".to_owned());
        }
        let speed = heard.duration_sec / heard.elapsed_sec.max(1e-9);
        row("analysed", format!("in {:.2} s, {speed:.0} times real time", heard.elapsed_sec));
        out
    }

    fn tempo(&self) -> String {
        match self.transcript.tempo_bpm {
            bpm if bpm > 0.0 => format!("{bpm:.1} BPM, confidence {:.0} %", 100.0 * self.tempo_confidence),
            _ => "none found".to_owned(),
        }
    }
}

/// From when on which tempo was told. A new stretch begins where the tempo has left the one of the stretch before.
fn stretches(tempo_curve: &[(f64, f32)]) -> Vec<(f64, f32)> {
    let mut stretches: Vec<(f64, f32)> = Vec::new();
    for (time, bpm) in tempo_curve {
        let same = |(_, of): &(f64, f32)| (bpm - of).abs() <= SAME_TEMPO * of;
        if !stretches.last().is_some_and(same) {
            stretches.push((*time, *bpm));
        }
    }
    stretches
}

fn curve(stretches: &[(f64, f32)]) -> String {
    let shown: Vec<String> = stretches
        .iter()
        .take(STRETCHES_SHOWN)
        .map(|(time, bpm)| format!("{bpm:.1} from {}", clock(*time)))
        .collect();
    let rest = match stretches.len().saturating_sub(STRETCHES_SHOWN) {
        0 => String::new(),
        more => format!(", and {more} more changes"),
    };
    shown.join(", ") + &rest
}

fn section(span: &SectionSpan) -> String {
    let name = match span.section {
        Section::BuildUp => "build-up",
        Section::Drop => "drop",
        Section::Breakdown => "breakdown",
    };
    format!("{name:<10} {} to {}", clock(span.start), clock(span.end))
}

fn channels(channels: u16) -> String {
    match channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        more => format!("{more} channels"),
    }
}

/// Minutes and seconds, `mm:ss.s`; the minutes go on beyond an hour.
fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() as u64;
    format!("{:02}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vj_audio::{Beat, Onset, Section, SectionSpan, Transcript};

    use super::{Summary, clock};
    use crate::terminal::Paint;

    fn summary(transcript: &Transcript) -> String {
        let file = Path::new("set/house.wav");
        Summary { file, channels: 2, tempo_confidence: 0.934, transcript }.render(Paint::never())
    }

    #[test]
    fn a_track_in_brief() {
        let mut heard = Transcript::new(44_100);
        heard.tempo_bpm = 128.04;
        heard.tempo_curve = vec![(1.0, 124.0), (2.0, 124.5), (3.0, 128.0), (4.0, 128.04)];
        heard.beats = vec![Beat::default(); 420];
        heard.downbeats = vec![0.0; 105];
        heard.onsets = vec![Onset::default(); 1_200];
        let span = |section, start, end| SectionSpan { section, start, end, announced_at: start };
        heard.structure = vec![span(Section::BuildUp, 32.0, 48.04), span(Section::Drop, 48.04, 63.96)];
        insta::assert_snapshot!(summary(&heard.finish(205.412, 0.5)), @r"
        set/house.wav
          length      03:25.4, 44100 Hz, stereo
          tempo       128.0 BPM, confidence 93 %
          tempo curve 124.0 from 00:01.0, 128.0 from 00:03.0
          beats       420, 105 of them downbeats
          onsets      1200, 5.8 a second
          structure   build-up   00:32.0 to 00:48.0
                      drop       00:48.0 to 01:04.0
          analysed    in 0.50 s, 411 times real time
        ");
    }

    #[test]
    fn silence_in_brief() {
        insta::assert_snapshot!(summary(&Transcript::new(8_000).finish(0.0, 0.0)), @r"
        set/house.wav
          length      00:00.0, 8000 Hz, stereo
          tempo       none found
          beats       0, 0 of them downbeats
          onsets      0, 0.0 a second
          structure   no build-up, drop or breakdown
          analysed    in 0.00 s, 0 times real time
        ");
    }

    #[test]
    fn clock_rounds_before_it_carries() {
        let shown = [0.0, 9.96, 59.94, 59.96, 3_600.0].map(clock);
        assert_eq!(shown, ["00:00.0", "00:10.0", "00:59.9", "01:00.0", "60:00.0"]);
    }
}
