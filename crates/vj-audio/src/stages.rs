//! The stages in their order, and how they feed each other.

use crate::activation::BeatActivation;
use crate::bands::Bands;
use crate::bar::BarCounter;
use crate::beat::BeatTracker;
use crate::beat_listener::{BeatListener, HeardBeat};
use crate::brightness::Brightness;
use crate::clock::SampleGrid;
use crate::config::AnalyzerConfig;
use crate::decimator::Decimator;
use crate::event::{Beat, Onset, Onsets, StructureChanges};
use crate::fft::{MEAN_SQUARE_PER_POWER, PowerFft};
use crate::frame::FeatureFrame;
use crate::history::History;
use crate::levels::{LEVEL_BANDS, LEVEL_EDGES_HZ, LOW_LEVEL_BANDS, Levels};
use crate::limits::STEPS_PER_HOP;
use crate::octave::OctaveJudge;
use crate::onset::{DRUMS, OnsetDetector};
use crate::pitch::PitchTracker;
use crate::section_evidence::SectionInput;
use crate::spectrum::{DisplaySpectrum, SPECTRUM_BANDS, spectrum_edges_hz};
use crate::structure::{StructureChange, StructureTracker};

/// The window of levels, spectrum, beat activation and pitch.
const MAIN_WINDOW_SEC: f64 = 2_048.0 / 44_100.0;
/// The window of the low-rate stream, for sub-bass, bass and harmony: bins 11 Hz apart.
const LOW_WINDOW_SEC: f64 = 4_096.0 / 44_100.0;
/// The low-rate stream runs at this rate or a little above.
const LOW_RATE_HZ: u32 = 11_025;
/// Spectrum bands whose upper edge lies below this come from the low-rate window.
const LOW_SPECTRUM_HZ: f32 = 300.0;

/// One analysis step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Its number, from 1; every second one ends a hop.
    pub(crate) number: u64,
    /// Position of its first sample.
    pub(crate) position: u64,
    /// Its end in seconds.
    pub(crate) now: f64,
}

/// All stages with the windows that they share.
pub(crate) struct Stages {
    pub(crate) history: History,
    pub(crate) decimator: Decimator,
    pub(crate) decimated: Vec<f32>,
    pub(crate) low_history: History,
    pub(crate) main_fft: PowerFft,
    pub(crate) low_fft: PowerFft,
    pub(crate) level_bands: [Bands; 2],
    pub(crate) spectrum_bands: [Bands; 2],
    pub(crate) levels: Levels,
    pub(crate) spectrum: DisplaySpectrum,
    pub(crate) brightness: Brightness,
    pub(crate) onsets: OnsetDetector,
    pub(crate) activation: BeatActivation,
    pub(crate) beats: BeatTracker,
    pub(crate) listener: BeatListener,
    pub(crate) bars: BarCounter,
    pub(crate) octave: OctaveJudge,
    /// Off while the judge is trained.
    pub(crate) is_octave_judged: bool,
    /// The beat that was heard at the last hop.
    pub(crate) heard: Option<HeardBeat>,
    pub(crate) pitch: PitchTracker,
    pub(crate) structure: StructureTracker,
    /// What has come up since the last tick.
    new_onsets: Onsets,
    new_changes: StructureChanges,
    onset_strength: f32,
    last_activation: f32,
    drums: [f32; DRUMS],
    /// How likely an onset, a kick, a snare and a hat were since the last hop.
    likely: [f32; DRUMS + 1],
    /// Drum hits since the last hop.
    hits: [u8; DRUMS],
}

impl Stages {
    pub(crate) fn new(sample_rate: u32, steps: &SampleGrid, config: &AnalyzerConfig) -> Self {
        let longest = steps.longest_step();
        let decimator = Decimator::new(sample_rate, LOW_RATE_HZ, longest);
        let low_rate = f64::from(sample_rate) / decimator.factor() as f64;
        let main_fft = PowerFft::new(MAIN_WINDOW_SEC, f64::from(sample_rate));
        let low_fft = PowerFft::new(LOW_WINDOW_SEC, low_rate);
        let onsets = OnsetDetector::new(sample_rate);
        let split = |edges: &[f32], low_bands: usize| {
            [
                Bands::new(&edges[..=low_bands], low_fft.bin_hz(), low_fft.bins()),
                Bands::new(&edges[low_bands..], main_fft.bin_hz(), main_fft.bins()),
            ]
        };
        let spectrum_edges = spectrum_edges_hz();
        let low_spectrum_bands = spectrum_edges.partition_point(|edge| *edge < LOW_SPECTRUM_HZ) - 1;
        Self {
            history: History::new(main_fft.length().max(onsets.length())),
            decimated: vec![0.0; longest.div_ceil(decimator.factor())],
            decimator,
            low_history: History::new(low_fft.length()),
            level_bands: split(&LEVEL_EDGES_HZ, LOW_LEVEL_BANDS),
            spectrum_bands: split(&spectrum_edges, low_spectrum_bands),
            levels: Levels::new(config.attack_ms, config.release_ms),
            spectrum: DisplaySpectrum::new(),
            brightness: Brightness::new(main_fft.bin_hz(), main_fft.bins()),
            onsets,
            activation: BeatActivation::new(main_fft.bin_hz(), main_fft.bins()),
            beats: BeatTracker::new(),
            listener: BeatListener::new(),
            bars: BarCounter::new(),
            octave: OctaveJudge::new(),
            is_octave_judged: true,
            heard: None,
            pitch: PitchTracker::new(main_fft.bin_hz(), main_fft.bins()),
            structure: StructureTracker::new(),
            main_fft,
            low_fft,
            new_onsets: Onsets::default(),
            new_changes: StructureChanges::default(),
            onset_strength: 0.0,
            last_activation: 0.0,
            drums: [0.0; DRUMS],
            likely: [0.0; DRUMS + 1],
            hits: [0; DRUMS],
        }
    }

    /// Takes the samples of one step.
    pub(crate) fn step(&mut self, step: Step, samples: &[f32], config: &AnalyzerConfig) {
        self.history.extend(samples);
        let count = self.decimator.run(step.position, samples, &mut self.decimated);
        self.low_history.extend(&self.decimated[..count]);
        let window = self.history.last(self.onsets.length());
        if let Some(found) = self.onsets.step(window, step.now, self.levels.hearing()) {
            self.new_onsets.push(Onset { time: found.time, announced_at: 0.0, strength: found.strength });
        }
        self.onset_strength = self.onset_strength.max(self.onsets.strength());
        for (most, now) in self.likely.iter_mut().zip(self.onsets.likely()) {
            *most = most.max(now);
        }
        for (drum, confidence) in self.onsets.drums().into_iter().enumerate() {
            self.drums[drum] = self.drums[drum].max(confidence);
            self.hits[drum] += u8::from(confidence > 0.0);
        }
        if step.number.is_multiple_of(STEPS_PER_HOP) {
            self.hop(step.number / STEPS_PER_HOP, step.now, config);
        }
    }

    /// The part of a hop that is about the beat.
    fn beat_hop(&mut self, now: f64, gate: f32) {
        let likely = std::mem::take(&mut self.likely);
        let activation = self.activation.hop(self.main_fft.last(), likely[0], gate);
        self.last_activation = activation;
        self.beats.hop(activation, gate, now);
        if self.beats.take_other_music() {
            // What it knew is of other music.
            self.octave.reset();
        }
        self.heard = self.listener.hop(likely, self.activation.flux(), self.low_fft.last(), now);
        if let Some(beat) = &self.heard {
            self.bars.hear(beat);
            let judged =
                if self.is_octave_judged { self.octave.hear(&beat.cells, beat.period) } else { None };
            if judged.is_some_and(|verdict| self.beats.change_beat(verdict, beat.time, now)) {
                self.bars.begin_anew();
            }
        }
    }

    fn hop(&mut self, hop: u64, now: f64, config: &AnalyzerConfig) {
        self.main_fft.powers(self.history.last(self.main_fft.length()));
        self.low_fft.powers(self.low_history.last(self.low_fft.length()));
        let powers = self.level_powers();
        self.levels.hop(&powers);
        let gate = self.levels.gate();
        let ear = self.levels.ear();
        if config.enable_spectrum {
            let powers = self.spectrum_powers();
            self.spectrum.hop(&powers, self.levels.ceiling(), gate);
        }
        if config.enable_bpm {
            self.beat_hop(now, ear);
        }
        if config.enable_pitch {
            self.pitch.hop(self.main_fft.last(), ear);
        }
        if config.enable_structure {
            self.brightness.hop(self.main_fft.last(), gate);
            self.structure_hop(hop, now, &powers, gate);
        }
        self.hits = [0; DRUMS];
    }

    pub(crate) fn beat_activation(&self) -> f32 {
        self.last_activation
    }

    fn structure_hop(&mut self, hop: u64, now: f64, powers: &[f32; LEVEL_BANDS], gate: f32) {
        let mean_square = |bands: &[f32]| bands.iter().sum::<f32>() * MEAN_SQUARE_PER_POWER;
        let input = SectionInput {
            bass: mean_square(&powers[..2]),
            middle: mean_square(&powers[2..4]),
            upper: mean_square(&powers[4..]),
            hits: self.hits,
            gate,
        };
        let changes = &mut self.new_changes;
        self.structure.hop(hop, input, now, |section, begins, time| {
            changes.push(StructureChange { section, begins, time, announced_at: 0.0 });
        });
    }

    pub(crate) fn level_powers(&self) -> [f32; LEVEL_BANDS] {
        let mut powers = [0.0; LEVEL_BANDS];
        let (low, high) = powers.split_at_mut(LOW_LEVEL_BANDS);
        self.level_bands[0].sums(self.low_fft.last(), low);
        self.level_bands[1].sums(self.main_fft.last(), high);
        powers
    }

    pub(crate) fn spectrum_powers(&self) -> [f32; SPECTRUM_BANDS] {
        let mut powers = [0.0; SPECTRUM_BANDS];
        let (low, high) = powers.split_at_mut(self.spectrum_bands[0].len());
        self.spectrum_bands[0].sums(self.low_fft.last(), low);
        self.spectrum_bands[1].sums(self.main_fft.last(), high);
        powers
    }

    /// Fills `frame` for the tick at `now` and takes off what is told only once; the next tick will be at
    /// `next_tick`.
    pub(crate) fn fill(
        &mut self,
        frame: &mut FeatureFrame,
        config: &AnalyzerConfig,
        now: f64,
        next_tick: f64,
    ) {
        let beat = if config.enable_bpm { self.beats.tick(now, next_tick) } else { None };
        frame.beat_event = beat.map(|time| {
            self.listener.await_beat(time, self.beats.period());
            Beat { time, announced_at: now, beat_in_bar: self.bars.beat() }
        });
        frame.beat = beat.is_some();
        frame.beat_phase = self.beats.phase(now);
        frame.beat_in_bar = self.bars.beat_in_bar();
        frame.bars = self.bars.bars();
        frame.tempo_bpm = self.beats.tempo_bpm();
        frame.tempo_confidence = self.beats.confidence();
        frame.levels = *self.levels.bands();
        frame.rms = self.levels.overall();
        frame.spectrum = config.enable_spectrum.then(|| *self.spectrum.values());
        frame.pitch_hz = self.pitch.hz();
        frame.pitch_confidence = self.pitch.confidence();
        frame.build_up = self.structure.build_up();
        frame.drop = self.structure.drop();
        frame.breakdown = self.structure.breakdown();
        [frame.build_up_confidence, frame.breakdown_confidence, frame.drop_confidence] =
            self.structure.confidences();
        [frame.kick, frame.snare, frame.hat] = std::mem::take(&mut self.drums);
        frame.energy_trend = self.structure.energy_trend();
        frame.brightness = self.brightness.value();
        frame.onset_strength = std::mem::take(&mut self.onset_strength);
        frame.onsets = std::mem::take(&mut self.new_onsets);
        frame.structure = std::mem::take(&mut self.new_changes);
        for onset in frame.onsets.iter_mut() {
            onset.announced_at = now;
        }
        for change in frame.structure.iter_mut() {
            change.announced_at = now;
        }
    }

    /// Forgets tempo, beats and the place in the bar.
    pub(crate) fn reset_bpm(&mut self) {
        self.activation.reset();
        self.beats.reset();
        self.listener.reset();
        self.bars.reset();
        self.octave.reset();
    }

    /// Forgets the structure, and ends the sections that are on at `now`.
    pub(crate) fn reset_structure(&mut self, now: f64) {
        for section in self.structure.sections().into_iter().flatten() {
            self.new_changes.push(StructureChange { section, begins: false, time: now, announced_at: 0.0 });
        }
        self.structure.reset();
        self.brightness.reset();
    }

    /// Puts every stage into its rest state, a fixed point under digital silence.
    pub(crate) fn reset(&mut self, now: f64) {
        self.history.reset();
        self.decimator.reset();
        self.low_history.reset();
        self.main_fft.reset();
        self.low_fft.reset();
        self.levels.reset();
        self.spectrum.reset();
        self.onsets.reset();
        self.pitch.reset();
        self.reset_bpm();
        self.reset_structure(now);
        self.onset_strength = 0.0;
        self.last_activation = 0.0;
        self.drums = [0.0; DRUMS];
        self.likely = [0.0; DRUMS + 1];
        self.hits = [0; DRUMS];
    }
}
