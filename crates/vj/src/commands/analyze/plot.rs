//! `vj analyze --plot`: each stage of the analyser over a few seconds of a file, as a picture.

use std::fmt::Write;

use vj_audio::{FeatureFrame, Transcript};

/// Columns of the picture that show sound, in pixels.
const WIDTH: f64 = 1_100.0;
/// Room for the names of the lanes.
const LEFT: f64 = 130.0;
const RIGHT: f64 = 20.0;
/// Room for the seconds below.
const FOOT: f64 = 26.0;
/// Between two lanes.
const GAP: f64 = 12.0;

/// Pitches that are shown, in Hz, and tempi, in BPM.
const PITCH_HZ: [f64; 2] = [40.0, 2_000.0];
const TEMPO_BPM: [f64; 2] = [60.0, 200.0];

/// Bands of the spectrum, and shades in which they are drawn.
const SPECTRUM_BANDS: usize = 32;
const SHADES: f32 = 12.0;

const LEVELS: [&str; 7] = ["sub-bass", "bass", "low mid", "mid", "high mid", "presence", "air"];
const COLOURS: [&str; 7] = ["#5b2a86", "#9a348e", "#d1495b", "#e9806e", "#edae49", "#66a182", "#2e86ab"];

/// What is drawn: the seconds that were asked for.
pub(super) struct Plot {
    from: f64,
    to: f64,
    /// Least and greatest sample of each column.
    wave: Vec<[f32; 2]>,
    frames: Vec<FeatureFrame>,
    /// The beat activation, each hop.
    activation: Vec<(f64, f64)>,
}

impl Plot {
    pub(super) fn new(from: f64, seconds: f64) -> Self {
        let columns = WIDTH as usize;
        let (frames, activation) = Default::default();
        Self { from, to: from + seconds, wave: vec![[0.0; 2]; columns], frames, activation }
    }

    /// Takes a tick.
    pub(super) fn frame(&mut self, frame: &FeatureFrame) {
        if self.shows(frame.time_sec) {
            self.frames.push(*frame);
        }
    }

    /// Takes samples that begin at `time`, and the activation after them.
    pub(super) fn sound(&mut self, time: f64, samples: &[f32], channels: u16, rate_hz: u32, activation: f32) {
        let channels = usize::from(channels);
        for (at, frame) in samples.chunks(channels).enumerate() {
            let second = time + at as f64 / f64::from(rate_hz);
            if !self.shows(second) {
                continue;
            }
            let sample = frame.iter().sum::<f32>() / channels as f32;
            let column = ((second - self.from) / (self.to - self.from) * WIDTH) as usize;
            if let Some([least, most]) = self.wave.get_mut(column) {
                (*least, *most) = (least.min(sample), most.max(sample));
            }
        }
        let end = time + (samples.len() / channels) as f64 / f64::from(rate_hz);
        if self.shows(end) {
            self.activation.push((end, f64::from(activation)));
        }
    }

    fn shows(&self, second: f64) -> bool {
        (self.from..self.to).contains(&second)
    }

    /// The picture, as SVG.
    pub(super) fn svg(&self, title: &str, heard: &Transcript) -> String {
        let mut page = Page { body: String::new(), top: 34.0, from: self.from, to: self.to };
        page.text(LEFT, 20.0, "title", title);
        let lanes = page.top;
        self.wave_lane(&mut page);
        self.spectrum_lane(&mut page);
        self.level_lane(&mut page);
        self.onset_lane(&mut page, heard);
        self.curve(&mut page, "beat activation", 54.0, &self.activation);
        self.beat_lane(&mut page);
        self.curve_of(&mut page, "tempo 60..200 BPM", 40.0, |it| place(it.tempo_bpm, TEMPO_BPM));
        self.curve_of(&mut page, "pitch 40..2000 Hz", 60.0, |it| log_place(it.pitch_hz, PITCH_HZ));
        self.section_lane(&mut page);
        page.grid(lanes, heard);
        page.finish()
    }

    fn wave_lane(&self, page: &mut Page) {
        let (top, height) = page.lane("sound", 60.0);
        let middle = top + height / 2.0;
        let mut path = String::new();
        for (column, [least, most]) in self.wave.iter().enumerate() {
            let y = |sample: f32| middle - f64::from(sample).clamp(-1.0, 1.0) * height / 2.0;
            let x = LEFT + column as f64 + 0.5;
            let _ = write!(path, "M{x:.1} {:.1}V{:.1}", y(*most), y(*least) + 0.5);
        }
        page.path("wave", &path);
    }

    fn spectrum_lane(&self, page: &mut Page) {
        let (top, height) = page.lane("32 bands, 40 Hz up", 96.0);
        page.body.push_str(r##"<g fill="#26547c">"##);
        let (wide, tall) = (self.tick_width(), height / SPECTRUM_BANDS as f64);
        for band in 0..SPECTRUM_BANDS {
            let shade = |frame: &FeatureFrame| {
                frame.spectrum.map_or(0, |bands| (bands[band].clamp(0.0, 1.0) * SHADES).round() as u8)
            };
            // What looks the same is one.
            for run in self.frames.chunk_by(|one, next| shade(one) == shade(next)) {
                let shade = shade(&run[0]);
                if shade == 0 {
                    continue;
                }
                let (x, y) =
                    ((page.x(run[0].time_sec) - wide).max(LEFT), top + height - tall * (band + 1) as f64);
                let (wide, opacity) = (wide * run.len() as f64, f32::from(shade) / SHADES);
                let _ = write!(
                    page.body,
                    r##"<rect x="{x:.1}" y="{y:.1}" width="{wide:.1}" height="{tall:.1}" fill-opacity="{opacity:.2}"/>"##
                );
            }
        }
        page.body.push_str("</g>");
    }

    fn level_lane(&self, page: &mut Page) {
        for (band, (name, colour)) in LEVELS.iter().zip(COLOURS).enumerate() {
            let points: Vec<_> =
                self.frames.iter().map(|it| (it.time_sec, f64::from(it.levels[band]))).collect();
            let (top, height) = page.tight_lane(name, 20.0);
            page.area(colour, top, height, &points);
        }
        page.top += GAP;
    }

    fn onset_lane(&self, page: &mut Page, heard: &Transcript) {
        let points: Vec<_> =
            self.frames.iter().map(|it| (it.time_sec, f64::from(it.onset_strength))).collect();
        let (top, height) = page.lane("onset strength", 54.0);
        page.area("#8d99ae", top, height, &points);
        for onset in heard.onsets.iter().filter(|onset| self.shows(onset.time)) {
            let x = page.x(onset.time);
            let _ = write!(page.body, r#"<path class="onset" d="M{x:.1} {top:.1}v8"/>"#);
        }
        for (name, colour, of) in [
            ("kick", COLOURS[1], (|it| it.kick) as fn(&FeatureFrame) -> f32),
            ("snare", COLOURS[4], |it| it.snare),
            ("hat", COLOURS[6], |it| it.hat),
        ] {
            let (top, height) = page.tight_lane(name, 14.0);
            for frame in self.frames.iter().filter(|frame| of(frame) > 0.0) {
                let (x, tall) = (page.x(frame.time_sec), f64::from(of(frame)) * height);
                let y = top + height - tall;
                let _ = write!(
                    page.body,
                    r#"<rect x="{:.1}" y="{y:.1}" width="3" height="{tall:.1}" fill="{colour}"/>"#,
                    x - 3.0
                );
            }
        }
        page.top += GAP;
    }

    fn beat_lane(&self, page: &mut Page) {
        let (top, height) = page.lane("place in the beat", 40.0);
        let points: Vec<_> =
            self.frames.iter().map(|it| (it.time_sec, Some(f64::from(it.beat_phase)))).collect();
        page.line("#2b2d42", top, height, &points);
        for frame in self.frames.iter().filter(|frame| frame.beat) {
            let (x, beat) = (page.x(frame.time_sec), frame.beat_in_bar);
            page.text(x + 2.0, top + 10.0, "beat", &beat.to_string());
        }
    }

    fn section_lane(&self, page: &mut Page) {
        for (name, colour, of) in [
            ("build-up", "#edae49", (|it| it.build_up_confidence) as fn(&FeatureFrame) -> f32),
            ("breakdown", "#2e86ab", |it| it.breakdown_confidence),
            ("drop", "#d1495b", |it| it.drop_confidence),
        ] {
            let points: Vec<_> = self.frames.iter().map(|it| (it.time_sec, f64::from(of(it)))).collect();
            let (top, height) = page.tight_lane(name, 20.0);
            page.area(colour, top, height, &points);
        }
    }

    fn curve(&self, page: &mut Page, name: &str, height: f64, points: &[(f64, f64)]) {
        let (top, height) = page.lane(name, height);
        page.area("#66a182", top, height, points);
    }

    fn curve_of(&self, page: &mut Page, name: &str, height: f64, of: impl Fn(&FeatureFrame) -> Option<f64>) {
        let (top, height) = page.lane(name, height);
        let points: Vec<_> = self.frames.iter().map(|it| (it.time_sec, of(it))).collect();
        page.line("#2b2d42", top, height, &points);
    }

    fn tick_width(&self) -> f64 {
        WIDTH / (self.to - self.from) / 60.0
    }
}

/// Where between the two bounds; none for 0.
fn place(value: f32, [low, high]: [f64; 2]) -> Option<f64> {
    (value > 0.0).then(|| ((f64::from(value) - low) / (high - low)).clamp(0.0, 1.0))
}

/// The same in octaves.
fn log_place(value: f32, [low, high]: [f64; 2]) -> Option<f64> {
    (value > 0.0).then(|| ((f64::from(value) / low).ln() / (high / low).ln()).clamp(0.0, 1.0))
}

/// A picture that grows downwards.
struct Page {
    body: String,
    top: f64,
    from: f64,
    to: f64,
}

impl Page {
    fn x(&self, second: f64) -> f64 {
        LEFT + (second - self.from) / (self.to - self.from) * WIDTH
    }

    /// Room for a lane; where it begins, and how high it is.
    fn lane(&mut self, name: &str, height: f64) -> (f64, f64) {
        let lane = self.tight_lane(name, height);
        self.top += GAP;
        lane
    }

    fn tight_lane(&mut self, name: &str, height: f64) -> (f64, f64) {
        let top = self.top;
        let _ = write!(
            self.body,
            r#"<rect class="lane" x="{LEFT}" y="{top:.1}" width="{WIDTH}" height="{height:.1}"/>"#
        );
        self.text(8.0, top + height / 2.0 + 4.0, "name", name);
        self.top += height + 2.0;
        (top, height)
    }

    fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let safe = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(self.body, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{safe}</text>"#);
    }

    fn path(&mut self, class: &str, path: &str) {
        let _ = write!(self.body, r#"<path class="{class}" d="{path}"/>"#);
    }

    fn area(&mut self, colour: &str, top: f64, height: f64, points: &[(f64, f64)]) {
        let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else { return };
        let mut path = format!("M{:.1} {:.1}", self.x(*first), top + height);
        for (second, value) in points {
            let _ =
                write!(path, "L{:.1} {:.1}", self.x(*second), top + height * (1.0 - value.clamp(0.0, 1.0)));
        }
        let _ = write!(path, "L{:.1} {:.1}Z", self.x(*last), top + height);
        let _ = write!(self.body, r#"<path fill="{colour}" fill-opacity="0.75" d="{path}"/>"#);
    }

    /// A line that breaks where there is no value.
    fn line(&mut self, colour: &str, top: f64, height: f64, points: &[(f64, Option<f64>)]) {
        let (mut path, mut is_down) = (String::new(), false);
        for (second, value) in points {
            if let Some(value) = value {
                let word = if is_down { 'L' } else { 'M' };
                let _ = write!(path, "{word}{:.1} {:.1}", self.x(*second), top + height * (1.0 - value));
            }
            is_down = value.is_some();
        }
        let _ = write!(self.body, r#"<path fill="none" stroke="{colour}" stroke-width="1.5" d="{path}"/>"#);
    }

    /// The beats and the seconds, over all lanes.
    fn grid(&mut self, top: f64, heard: &Transcript) {
        let bottom = self.top;
        let (from, to) = (self.from, self.to);
        for beat in heard.beats.iter().map(|beat| beat.time).filter(|time| (from..to).contains(time)) {
            let is_first = heard.downbeats.iter().any(|downbeat| (downbeat - beat).abs() < 1e-6);
            let class = if is_first { "bar" } else { "beatline" };
            let path = format!("M{:.1} {top:.1}V{bottom:.1}", self.x(beat));
            self.path(class, &path);
        }
        // As many marks as can be read.
        let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
        let step = step.into_iter().find(|step| (to - from) / step <= 16.0).unwrap_or(300.0);
        let mut mark = (from / step).ceil();
        while mark * step < to {
            let x = self.x(mark * step);
            self.text(x, bottom + 18.0, "second", &format!("{:.1} s", mark * step));
            self.path("tick", &format!("M{x:.1} {bottom:.1}v5"));
            mark += 1.0;
        }
    }

    fn finish(self) -> String {
        let (width, height) = (LEFT + WIDTH + RIGHT, self.top + FOOT);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0}" viewBox="0 0 {width} {height:.0}">
<style>text{{font:11px sans-serif;fill:#2b2d42}}.title{{font-size:14px;font-weight:bold}}.second{{text-anchor:middle}}.beat{{font-size:9px;fill:#d1495b}}.lane{{fill:#f5f6f8}}.wave{{stroke:#8d99ae;fill:none}}.onset{{stroke:#d1495b;stroke-width:2}}.beatline{{stroke:#d1495b;stroke-opacity:.35}}.bar{{stroke:#d1495b;stroke-opacity:.9;stroke-width:1.5}}.tick{{stroke:#2b2d42}}</style>
<rect width="100%" height="100%" fill="white"/>
{}
</svg>
"#,
            self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_placed_between_their_bounds_or_not_at_all() {
        assert_eq!(place(130.0, TEMPO_BPM), Some(0.5));
        assert_eq!((place(0.0, TEMPO_BPM), place(500.0, TEMPO_BPM)), (None, Some(1.0)));
        let octaves = log_place(282.84, PITCH_HZ).unwrap();
        assert!((octaves - 0.5).abs() < 0.001, "{octaves}");
    }
}
