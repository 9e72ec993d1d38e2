//! Structure: breakdown, build-up, drop.
//!
//! What the last seconds sound like is weighed by [`SectionEvidence`]; here it becomes flags with hysteresis. After Yadati
//! et al. (ISMIR 2014) a drop is where the bass comes back at once after it was away: the stage follows the bass against
//! its own level of the last half minute, and lets its return pass for a drop only where tension went before.

use crate::limits::HOP_SEC;
use crate::net::probability;
use crate::section_evidence::{FLOOR_DB, INPUTS, KICK, SectionEvidence, SectionInput, decibel, settle};

const HOPS_PER_SAMPLE: u64 = 10;
/// Fast mean of the bass: 150 ms, longer than the gap in a kick's own cycle, shorter than a beat.
const FAST_PER_HOP: f32 = 0.065;
/// Slow mean of the bass: 600 ms, one to two beats.
const SLOW_PER_HOP: f32 = 0.016_5;
/// The bass reference falls by 0.15 dB/s ...
const REFERENCE_FALL_DB_PER_HOP: f32 = 0.001_5;
/// ... and rises by 3 dB/s, so that a single boom does not set it.
const REFERENCE_RISE_DB_PER_HOP: f32 = 0.03;

/// Share of the way that a confidence goes towards what its network says, per sample: half a second.
const CONFIDENCE_PER_SAMPLE: f32 = 0.2;
/// A flag goes up at this confidence ...
const RAISE_AT: f32 = 0.6;
/// ... and down at this one.
const LOWER_AT: f32 = 0.35;
/// Confidences under this are exactly 0.
const CONFIDENCE_MIN: f32 = 1e-3;
/// Nothing is flagged before so much was heard: all is new then.
const HEARD_SEC_MIN: usize = 6;

/// What is plain needs no network: bass this far under its reference ...
const AWAY_DB: f32 = 9.0;
/// ... for this long is a breakdown ...
const AWAY_SEC: f64 = 2.0;
/// ... and upper bands that rise steadily by so many dB/s ...
const RISE_DB_PER_SEC: f32 = 0.7;
/// ... for this long, over the 5 s behind, while the bass is not there, are a build-up.
const RISE_SEC: f64 = 1.0;
/// How sure a plain case is.
const PLAIN: f32 = 0.9;

/// Bass this near to its reference is back.
const BACK_DB: f32 = 4.5;
/// It was away if it was not for so long: longer than between two kicks of drum and bass.
const GAP_SEC: f64 = 1.0;
/// Its return is a jump when it is by so much louder now than over the last beats.
const JUMP_DB: f32 = 2.5;
/// Seconds of build-up after which the return of the bass is a drop; it is remembered for a bar of silence or of a voice
/// alone, which likes to stand before the drop.
const BUILD_UP_SEC: f64 = 2.5;
const REMEMBERED_SEC: f64 = 3.0;
/// Kick and bass are back together when both came within this time: an eighth note at 90 BPM.
const TOGETHER_SEC: f64 = 0.35;
/// Where the kick played on through the build-up there is no return: there the end of the riser under a running kick is the
/// drop. The floor of the upper bands lies this far under what it was ...
const RISER_FALL_DB: f32 = 6.0;
/// Seconds of breakdown that are tension enough even with no build-up: with less than that, verses and bridges of plain
/// songs would pass.
const BREAKDOWN_SEC: f64 = 12.0;
/// But a kick alone also comes back after a breakdown, to begin a build-up. So what follows a breakdown is heard for this
/// long ...
const PROOF_SEC: f64 = 1.2;
/// ... and is a drop if bass, middle and upper bands are all as near as this to what they were before.
const WHOLE_DB: f32 = 2.0;
/// What was longer ago than this is not told apart.
const LONG_AGO_SEC: f64 = 60.0;
/// A breakdown ends where a build-up begins, and begins again only when none was on for so long: one that pauses is still one.
const BUILD_UP_PAUSE_SEC: f64 = 4.0;
/// The drop flag stays up this long: eight beats at 120 BPM.
const DROP_SEC: f64 = 4.0;

/// A part of a track as visuals care for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// Rising tension before a drop.
    BuildUp,
    /// The return of bass and drums.
    Drop,
    /// Bass and drums are away.
    Breakdown,
}

/// A section that begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct StructureChange {
    /// Which one.
    pub section: Section,
    /// True at its beginning, false at its end.
    pub begins: bool,
    /// When it began or ended, in seconds of sample time: at or before the announcement.
    pub time: f64,
    /// The tick at which it is told, in seconds.
    pub announced_at: f64,
}

/// The structure stage.
#[derive(Debug, Clone)]
pub(crate) struct StructureTracker {
    evidence: SectionEvidence,
    bass_fast: f32,
    bass_slow: f32,
    bass_reference_db: f32,
    build_up_confidence: f32,
    breakdown_confidence: f32,
    drop_confidence: f32,
    build_up: bool,
    breakdown: bool,
    /// Steady rise of the upper bands at the last sample, in dB/s.
    upper_rise: f32,
    /// Seconds of bass away and of upper bands rising, net.
    away_sec: f64,
    rising_sec: f64,
    /// Seconds that each has been on, counted down at twice the speed once it is off.
    built_up_sec: f64,
    broken_down_sec: f64,
    /// Seconds for which the bass has not been back, and since it came back from a gap.
    gap_sec: f64,
    gap_ago_sec: f64,
    /// Seconds since a build-up was on, since the last kick, and since the bass last jumped back.
    build_up_ago_sec: f64,
    kick_ago_sec: f64,
    bass_ago_sec: f64,
    /// Seconds until what came back after a breakdown is judged; 0 = nothing did.
    proof_left_sec: f64,
    /// Seconds for which an ended build-up still counts.
    remembered_sec: f64,
    drop_left_sec: f64,
}

impl StructureTracker {
    pub(crate) fn new() -> Self {
        Self {
            evidence: SectionEvidence::new(),
            bass_fast: 0.0,
            bass_slow: 0.0,
            bass_reference_db: FLOOR_DB,
            build_up_confidence: 0.0,
            breakdown_confidence: 0.0,
            drop_confidence: 0.0,
            build_up: false,
            breakdown: false,
            upper_rise: 0.0,
            away_sec: 0.0,
            rising_sec: 0.0,
            built_up_sec: 0.0,
            broken_down_sec: 0.0,
            gap_sec: 0.0,
            gap_ago_sec: LONG_AGO_SEC,
            build_up_ago_sec: LONG_AGO_SEC,
            kick_ago_sec: LONG_AGO_SEC,
            bass_ago_sec: LONG_AGO_SEC,
            proof_left_sec: 0.0,
            remembered_sec: 0.0,
            drop_left_sec: 0.0,
        }
    }

    /// Hop number `hop`, which ends at `now` seconds; calls `change(section, begins, time)` for each change.
    pub(crate) fn hop(
        &mut self,
        hop: u64,
        input: SectionInput,
        now: f64,
        mut change: impl FnMut(Section, bool, f64),
    ) {
        let before = (self.build_up, self.breakdown(), self.drop());
        self.evidence.hop(input);
        self.follow_bass(input.bass);
        let bass_db = decibel(self.bass_fast);
        let back = bass_db > self.bass_reference_db - BACK_DB;
        self.watch(back);
        if hop.is_multiple_of(HOPS_PER_SAMPLE) {
            self.evidence.sample(input.gate);
            self.upper_rise = self.evidence.upper_rise();
            self.weigh();
        }
        self.count();
        self.build_up_ago_sec = ago(self.build_up_ago_sec, self.build_up);
        self.gap_ago_sec = ago(self.gap_ago_sec, back && self.gap_sec >= GAP_SEC);
        self.gap_sec = if back { 0.0 } else { (self.gap_sec + HOP_SEC).min(LONG_AGO_SEC) };
        let jumped = back && self.gap_ago_sec <= TOGETHER_SEC && bass_db > decibel(self.bass_slow) + JUMP_DB;
        self.kick_ago_sec = ago(self.kick_ago_sec, input.hits[KICK] > 0);
        self.bass_ago_sec = ago(self.bass_ago_sec, jumped);
        self.drop_left_sec = (self.drop_left_sec - HOP_SEC).max(0.0);
        if !before.2 && self.drops(back) {
            self.drop_left_sec = DROP_SEC;
            self.drop_confidence = self.build_up_confidence.max(self.breakdown_confidence).max(RAISE_AT);
            self.release();
        }
        for (was, is, section) in [
            (before.0, self.build_up, Section::BuildUp),
            (before.1, self.breakdown(), Section::Breakdown),
            (before.2, self.drop(), Section::Drop),
        ] {
            if was != is {
                change(section, is, now);
            }
        }
    }

    /// Counts what is plain: how long the bass has been away, how long the upper bands have been rising without it.
    fn watch(&mut self, back: bool) {
        let away_below_db = self.bass_reference_db - AWAY_DB;
        let away = decibel(self.bass_slow) < away_below_db && decibel(self.bass_fast) < away_below_db + 2.0;
        self.away_sec = match (away, back) {
            (true, _) => (self.away_sec + HOP_SEC).min(AWAY_SEC),
            (false, true) => 0.0,
            (false, false) => self.away_sec,
        };
        let rise = self.upper_rise;
        let rising = rise > RISE_DB_PER_SEC && !(back && rise < 2.0 * RISE_DB_PER_SEC);
        let step = if rising { HOP_SEC } else { -HOP_SEC };
        self.rising_sec = (self.rising_sec + step).clamp(0.0, RISE_SEC);
    }

    /// What the networks see now.
    pub(crate) fn inputs(&self) -> [f32; INPUTS] {
        self.evidence.inputs()
    }

    /// Takes what the evidence says now: confidences and flags.
    fn weigh(&mut self) {
        let logits = self.evidence.logits();
        let known = self.evidence.heard_sec() >= HEARD_SEC_MIN && !self.drop();
        let (rises, away) = (self.rising_sec >= RISE_SEC, self.away_sec >= AWAY_SEC);
        for (confidence, flag, logit, plain) in [
            (&mut self.build_up_confidence, &mut self.build_up, logits.build_up, rises),
            (&mut self.breakdown_confidence, &mut self.breakdown, logits.breakdown, away),
        ] {
            let heard = probability(logit).max(if plain { PLAIN } else { 0.0 });
            let target = if known { heard } else { 0.0 };
            let next = *confidence + (target - *confidence) * CONFIDENCE_PER_SAMPLE;
            *confidence = if next < CONFIDENCE_MIN { 0.0 } else { next };
            *flag = *confidence >= if *flag { LOWER_AT } else { RAISE_AT };
        }
    }

    /// Counts how long there has been tension.
    fn count(&mut self) {
        let counted =
            |seconds: f64, on: bool| if on { seconds + HOP_SEC } else { (seconds - 2.0 * HOP_SEC).max(0.0) };
        self.built_up_sec = counted(self.built_up_sec, self.build_up).min(2.0 * BUILD_UP_SEC);
        self.broken_down_sec =
            counted(self.broken_down_sec, self.breakdown).min(BREAKDOWN_SEC + REMEMBERED_SEC);
        self.remembered_sec = if self.build_up && self.built_up_sec >= BUILD_UP_SEC {
            REMEMBERED_SEC
        } else {
            (self.remembered_sec - HOP_SEC).max(0.0)
        };
    }

    /// True where tension is released: bass and kick are back after a build-up, its riser ends under a kick that played on,
    /// or all is back after a long breakdown.
    fn drops(&mut self, back: bool) -> bool {
        let kick = back && self.kick_ago_sec <= TOGETHER_SEC;
        let returned = kick && self.bass_ago_sec <= TOGETHER_SEC;
        let riser_ended = kick && self.evidence.floor_fall() >= RISER_FALL_DB;
        if self.remembered_sec > 0.0 && (returned || riser_ended) {
            return true;
        }
        if returned && self.broken_down_sec >= BREAKDOWN_SEC && self.proof_left_sec <= 0.0 {
            self.proof_left_sec = PROOF_SEC;
        }
        let judged = self.proof_left_sec > 0.0 && self.proof_left_sec <= HOP_SEC;
        self.proof_left_sec = (self.proof_left_sec - HOP_SEC).max(0.0);
        judged && self.evidence.under_reference() <= WHOLE_DB
    }

    /// A drop ends all tension.
    fn release(&mut self) {
        (self.build_up, self.breakdown) = (false, false);
        (self.build_up_confidence, self.breakdown_confidence) = (0.0, 0.0);
        (self.built_up_sec, self.broken_down_sec, self.remembered_sec) = (0.0, 0.0, 0.0);
        (self.away_sec, self.rising_sec, self.proof_left_sec) = (0.0, 0.0, 0.0);
    }

    fn follow_bass(&mut self, bass: f32) {
        self.bass_fast = settle(self.bass_fast + (bass - self.bass_fast) * FAST_PER_HOP);
        self.bass_slow = settle(self.bass_slow + (bass - self.bass_slow) * SLOW_PER_HOP);
        let bass_db = decibel(self.bass_slow);
        let reference = self.bass_reference_db;
        self.bass_reference_db = if bass_db > reference {
            bass_db.min(reference + REFERENCE_RISE_DB_PER_HOP)
        } else {
            (reference - REFERENCE_FALL_DB_PER_HOP).max(FLOOR_DB)
        };
    }

    /// How sure the stage is of a build-up, a breakdown and a drop, 0..1 each.
    pub(crate) fn confidences(&self) -> [f32; 3] {
        let drop = if self.drop() { self.drop_confidence } else { 0.0 };
        [self.build_up_confidence, self.breakdown_confidence, drop]
    }

    /// True while bass and drums are away and nothing is building up.
    pub(crate) fn breakdown(&self) -> bool {
        self.breakdown && self.build_up_ago_sec > BUILD_UP_PAUSE_SEC
    }

    /// True while a build-up is on.
    pub(crate) fn build_up(&self) -> bool {
        self.build_up
    }

    /// True for some seconds from a drop on.
    pub(crate) fn drop(&self) -> bool {
        self.drop_left_sec > 0.0
    }

    /// The sections that are on.
    pub(crate) fn sections(&self) -> [Option<Section>; 3] {
        [
            self.build_up.then_some(Section::BuildUp),
            self.breakdown().then_some(Section::Breakdown),
            self.drop().then_some(Section::Drop),
        ]
    }

    /// Where the loudness is heading, -1..1; 3 dB/s reads as 0.76.
    pub(crate) fn energy_trend(&self) -> f32 {
        libm::tanhf(self.evidence.total_trend() / 3.0)
    }

    pub(crate) fn reset(&mut self) {
        self.evidence.reset();
        self.release();
        (self.bass_fast, self.bass_slow, self.bass_reference_db) = (0.0, 0.0, FLOOR_DB);
        (self.drop_confidence, self.drop_left_sec, self.upper_rise) = (0.0, 0.0, 0.0);
        (self.gap_sec, self.gap_ago_sec) = (0.0, LONG_AGO_SEC);
        (self.kick_ago_sec, self.bass_ago_sec) = (LONG_AGO_SEC, LONG_AGO_SEC);
        self.build_up_ago_sec = LONG_AGO_SEC;
    }
}

/// How long ago something last happened, a hop on.
fn ago(seconds: f64, now: bool) -> f64 {
    if now { 0.0 } else { (seconds + HOP_SEC).min(LONG_AGO_SEC) }
}
