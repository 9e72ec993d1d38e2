//! Bars: which of four beats is the first.
//!
//! Almost all dance music counts to four, so the stage keeps four scores, one per beat class (beat number
//! modulo 4), and asks which class looks most like a bar's first beat. Kicks against snares tell the odd
//! beats from the even ones. Of the two odd ones the first is told by harmony: compared over two beats before
//! and two beats after, bass and chords change there, and not on the third. The choice has hysteresis: a
//! visual that counts bars must not hop about.

/// Beats per bar.
pub const BEATS_PER_BAR: usize = 4;

/// Forgetting per beat: the scores look back over about four bars.
const FORGET_PER_BEAT: f32 = 0.93;
/// Another class must lead by this much, relative to the spread of the scores, for the bar to move there ...
const LEAD: f32 = 0.05;
/// ... and by this much at least.
const LEAD_MIN: f32 = 0.2;
/// What a beat louder than usual counts for being the first, against a kick without a snare.
const ACCENT_WEIGHT: f32 = 0.5;
/// What a change of harmony counts, in multiples of the usual change.
const CHANGE_WEIGHT: f32 = 0.4;
/// Changes smaller than this are noise.
const CHANGE_MIN: f32 = 0.005;
/// One change counts for no more than this many usual ones.
const CHANGE_LIMIT: f32 = 3.0;
/// Share taken of each beat into what is usual.
const USUAL_PER_BEAT: f32 = 0.1;
/// Beats heard before the first bar line may be placed by evidence.
const BEATS_BEFORE_CHOICE: u64 = 4;

/// What was heard around one beat.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BeatEvidence {
    /// Flux of the low band, 0..1: a kick.
    pub(crate) kick: f32,
    /// Flux of the bands above it, 0..1: a snare or clap.
    pub(crate) snare: f32,
    /// How much the spectrum of the two beats from here on differs from that of the two before, 0..1: a
    /// change of harmony or bass.
    pub(crate) change: f32,
}

/// The bar counter.
#[derive(Debug, Clone)]
pub(crate) struct BarCounter {
    /// Accents and changes per class.
    scores: [f32; BEATS_PER_BAR],
    /// Kick against snare on the classes 0 and 2, and 1 and 3.
    parity: [f32; 2],
    /// Beats since the start of the run.
    beats: u64,
    /// Class of the beat that is counted as the first.
    first: usize,
    beat_in_bar: u8,
    bars: u32,
    /// Running means of change and accent, against which one beat's are weighed.
    usual_change: f32,
    usual_accent: f32,
}

impl BarCounter {
    pub(crate) fn new() -> Self {
        Self {
            scores: [0.0; BEATS_PER_BAR],
            parity: [0.0; 2],
            beats: 0,
            first: 0,
            beat_in_bar: 1,
            bars: 0,
            usual_change: 0.0,
            usual_accent: 0.0,
        }
    }

    /// Counts an announced beat; returns its number in the bar, 1..=4.
    pub(crate) fn beat(&mut self) -> u8 {
        let class = (self.beats % BEATS_PER_BAR as u64) as usize;
        self.beats += 1;
        self.beat_in_bar = ((class + BEATS_PER_BAR - self.first) % BEATS_PER_BAR) as u8 + 1;
        if self.beat_in_bar == 1 {
            self.bars = self.bars.saturating_add(1);
        }
        self.beat_in_bar
    }

    /// Takes what was heard around the last beat but two: the two beats from there on have only now been
    /// heard.
    pub(crate) fn hear(&mut self, evidence: BeatEvidence) {
        let Some(heard) = self.beats.checked_sub(3) else { return };
        let class = (heard % BEATS_PER_BAR as u64) as usize;
        let accent = evidence.kick + evidence.snare;
        let accented = accent - self.usual_accent;
        let changed = (evidence.change / (self.usual_change + CHANGE_MIN) - 1.0).min(CHANGE_LIMIT);
        self.usual_accent += (accent - self.usual_accent) * USUAL_PER_BEAT;
        self.usual_change += (evidence.change - self.usual_change) * USUAL_PER_BEAT;
        let backbeat = evidence.kick - evidence.snare;
        // Each score forgets only when it learns: otherwise the class heard last would always look best.
        let parity = &mut self.parity[class % 2];
        *parity = *parity * FORGET_PER_BEAT * FORGET_PER_BEAT + backbeat;
        let score = &mut self.scores[class];
        *score = *score * FORGET_PER_BEAT * FORGET_PER_BEAT * FORGET_PER_BEAT * FORGET_PER_BEAT
            + ACCENT_WEIGHT * accented
            + CHANGE_WEIGHT * changed;
        if self.beats >= BEATS_BEFORE_CHOICE {
            self.choose();
        }
    }

    /// Moves the bar line if another class leads clearly.
    fn choose(&mut self) {
        let totals: [f32; BEATS_PER_BAR] =
            std::array::from_fn(|class| self.scores[class] + self.parity[class % 2]);
        let mut leader = self.first;
        for class in 0..BEATS_PER_BAR {
            if totals[class] > totals[leader] {
                leader = class;
            }
        }
        let spread = totals.iter().fold(0.0f32, |spread, total| spread.max(total.abs()));
        if totals[leader] > totals[self.first] + LEAD * spread + LEAD_MIN {
            self.first = leader;
        }
    }

    /// The running beat's number in the bar, 1..=4.
    pub(crate) fn beat_in_bar(&self) -> u8 {
        self.beat_in_bar
    }

    /// Bars begun since the start of the stream.
    pub(crate) fn bars(&self) -> u32 {
        self.bars
    }

    /// Forgets the evidence; the count of bars goes on.
    pub(crate) fn reset(&mut self) {
        *self = Self { bars: self.bars, ..Self::new() };
    }
}

/// Hops after a beat at which what was heard around it is known: the delay of the 46 ms window and the spread
/// of a human hit.
const LISTEN_SEC: f64 = 0.075;
/// Hops looked back over from then.
const LISTEN_HOPS: usize = 12;
/// Bins of the low-rate spectrum (11 Hz each) that tell bass and harmony: 32 Hz to 1 kHz.
const HARMONY_BINS: std::ops::Range<usize> = 3..96;

/// Beats that must have been heard before there is evidence: four complete ones.
const BEATS_HEARD: usize = 5;

/// Gathers the evidence around each announced beat.
#[derive(Debug, Clone)]
pub(crate) struct BeatListener {
    /// Low and upper flux of the last hops.
    flux: [(f32, f32); LISTEN_HOPS],
    /// Compressed spectrum summed over each of the last beats; the running one is the last.
    harmony: [[f32; HARMONY_BINS.end - HARMONY_BINS.start]; 5],
    /// The announced beat that is still to be heard.
    awaited: Option<f64>,
    /// Kick and snare of the last beats, newest last.
    struck: [(f32, f32); 3],
    /// Beats heard, up to the number that evidence needs.
    heard: usize,
}

impl BeatListener {
    pub(crate) fn new() -> Self {
        Self {
            flux: [(0.0, 0.0); LISTEN_HOPS],
            harmony: [[0.0; HARMONY_BINS.end - HARMONY_BINS.start]; 5],
            awaited: None,
            struck: [(0.0, 0.0); 3],
            heard: 0,
        }
    }

    /// A beat at `time` seconds was announced.
    pub(crate) fn await_beat(&mut self, time: f64) {
        self.awaited = Some(time);
    }

    /// One hop that ends at `now`: flux per band and the low-rate powers. Returns the evidence for the second
    /// beat before the one just heard, as the harmony of both beats after it is now complete.
    pub(crate) fn hop(&mut self, flux: [f32; 3], low_powers: &[f32], now: f64) -> Option<BeatEvidence> {
        self.flux.copy_within(1.., 0);
        self.flux[LISTEN_HOPS - 1] = (flux[0], 0.6 * flux[1] + 0.4 * flux[2]);
        for (sum, power) in self.harmony[4].iter_mut().zip(&low_powers[HARMONY_BINS]) {
            *sum += power.sqrt().sqrt();
        }
        if self.awaited.is_none_or(|beat| now < beat + LISTEN_SEC) {
            return None;
        }
        self.awaited = None;
        let strongest = |of: fn(&(f32, f32)) -> f32| self.flux.iter().map(of).fold(0.0, f32::max);
        self.struck.rotate_left(1);
        self.struck[2] = (strongest(|flux| flux.0), strongest(|flux| flux.1));
        let (kick, snare) = self.struck[0];
        self.heard = (self.heard + 1).min(BEATS_HEARD);
        let evidence =
            (self.heard == BEATS_HEARD).then(|| BeatEvidence { kick, snare, change: self.change() });
        self.harmony.rotate_left(1);
        self.harmony[4].fill(0.0);
        evidence
    }

    /// One less the cosine between the spectra of the last two beats and of the two before.
    fn change(&self) -> f32 {
        let (mut both, mut now, mut before) = (0.0, 1e-12, 1e-12);
        for bin in 0..HARMONY_BINS.len() {
            let a = self.harmony[4][bin] + self.harmony[3][bin];
            let b = self.harmony[2][bin] + self.harmony[1][bin];
            both += a * b;
            now += a * a;
            before += b * b;
        }
        (1.0 - both / libm::sqrtf(now * before)).clamp(0.0, 1.0)
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}
