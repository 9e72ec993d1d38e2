//! Which stages run.

/// Switches of the optional stages. Everything is on by default.
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
}

impl Default for AnalyzerConfig {
    fn default() -> Self {
        Self { enable_bpm: true, enable_pitch: true, enable_structure: true, enable_spectrum: true }
    }
}
