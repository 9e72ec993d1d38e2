//! Which stages run, and how fast the levels move.

/// Switches of the optional stages, all on by default, and the ballistics of the levels.
///
/// A stage that is off costs nothing and leaves its outputs at their neutral values: tempo 0 (none), pitch 0
/// (unvoiced), no spectrum, no structure flags. Levels and onsets are always computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalyzerConfig {
    /// Beat activation, bar pointer, beats, tempo and bars.
    pub enable_bpm: bool,
    /// The pitch tracker.
    pub enable_pitch: bool,
    /// Build-up, drop and breakdown flags and the energy trend. Brightness is part of this group.
    pub enable_structure: bool,
    /// The 32-band spectrum.
    pub enable_spectrum: bool,
    /// Time constant with which the levels rise, in ms; 0 = at once.
    pub attack_ms: u16,
    /// Time constant with which the levels fall, in ms.
    pub release_ms: u16,
}

impl Default for AnalyzerConfig {
    fn default() -> Self {
        Self {
            enable_bpm: true,
            enable_pitch: true,
            enable_structure: true,
            enable_spectrum: true,
            attack_ms: 0,
            release_ms: 120,
        }
    }
}
