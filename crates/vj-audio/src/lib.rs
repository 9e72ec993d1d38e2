//! The streaming analyser of `vj`: levels, spectrum, onsets, tempo, beats, bars, pitch, structure.
//!
//! - **Pure.** Samples in, frames out: no device, no clock, no thread, no I/O. The same samples give the same bits on
//!   every machine, however they are cut into blocks.
//! - **Causal.** Sixty frames per second of sample time; each tells only what could be known by then. Beats are
//!   predicted and told on the last tick *before* they happen.
//! - **Cheap.** About 0.4 % of a core with everything on, no allocation after construction, and digital silence is free.
//!
//! ```
//! use vj_audio::{Analyzer, AnalyzerConfig, AudioBlock};
//!
//! let mut analyzer = Analyzer::new(44_100, AnalyzerConfig::default())?;
//! let click: Vec<f32> = (0..44_100).map(|i| if i % 22_050 < 64 { 0.8 } else { 0.0 }).collect();
//! let mut frames = 0;
//! analyzer.push_with(AudioBlock::mono(&click), |frame| {
//!     frames += 1;
//!     assert!(frame.levels.iter().all(|level| (0.0..=1.0).contains(level)));
//! });
//! assert_eq!(frames, 60);
//! # Ok::<(), vj_audio::AnalyzerError>(())
//! ```
//!
//! # The chain
//!
//! Samples are mixed to mono and made harmless ([`AudioBlock`]: NaN, infinities, denormals), then collected into *steps*
//! of 5 ms. Two steps are a *hop* of 10 ms. Windows are durations, not sample counts, so the same music gives nearly the
//! same result at every rate. A *tick* (1/60 s) looks at nothing but what the last hop left behind.
//!
//! | stage | file | runs | what it does | source |
//! |---|---|---|---|---|
//! | window, FFT | `history` `fft` | hop | 46 ms Hann window, real FFT, power per bin | |
//! | low-rate stream | `decimator` | hop | the same at 11 kHz over 93 ms: bins 11 Hz apart, for sub-bass and harmony | |
//! | bands | `bands` | hop | power sums over bands with fractional edges | |
//! | levels | `levels` | hop | absolute gate at -60 dBFS, range that adapts over seconds, attack at once and 120 ms release unless told otherwise | |
//! | spectrum | `spectrum` | hop | 32 log bands in dB under the recent ceiling | |
//! | brightness | `brightness` | hop | spectral centroid over 11 025 Hz | |
//! | onsets | `onset` `net` | step | a small network over a 23 ms band spectrum and its last 90 ms, peaks picked online; kick, snare, hat | Boeck, Krebs & Schedl, ISMIR 2012; Boeck & Widmer, DAFx 2013 |
//! | beat activation | `activation` | hop | half-wave flux of square roots in three bands, over its mean, under its decaying peak; with what the onset stage says | |
//! | bar pointer | `bar_pointer` | hop | forward HMM over tempo and position in the beat; the most probable state counts | Whiteley, Cemgil & Godsill, ISMIR 2006; Krebs, Boeck & Widmer, ISMIR 2015 |
//! | beats | `beat` `told_beat` | hop, tick | predicts the next beat from the pointer and a line through the last ones, tells it once, goes on through stumbles and silence | |
//! | tempo | `tempo` | hop | slope of a line through the last 24 beats | |
//! | what a beat was | `beat_listener` `beat_fold` | beat | drums, onsets and flux in each quarter of a beat, folded over the last bars; changes of harmony and bass | |
//! | octave | `octave` `net` | beat | a small network over the fold: is the pulse the beat, twice or half as fast, four for three beats, or half a beat off? | |
//! | bars | `bar` `net` | beat | four scores from kick, snare and change of harmony, and the votes of a small network over the fold and these changes | |
//! | pitch | `pitch` | hop | YIN on an ear-weighted spectrum, refined at the harmonics' peaks | de Cheveigne & Kawahara, JASA 2002; Brossier 2006 |
//! | structure | `structure` `section_evidence` `net` | hop | bass away, upper bands rising, drums denser, bass back: breakdown, build-up, drop | Yadati et al., ISMIR 2014 |
//!
//! # Time
//!
//! All times are sample positions over the sample rate. Tick `n` (from 1) stands at sample `n * rate / 60`, rounded down,
//! computed anew each time, so there is no drift. `announced_at` is the tick on which an event is told. An event's own
//! `time` is when it happened or, for a beat, will happen: at most one tick ahead.
//!
//! # Silence
//!
//! Below -60 dBFS the gate is closed: levels are 0. Beats, onsets and pitch are still heard of what moves, as music does and hiss
//! does not, where nothing was loud of late. In silence the beat goes on for eight seconds, as a dancer would, and then stops. After [`limits::REST_AFTER_SEC`] of exact digital zeros every stage is put into its rest
//! state, a fixed point under further zeros; from there on only counters move.

mod activation;
mod analyzer;
mod bands;
mod bar;
mod bar_pointer;
mod beat;
mod beat_fold;
mod beat_listener;
mod block;
mod brightness;
mod clock;
mod config;
mod decimator;
mod error;
mod event;
mod fft;
mod frame;
mod history;
mod levels;
pub mod limits;
mod net;
mod octave;
mod onset;
mod pitch;
mod section_evidence;
mod spectrum;
#[doc(hidden)]
pub mod stage_bench;
mod stages;
mod structure;
mod tempo;
mod told_beat;
#[doc(hidden)]
pub mod training;
mod transcript;

pub use analyzer::Analyzer;
pub use bar::BEATS_PER_BAR;
pub use block::AudioBlock;
pub use config::AnalyzerConfig;
pub use error::AnalyzerError;
pub use event::{Beat, EventList, Onset, Onsets, StructureChanges};
pub use frame::FeatureFrame;
pub use levels::LEVEL_BANDS;
pub use spectrum::SPECTRUM_BANDS;
pub use structure::{Section, StructureChange};
pub use transcript::{SectionSpan, Transcript};
