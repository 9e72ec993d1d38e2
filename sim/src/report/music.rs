//! What the visuals were told about the music: beats, tempo, structure.

use serde::Serialize;

use super::units::{coarse, number, rounded};
use crate::osc_log::OscLine;

/// A structure flag without news for this long is taken as off: it is sent ten times a second.
const STRUCTURE_SILENT_SEC: f64 = 1.0;

/// What the visuals were told about the music. All times are in seconds since the start of the run.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Music {
    /// When each beat was told.
    pub beats: Vec<f64>,
    /// Those of them that begin a bar.
    pub downbeats: Vec<f64>,
    /// Time and tempo in BPM, as told; only where a tempo was known.
    pub tempo: Vec<(f64, f64)>,
    /// Build-ups and drops, by their end.
    pub structure: Vec<Section>,
}

/// A time during which a structure flag was up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Section {
    /// Which flag.
    #[serde(rename = "type")]
    pub kind: SectionKind,
    /// In seconds.
    pub start: f64,
    /// In seconds.
    pub end: f64,
}

/// The flags of `/audio/structure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionKind {
    /// Tension is rising.
    Buildup,
    /// The drop is on.
    Drop,
}

impl Music {
    /// What was told in `lines`.
    pub(super) fn of(lines: &[OscLine]) -> Self {
        let mut music = Self::default();
        let mut flags = [Flag::new(SectionKind::Buildup), Flag::new(SectionKind::Drop)];
        for line in lines {
            match line.addr.as_str() {
                "/audio/beat" if number(line, 0) == Some(1.0) => music.beats.push(rounded(line.t)),
                "/audio/beat/phase" => music.phase(line),
                "/audio/bpm" => {
                    let told = number(line, 0).filter(|bpm| *bpm > 0.0);
                    music.tempo.extend(told.map(|bpm| (rounded(line.t), coarse(bpm))));
                }
                "/audio/structure" => {
                    for (index, flag) in flags.iter_mut().enumerate() {
                        music.structure.extend(flag.hear(rounded(line.t), number(line, index) == Some(1.0)));
                    }
                }
                _ => {}
            }
        }
        music.structure.extend(flags.into_iter().filter_map(|mut flag| flag.lower()));
        music
    }

    /// The phase is sent with each beat, on the same tick: it knows which of the bar it was.
    fn phase(&mut self, line: &OscLine) {
        let t = rounded(line.t);
        if number(line, 1) == Some(1.0) && self.beats.last() == Some(&t) && self.downbeats.last() != Some(&t)
        {
            self.downbeats.push(t);
        }
    }
}

struct Flag {
    kind: SectionKind,
    up: Option<(f64, f64)>,
}

impl Flag {
    fn new(kind: SectionKind) -> Self {
        Self { kind, up: None }
    }

    /// The section that ends with this news, if one does.
    fn hear(&mut self, t: f64, on: bool) -> Option<Section> {
        let silent = self.up.is_some_and(|(_, last)| t - last > STRUCTURE_SILENT_SEC);
        if let (true, false, Some((_, last))) = (on, silent, self.up.as_mut()) {
            *last = t;
            return None;
        }
        if let (false, Some((_, last))) = (silent, self.up.as_mut()) {
            *last = t;
        }
        let ended = self.lower();
        self.up = on.then_some((t, t));
        ended
    }

    fn lower(&mut self) -> Option<Section> {
        self.up.take().map(|(start, end)| Section { kind: self.kind, start, end })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::samples::osc;

    fn structure(t: f64, build_up: u8, drop: u8) -> OscLine {
        osc(
            t,
            "audio_analyzer",
            "/audio/structure",
            vec![json!(build_up), json!(drop), json!(0.0), json!(0.5)],
        )
    }

    #[test]
    fn beats_are_the_ticks_that_say_so_and_downbeats_begin_a_bar() {
        let beat = |t, on: u8| osc(t, "audio_analyzer", "/audio/beat", vec![json!(on), json!(0.4)]);
        let phase = |t, of_bar: u8| {
            osc(t, "audio_analyzer", "/audio/beat/phase", vec![json!(0.0), json!(of_bar), json!(3)])
        };
        let lines = [
            beat(1.0, 1),
            phase(1.0, 4),
            beat(1.1, 0),
            phase(1.1, 1),
            beat(1.5, 1),
            phase(1.5, 1),
            phase(1.6, 1),
        ];
        let music = Music::of(&lines);
        assert_eq!((music.beats, music.downbeats), (vec![1.0, 1.5], vec![1.5]));
    }

    #[test]
    fn a_tempo_of_zero_is_none() {
        let bpm = |t, bpm: f64| osc(t, "audio_analyzer", "/audio/bpm", vec![json!(bpm), json!(0.9)]);
        assert_eq!(Music::of(&[bpm(1.0, 0.0), bpm(2.0, 124.000_06)]).tempo, [(2.0, 124.0)]);
    }

    #[test]
    fn a_section_lasts_from_flag_to_flag() {
        let lines = [
            structure(1.0, 0, 0),
            structure(1.5, 1, 0),
            structure(2.0, 1, 0),
            structure(2.5, 0, 1),
            structure(3.0, 0, 1),
        ];
        let expected = [
            Section { kind: SectionKind::Buildup, start: 1.5, end: 2.5 },
            Section { kind: SectionKind::Drop, start: 2.5, end: 3.0 },
        ];
        assert_eq!(Music::of(&lines).structure, expected);
    }

    #[test]
    fn a_section_ends_where_the_news_end() {
        let lines = [structure(1.0, 0, 1), structure(1.9, 0, 1), structure(5.0, 0, 1), structure(5.5, 0, 0)];
        let spans: Vec<_> = Music::of(&lines).structure.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(spans, [(1.0, 1.9), (5.0, 5.5)]);
    }
}
