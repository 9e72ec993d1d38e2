//! The processes that users know by name, on sockets, on the command line and in logs.

use std::fmt;
use std::str::FromStr;

/// A process of `vj`: a worker, or the manager that watches the workers.
///
/// The order is the order of start; workers are stopped in the reverse of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcessName {
    /// Starts, watches, restarts and adopts the workers.
    ProcessManager,
    /// Audio in (sound card or file), features out on OSC.
    AudioAnalyzer,
    /// What Spotify plays, and where in the track.
    SpotifyMonitor,
    /// What VirtualDJ plays.
    VirtualDjMonitor,
    /// The words of the track that plays, and what they say of it.
    LyricsFetcher,
    /// Captures OSC, and gathers what all processes say.
    OscDebugger,
    /// A worker without a job, with which the walls are tested: it answers every common command and can be told to
    /// misbehave. It lives in the simulator and is never part of a show.
    TestWorker,
}

impl ProcessName {
    /// Every process, in order of start.
    pub const ALL: [Self; 7] = [
        Self::ProcessManager,
        Self::AudioAnalyzer,
        Self::SpotifyMonitor,
        Self::VirtualDjMonitor,
        Self::LyricsFetcher,
        Self::OscDebugger,
        Self::TestWorker,
    ];

    /// The name on the socket, on the command line and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessManager => "process_manager",
            Self::AudioAnalyzer => "audio_analyzer",
            Self::SpotifyMonitor => "spotify_monitor",
            Self::VirtualDjMonitor => "virtualdj_monitor",
            Self::LyricsFetcher => "lyrics_fetcher",
            Self::OscDebugger => "osc_debugger",
            Self::TestWorker => "test_worker",
        }
    }

    /// Whether users ever meet it. The test worker is never part of a show.
    #[must_use]
    pub const fn is_in_a_show(self) -> bool {
        !matches!(self, Self::TestWorker)
    }

    /// Whether the manager may start it.
    #[must_use]
    pub const fn is_worker(self) -> bool {
        !matches!(self, Self::ProcessManager)
    }
}

impl fmt::Display for ProcessName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProcessName {
    type Err = UnknownProcess;

    fn from_str(text: &str) -> Result<Self, UnknownProcess> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| UnknownProcess(text.to_owned()))
    }
}

/// The name belongs to no process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProcess(pub String);

impl fmt::Display for UnknownProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = ProcessName::ALL.iter().filter(|name| **name != ProcessName::TestWorker);
        let known: Vec<_> = shown.map(|name| name.as_str()).collect();
        write!(f, "unknown process '{}' (known: {})", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownProcess {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_to_itself() {
        for name in ProcessName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
        }
    }

    #[test]
    fn only_the_test_worker_is_in_no_show_and_only_the_manager_is_no_worker() {
        for name in ProcessName::ALL {
            assert_eq!(name.is_in_a_show(), name != ProcessName::TestWorker, "{name}");
            assert_eq!(name.is_worker(), name != ProcessName::ProcessManager, "{name}");
            assert_eq!(name.to_string(), name.as_str());
        }
    }

    #[test]
    fn an_unknown_name_says_which_are_known() {
        let error = "audio".parse::<ProcessName>().unwrap_err().to_string();
        assert!(error.contains("'audio'") && error.contains("audio_analyzer"), "{error}");
    }
}
