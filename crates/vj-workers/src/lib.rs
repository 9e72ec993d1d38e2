//! The bodies of the workers and the ports that they need.
//!
//! A worker is one [`vj_bus::Worker`]: it touches the world through its context and through the ports that it owns
//! ([`ports`]). It does not know whether time is real, and there is no branch in it for tests.

pub mod audio_analyzer;
mod following;
pub mod lyrics_fetcher;
pub mod osc_debugger;
pub mod playback;
pub mod ports;
pub mod spotify_monitor;
pub mod virtualdj_monitor;

pub use audio_analyzer::AudioAnalyzer;
pub use lyrics_fetcher::LyricsFetcher;
pub use osc_debugger::OscDebugger;
pub use spotify_monitor::SpotifyMonitor;
pub use virtualdj_monitor::VirtualDjMonitor;
