//! Rates and limits, each with its reason, in one place.

/// Lowest sample rate in Hz: telephone quality. Below it the upper level bands would have no content at all.
pub const SAMPLE_RATE_MIN: u32 = 8_000;
/// Highest sample rate in Hz. Windows are durations, so their cost grows with the rate; nobody records a
/// party faster.
pub const SAMPLE_RATE_MAX: u32 = 384_000;

/// Feature frames per second of sample time: the rate of the telemetry.
pub const TICKS_PER_SECOND: u32 = 60;
/// Analysis steps of the onset stage per second: 5 ms, the resolution at which an attack can be told from its
/// neighbours.
pub const STEPS_PER_SECOND: u32 = 200;
/// Analysis steps per hop. All stages but the onset stage run once a hop.
pub const STEPS_PER_HOP: u64 = 2;
/// Hops per second: 10 ms, the frame rate of the beat-tracking literature.
pub const HOPS_PER_SECOND: u32 = 100;
/// One hop in seconds.
pub const HOP_SEC: f64 = 1.0 / HOPS_PER_SECOND as f64;

/// Samples beyond this are clipped. Float streams may exceed full scale a little; 1e30 is a fault of the
/// source.
pub const SAMPLE_MAX: f32 = 8.0;
/// Samples below this (-240 dBFS) are taken as digital zero, which also keeps denormals out of the filters.
pub const SAMPLE_MIN: f32 = 1e-12;

/// Exact digital zeros for this long put every stage into its rest state, in which a tick is a constant. Long
/// enough for the free-wheeling beat to have stopped, short enough for a simulator that plays a silent night.
pub const REST_AFTER_SEC: u32 = 20;

/// Onsets that one tick can carry: a tick spans at most four analysis steps and two onsets lie at least six
/// steps apart, so one would do; two leaves room for a retune.
pub const ONSETS_PER_TICK: usize = 2;
/// Structure changes that one tick can carry: a tick spans at most two hops, each of which can change three
/// flags, and switching the stage off ends what is on.
pub const STRUCTURE_EVENTS_PER_TICK: usize = 8;
