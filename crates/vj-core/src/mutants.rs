//! Deliberate mistakes, to prove that the simulator finds such mistakes.
//!
//! Each stands in the code as `if mutants::is_on(Mutant::X)`, beside what is right. In a build without the feature `mutants`,
//! which is every build but that of one test, [`is_on`] is the constant `false`, and nothing of a mistake is compiled.

/// Declares the mistakes: a name each, and what is wrong then.
macro_rules! mutants {
    ($($(#[doc = $about:literal])+ $variant:ident = $name:literal,)+) => {
        /// A deliberate mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mutant {
            $($(#[doc = $about])+ $variant,)+
        }

        impl Mutant {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name by which it is switched on.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

mutants! {
    /// A frame is read in two awaits; what the first has read is lost when the second is dropped.
    CancelUnsafeReader = "cancel-unsafe-reader",
    /// Each fiftieth answer is not sent.
    LostReply = "lost-reply",
    /// Each fiftieth answer is sent twice.
    AnswersTwice = "answers-twice",
    /// Heartbeats go out although the worker's loop does not turn.
    HeartbeatUnderABlockedLoop = "heartbeat-under-a-blocked-loop",
    /// A watcher that does not read is kept for ever.
    DeafWatcherKept = "deaf-watcher-kept",
    /// A changed setting is acknowledged before it is written down.
    AckBeforeKeep = "ack-before-keep",
    /// Whoever is refused a name removes the socket of whoever has it.
    UnlinkByANonHolder = "unlink-by-a-non-holder",
    /// A restart counts as two.
    RestartCountedTwice = "restart-counted-twice",
    /// A crashed worker is started again at once.
    NoBackOff = "no-back-off",
    /// A silent worker is killed half a second too soon.
    KilledTooSoon = "killed-too-soon",
    /// A manager that stood still blames the workers for its own silence.
    FrozenManagerBlames = "frozen-manager-blames",
    /// A new manager starts every worker, whoever lives.
    NobodyAdopted = "nobody-adopted",
    /// Workers end in the order of their start.
    StopsInStartOrder = "stops-in-start-order",
    /// An entry of the cache is written in place.
    CacheInPlace = "cache-in-place",
    /// Lyrics that are found when the song is over are shown.
    LateLyricsShown = "late-lyrics-shown",
    /// The visuals are not told to forget the lines of the song before.
    ResetSkipped = "reset-skipped",
    /// A track is told twice.
    TrackToldTwice = "track-told-twice",
    /// The rest that LRCLIB asks for is not kept.
    LyricsRestIgnored = "lyrics-rest-ignored",
    /// Where the audio input is gone, whichever is preferred then is taken.
    AnotherInput = "another-input",
    /// Each tenth beat is not told.
    TenthBeatDropped = "tenth-beat-dropped",
}

#[cfg(feature = "mutants")]
mod switch {
    use std::cell::Cell;

    use super::Mutant;

    /// Names the mistake that a process makes. Not one of `VJ_...`, which a simulated show takes away from its processes.
    pub const VARIABLE: &str = "MUTANT_OF_VJ";

    /// Makes on this thread the mistake that [`VARIABLE`] names, if it names one.
    pub fn switch_on_what_is_asked_for() {
        let name = std::env::var(VARIABLE).unwrap_or_default();
        switch_on(Mutant::ALL.iter().copied().find(|mutant| mutant.name() == name));
    }

    thread_local! {
        static ON: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Whether this mistake is made on this thread.
    #[must_use]
    pub fn is_on(mutant: Mutant) -> bool {
        ON.get() == Some(mutant)
    }

    /// Makes this mistake, or none, on this thread from now on: a run of the simulator has a thread of its own.
    pub fn switch_on(mutant: Option<Mutant>) {
        ON.set(mutant);
    }
}

#[cfg(feature = "mutants")]
pub use switch::{VARIABLE, is_on, switch_on, switch_on_what_is_asked_for};

/// Whether this mistake is made: never, in this build.
#[cfg(not(feature = "mutants"))]
#[inline(always)]
#[must_use]
pub const fn is_on(_: Mutant) -> bool {
    false
}
