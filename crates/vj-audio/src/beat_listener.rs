//! What was heard around each announced beat.

use crate::limits::HOP_SEC;
use crate::onset::DRUMS;

/// Signals that are listened to: kick, snare, hat and onset as the onset stage finds them likely, and the flux of the low
/// and of the middle band.
pub(crate) const SIGNALS: usize = 6;
/// A beat is heard in quarters.
pub(crate) const QUARTERS: usize = 4;
/// The strongest of each signal in each quarter of a beat.
pub(crate) type Cells = [[f32; SIGNALS]; QUARTERS];

/// From a beat until what was heard around it is known: the delay of the 46 ms window and the spread of a human hit.
const LISTEN_SEC: f64 = 0.075;
/// Signals peak this long after the attack that they tell of.
const SIGNAL_DELAY_SEC: f64 = 0.016;
/// A quarter counts what is this near to it at most, and no more than half of the way to the next.
const QUARTER_REACH_SEC: f64 = 0.06;
/// Hops that a beat's kick and snare are looked for in, before it is heard.
const STRIKE_HOPS: usize = 12;
/// Hops looked back over: the longest beat, and the time until it is heard.
const PAST_HOPS: usize = 128;
/// Bins of the low-rate spectrum (11 Hz each) that tell bass and harmony: 32 Hz to 1 kHz.
const HARMONY_BINS: std::ops::Range<usize> = 3..96;
/// Those of them that tell the bass, up to 226 Hz.
const BASS_BINS: usize = 18;
/// Changes of harmony that are told of a beat.
pub(crate) const CHANGES: usize = 3;
/// Beats that must have been heard before there is evidence: four complete ones.
const BEATS_HEARD: usize = 5;

/// An announced beat that was heard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeardBeat {
    /// When it was, in seconds.
    pub(crate) time: f64,
    /// From the beat before to it, in seconds.
    pub(crate) period: f64,
    /// The quarters of the way to it, from the beat before on.
    pub(crate) cells: Cells,
    /// What is known of the second beat before this one, now that both beats after it are over.
    pub(crate) evidence: Option<BeatEvidence>,
}

/// What was heard around one beat and in the beats about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BeatEvidence {
    /// Flux of the low band, 0..1: a kick.
    pub(crate) kick: f32,
    /// Flux of the bands above it, 0..1: a snare or clap.
    pub(crate) snare: f32,
    /// How much the harmony changes there, 0..1: the spectrum of the two beats from here on against that of the two before, of
    /// one beat against the one before, and the bass of one beat against that of the one before.
    pub(crate) changes: [f32; CHANGES],
}

/// Gathers what is heard around each announced beat.
#[derive(Debug, Clone)]
pub(crate) struct BeatListener {
    /// The signals of the last hops, a ring; `newest` is the last.
    past: [[f32; SIGNALS]; PAST_HOPS],
    newest: usize,
    /// Low and upper flux of the last hops.
    flux: [(f32, f32); STRIKE_HOPS],
    /// Kick and snare of the last beats, newest last.
    struck: [(f32, f32); 3],
    /// Compressed spectrum summed over each of the last beats; the running one is the last.
    harmony: [[f32; HARMONY_BINS.end - HARMONY_BINS.start]; 5],
    /// The announced beat that is still to be heard, and the period before it.
    awaited: Option<(f64, f64)>,
    /// Beats heard, up to the number that evidence needs.
    heard: usize,
}

impl BeatListener {
    pub(crate) fn new() -> Self {
        Self {
            past: [[0.0; SIGNALS]; PAST_HOPS],
            newest: 0,
            flux: [(0.0, 0.0); STRIKE_HOPS],
            struck: [(0.0, 0.0); 3],
            harmony: [[0.0; HARMONY_BINS.end - HARMONY_BINS.start]; 5],
            awaited: None,
            heard: 0,
        }
    }

    /// A beat at `time` seconds was announced, `period` seconds after the one before.
    pub(crate) fn await_beat(&mut self, time: f64, period: f64) {
        self.awaited = Some((time, period));
    }

    /// One hop that ends at `now`: how likely an onset, a kick, a snare and a hat are, the flux of the three bands, and the
    /// low-rate powers. Returns the announced beat once it is heard.
    pub(crate) fn hop(
        &mut self,
        likely: [f32; DRUMS + 1],
        flux: [f32; 3],
        low_powers: &[f32],
        now: f64,
    ) -> Option<HeardBeat> {
        let [onset, kick, snare, hat] = likely;
        self.newest = (self.newest + 1) % PAST_HOPS;
        self.past[self.newest] = [kick, snare, hat, onset, flux[0], flux[1]];
        self.flux.copy_within(1.., 0);
        self.flux[STRIKE_HOPS - 1] = (flux[0], 0.6 * flux[1] + 0.4 * flux[2]);
        for (sum, power) in self.harmony[4].iter_mut().zip(&low_powers[HARMONY_BINS]) {
            *sum += power.sqrt().sqrt();
        }
        let (time, period) = self.awaited.filter(|(beat, _)| now >= beat + LISTEN_SEC)?;
        self.awaited = None;
        let strongest = |of: fn(&(f32, f32)) -> f32| self.flux.iter().map(of).fold(0.0, f32::max);
        self.struck.rotate_left(1);
        self.struck[2] = (strongest(|flux| flux.0), strongest(|flux| flux.1));
        let (kick, snare) = self.struck[0];
        self.heard = (self.heard + 1).min(BEATS_HEARD);
        let evidence =
            (self.heard == BEATS_HEARD).then(|| BeatEvidence { kick, snare, changes: self.changes() });
        self.harmony.rotate_left(1);
        self.harmony[4].fill(0.0);
        Some(HeardBeat { time, period, cells: self.cells(time, period, now), evidence })
    }

    /// The cells of the beat at `time`, heard at `now`.
    fn cells(&self, time: f64, period: f64, now: f64) -> Cells {
        let reach = (period / (2 * QUARTERS) as f64).min(QUARTER_REACH_SEC);
        let hops_ago = |at: f64| (now - at) / HOP_SEC;
        let mut cells = Cells::default();
        for (quarter, cell) in cells.iter_mut().enumerate() {
            let at = time - period + quarter as f64 * period / QUARTERS as f64 + SIGNAL_DELAY_SEC;
            let nearest = libm::ceil(hops_ago(at + reach)).max(0.0) as usize;
            let farthest = libm::floor(hops_ago(at - reach)).max(0.0) as usize;
            for ago in nearest..=farthest.min(PAST_HOPS - 1) {
                let signals = &self.past[(self.newest + PAST_HOPS - ago) % PAST_HOPS];
                for (strongest, signal) in cell.iter_mut().zip(signals) {
                    *strongest = strongest.max(*signal);
                }
            }
        }
        cells
    }

    /// What is told of the second beat before the one that was just heard.
    fn changes(&self) -> [f32; CHANGES] {
        let [_, second_before, before, after, second_after] = &self.harmony;
        let all = HARMONY_BINS.len();
        [
            change(all, |bin| (second_before[bin] + before[bin], after[bin] + second_after[bin])),
            change(all, |bin| (before[bin], after[bin])),
            change(BASS_BINS, |bin| (before[bin], after[bin])),
        ]
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}

/// One less the cosine between two spectra of so many bins.
fn change(bins: usize, of_bin: impl Fn(usize) -> (f32, f32)) -> f32 {
    let (mut both, mut now, mut before) = (0.0, 1e-12, 1e-12);
    for (was, is) in (0..bins).map(of_bin) {
        both += was * is;
        now += is * is;
        before += was * was;
    }
    (1.0 - both / libm::sqrtf(now * before)).clamp(0.0, 1.0)
}
