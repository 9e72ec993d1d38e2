//! Where on the timeline of a recording each block of sound belongs.
//!
//! The sound of a recording is one file, whose samples follow each other as the show's seconds do. The first sample lies on a tick
//! of the analyser, and so does each later stretch of sound: then the analyser of a rehearsal hears in each tick what the one of
//! the night heard.

use serde::Deserialize;
use serde_json::Value;
use vj_core::{At, base64};

/// Ticks of the analyser in a second.
const TICKS_PER_SEC: u128 = 60;

/// A block of sound, as it stands on the tape of the worker.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// When the first sample of its stretch was heard.
    pub began: At,
    /// Samples of its stretch before it.
    pub index: u64,
    /// Samples a second.
    pub rate_hz: u32,
    /// One channel.
    pub samples: Vec<f32>,
}

/// What goes into the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Placed {
    /// First so much silence.
    pub silence: u64,
    /// Then these samples.
    pub samples: Vec<f32>,
    /// Something that is to be said of it.
    pub word: Option<String>,
}

/// The timeline, as far as there is sound on it.
#[derive(Debug, Default)]
pub struct Timeline {
    file: Option<FileOfSound>,
}

#[derive(Debug)]
struct FileOfSound {
    /// When its first sample was heard.
    begins: At,
    rate_hz: u32,
    frames: u64,
    stretch: Stretch,
}

#[derive(Debug)]
struct Stretch {
    began: At,
    rate_hz: u32,
    /// Which frame of the file its first sample is; negative where the file begins later.
    offset: i64,
    /// Its sample before the next one, to draw a line from, and that one's index.
    last: Option<(u64, f32)>,
}

impl Block {
    /// Reads one: the value of `sound` in an entry of the tape.
    #[must_use]
    pub fn read(entry: &Value) -> Option<Self> {
        #[derive(Deserialize)]
        struct Entry {
            began_ns: u64,
            index: u64,
            rate_hz: u32,
            pcm: String,
        }
        let Entry { began_ns, index, rate_hz, pcm } = Entry::deserialize(entry).ok()?;
        let bytes = base64::decode(&pcm)?;
        let (words, []) = bytes.as_chunks::<4>() else { return None };
        let samples = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
        (rate_hz > 0).then_some(Self { began: At::from_nanos(began_ns), index, rate_hz, samples })
    }
}

impl Timeline {
    /// When the first sample of the file was heard, and its rate; none as long as there is none.
    #[must_use]
    pub fn begins(&self) -> Option<(At, u32)> {
        self.file.as_ref().map(|file| (file.begins, file.rate_hz))
    }

    /// Finds the place of a block. What was heard before `from` is left out, and what is in the file already.
    pub fn place(&mut self, from: At, block: Block) -> Placed {
        if let Some(file) = &mut self.file {
            return file.place(block);
        }
        let Block { began, index, rate_hz, .. } = block;
        // The first tick of its stretch that begins within the recording and not before what we have of it.
        let into = frames(from.since(began).as_nanos(), rate_hz);
        let first = edge_from(index.max(into), rate_hz);
        let begins = At::from_nanos(began.as_nanos() + nanos(first, rate_hz));
        let offset = -i64::try_from(first).unwrap_or(i64::MAX);
        let stretch = Stretch { began, rate_hz, offset, last: None };
        let mut file = FileOfSound { begins, rate_hz, frames: 0, stretch };
        let placed = file.place(block);
        if !placed.samples.is_empty() {
            self.file = Some(file);
        }
        placed
    }
}

impl FileOfSound {
    fn place(&mut self, block: Block) -> Placed {
        let mut word = None;
        if (block.began, block.rate_hz) != (self.stretch.began, self.stretch.rate_hz) {
            // A new stretch begins at the tick that lies nearest.
            let into = frames(block.began.since(self.begins).as_nanos(), self.rate_hz);
            let offset = i64::try_from(edge_near(into, self.rate_hz)).unwrap_or(i64::MAX);
            let Block { began, rate_hz, .. } = block;
            if rate_hz != self.rate_hz {
                let (from, to) = (rate_hz, self.rate_hz);
                word = Some(format!("the sound has {from} Hz from here on; it is recorded at {to} Hz"));
            }
            self.stretch = Stretch { began, rate_hz, offset, last: None };
        }
        let (at, mut samples) = self.stretch.at_rate(self.rate_hz, block);
        let behind = i64::try_from(self.frames).unwrap_or(i64::MAX).saturating_sub(at);
        let (mut silence, mut skipped) = (0, 0);
        if behind < 0 {
            silence = behind.unsigned_abs();
        } else {
            skipped = usize::try_from(behind).unwrap_or(usize::MAX).min(samples.len());
        }
        samples.drain(..skipped);
        if samples.is_empty() {
            silence = 0;
        }
        self.frames += silence + samples.len() as u64;
        Placed { silence, samples, word }
    }
}

impl Stretch {
    /// The block's samples at the file's rate, and which frame the first of them is. Between two samples of another rate a line
    /// is drawn.
    fn at_rate(&mut self, file_hz: u32, block: Block) -> (i64, Vec<f32>) {
        let Block { index, rate_hz, samples, .. } = block;
        if rate_hz == file_hz {
            return (self.offset.saturating_add_unsigned(index), samples);
        }
        let joins = self.last.filter(|(at, _)| at + 1 == index).map(|(_, sample)| sample);
        // From the sample before the block, where there is one, to its last.
        let first = if joins.is_some() { index - 1 } else { index };
        let line: Vec<f32> = joins.into_iter().chain(samples.iter().copied()).collect();
        let last = first + line.len() as u64 - 1;
        self.last = line.last().map(|sample| (last, *sample));
        let (from, to) = (u64::from(file_hz), u64::from(rate_hz));
        // Frame j lies at j * to / from of the block's samples. The frame at `first` itself went out with the block before.
        let begin = if joins.is_some() { first * from / to + 1 } else { (first * from).div_ceil(to) };
        let end = last * from / to;
        let resampled = (begin..=end).map(|frame| {
            let place = frame * to;
            let at = usize::try_from(place / from - first).unwrap_or(usize::MAX);
            let share = (place % from) as f32 / from as f32;
            let here = line.get(at).copied().unwrap_or_default();
            let next = line.get(at + 1).copied().unwrap_or(here);
            here + (next - here) * share
        });
        (self.offset.saturating_add_unsigned(begin), resampled.collect())
    }
}

fn frames(nanos: u128, rate_hz: u32) -> u64 {
    u64::try_from((nanos * u128::from(rate_hz) + 500_000_000) / 1_000_000_000).unwrap_or(u64::MAX)
}

fn nanos(frames: u64, rate_hz: u32) -> u64 {
    u64::try_from(u128::from(frames) * 1_000_000_000 / u128::from(rate_hz)).unwrap_or(u64::MAX)
}

/// The first frame of a tick.
fn edge(tick: u128, rate_hz: u32) -> u64 {
    u64::try_from(tick * u128::from(rate_hz) / TICKS_PER_SEC).unwrap_or(u64::MAX)
}

/// Ticks that a file may begin with: those whose edge falls on a whole frame (at 22,050 Hz each second one), or the frames of all
/// later ticks would be others by one. Where few do, any.
fn grid(rate_hz: u32) -> u128 {
    let whole = |ticks: &u128| (ticks * u128::from(rate_hz)).is_multiple_of(TICKS_PER_SEC);
    (1..=4).find(whole).unwrap_or(1)
}

/// The first such edge that is not before `frame`.
fn edge_from(frame: u64, rate_hz: u32) -> u64 {
    let grid = grid(rate_hz);
    let from = u128::from(frame) * TICKS_PER_SEC / u128::from(rate_hz) / grid;
    (from..).map(|at| edge(at * grid, rate_hz)).find(|edge| *edge >= frame).unwrap_or(frame)
}

/// The one that lies nearest.
fn edge_near(frame: u64, rate_hz: u32) -> u64 {
    let grid = grid(rate_hz);
    let long = u128::from(rate_hz) * grid;
    edge((u128::from(frame) * TICKS_PER_SEC + long / 2) / long * grid, rate_hz)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 44_100;

    fn block(began_ms: u64, index: u64, count: u64) -> Block {
        let samples = (index..index + count).map(|at| at as f32).collect();
        Block { began: At::from_millis(began_ms), index, rate_hz: RATE, samples }
    }

    #[test]
    fn blocks_of_one_stretch_join_without_a_seam_and_what_is_lost_is_silence() {
        let mut line = Timeline::default();
        let first = line.place(At::ZERO, block(500, 0, 441));
        assert_eq!((first.silence, first.samples.len()), (0, 441));
        assert_eq!(line.begins(), Some((At::from_millis(500), RATE)));
        assert_eq!(line.place(At::ZERO, block(500, 441, 441)).silence, 0);
        // The block between is lost, and one comes twice.
        let late = line.place(At::ZERO, block(500, 1_323, 441));
        assert_eq!((late.silence, late.samples[0]), (441, 1_323.0));
        assert_eq!(line.place(At::ZERO, block(500, 1_323, 441)), Placed::default());
    }

    #[test]
    fn a_recording_that_begins_in_the_middle_begins_with_a_tick() {
        let mut line = Timeline::default();
        // The show has lasted for 10 s, and the recording begins 3 ms after a tick.
        let from = At::from_millis(10_003);
        assert_eq!(line.place(from, block(0, 440_000, 100)), Placed::default(), "it was before");
        let placed = line.place(from, block(0, 441_000, 2_000));
        assert_eq!(placed.samples[0], 441_735.0, "735 samples are a tick, 132.3 of them were before");
        let (begins, _) = line.begins().unwrap();
        assert_eq!(begins.as_nanos() / 1_000, 10_016_666);
    }

    #[test]
    fn a_later_stretch_begins_at_the_nearest_tick() {
        let mut line = Timeline::default();
        line.place(At::ZERO, block(1_000, 0, 735));
        // 20.004 s after the first sample: 1,200.24 ticks.
        let placed = line.place(At::ZERO, block(21_004, 0, 10));
        assert_eq!((placed.silence + 735) % 735, 0);
        assert_eq!((placed.silence + 735) / 735, 1_200);
    }

    #[test]
    fn another_rate_is_brought_to_that_of_the_file_without_seams() {
        let mut line = Timeline::default();
        line.place(At::ZERO, block(0, 0, 735));
        let (mut all, mut word) = (Vec::new(), None);
        for index in 0..50_u64 {
            let samples = (index * 221..(index + 1) * 221).map(|at| at as f32).collect();
            let block =
                Block { began: At::from_millis(1_000), index: index * 221, rate_hz: RATE / 2, samples };
            let placed = line.place(At::ZERO, block);
            assert_eq!(placed.silence, if index == 0 { 44_100 - 735 } else { 0 });
            word = word.or(placed.word);
            all.extend(placed.samples);
        }
        assert_eq!(word.unwrap(), "the sound has 22050 Hz from here on; it is recorded at 44100 Hz");
        let expected: Vec<f32> = (0..all.len()).map(|frame| frame as f32 / 2.0).collect();
        assert_eq!(all, expected);
        assert!(all.len() > 50 * 442 - 3);
    }
}
