//! The ways to break something.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One way to break something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// SIGKILL.
    Kill,
    /// SIGTERM.
    Terminate,
    /// SIGSTOP, for `for_sec`.
    Freeze,
    /// It gets a fifth of the processor in short, random slices, for `for_sec`.
    Starve,
    /// All processes stand still, as on a machine that sleeps, for `for_sec`.
    Suspend,
    /// What it sends stays under way, for `for_sec`.
    Clog,
    /// Its connections break.
    Cut,
    /// Links deliver in small, late slices, for `for_sec`.
    Weather,
    /// A console is opened, and killed after `for_sec`.
    Console,
    /// A share of all datagrams is lost, for `for_sec`.
    TelemetryLoss,
    /// Somebody listens where the visuals do, and is gone after `for_sec`.
    Receiver,
    /// An audio input is unplugged, and comes back after `for_sec`, with another format if it says one.
    Unplug,
    /// An audio input gives zeros, nothing, or does not open, for `for_sec`.
    Sound,
    /// The wall clock jumps by `by_sec`, else by an hour: back if `at` falls into an even second, else ahead.
    WallClock,
    /// Nothing can be written to disk, for `for_sec`.
    DiskFull,
    /// Each file takes `takes_sec` to be read or written, for `for_sec`.
    DiskSlow,
    /// Something is done to a file of VirtualDJ's.
    Virtualdj,
    /// A line of Spotify's tape.
    Spotify,
    /// A line of LRCLIB's tape.
    Lrclib,
    /// A line of Ollama's tape.
    Ollama,
    /// A line of an OpenAI-compatible server's tape.
    Openai,
    /// A line of ComfyUI's tape.
    Comfyui,
}

/// What a kind needs beside `at`, and what it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needs {
    /// Keys that must be there.
    pub(super) keys: &'static [&'static str],
    /// Keys that may be there.
    pub(super) may: &'static [&'static str],
}

impl FaultKind {
    /// All of them, in the order of the documents.
    pub const ALL: [Self; 22] = [
        Self::Kill,
        Self::Terminate,
        Self::Freeze,
        Self::Starve,
        Self::Suspend,
        Self::Clog,
        Self::Cut,
        Self::Weather,
        Self::Console,
        Self::TelemetryLoss,
        Self::Receiver,
        Self::Unplug,
        Self::Sound,
        Self::WallClock,
        Self::DiskFull,
        Self::DiskSlow,
        Self::Virtualdj,
        Self::Spotify,
        Self::Lrclib,
        Self::Ollama,
        Self::Openai,
        Self::Comfyui,
    ];

    /// As it stands in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.in_words().0
    }

    /// Whether it strikes a process, which it must name.
    #[must_use]
    pub const fn strikes_a_process(self) -> bool {
        matches!(self, Self::Kill | Self::Terminate | Self::Freeze | Self::Starve | Self::Clog | Self::Cut)
    }

    /// Whether it lasts, and is made good again.
    #[must_use]
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::Kill | Self::Terminate | Self::Cut | Self::WallClock)
    }

    /// Whether it is a line of a service's tape.
    #[must_use]
    pub const fn is_on_a_tape(self) -> bool {
        matches!(self, Self::Spotify | Self::Lrclib | Self::Ollama | Self::Openai | Self::Comfyui)
    }

    /// Whether it can be done to real processes; else it is marked as missed there.
    #[must_use]
    pub const fn is_for_real(self) -> bool {
        !matches!(
            self,
            Self::Clog
                | Self::Cut
                | Self::TelemetryLoss
                | Self::Sound
                | Self::WallClock
                | Self::DiskFull
                | Self::DiskSlow
        )
    }

    pub(super) const fn needs(self) -> Needs {
        const fn of(keys: &'static [&'static str], may: &'static [&'static str]) -> Needs {
            Needs { keys, may }
        }
        match self {
            Self::Kill | Self::Terminate | Self::Cut => of(&["target"], &[]),
            Self::Freeze | Self::Starve | Self::Clog => of(&["target"], &["for_sec"]),
            Self::Suspend | Self::Weather | Self::Console | Self::Receiver | Self::DiskFull => {
                of(&[], &["for_sec"])
            }
            Self::TelemetryLoss => of(&["share"], &["for_sec"]),
            Self::Unplug => of(&["target"], &["for_sec", "rate_hz", "channels"]),
            Self::Sound => of(&["target", "do"], &["for_sec"]),
            Self::WallClock => of(&[], &["by_sec"]),
            Self::DiskSlow => of(&["takes_sec"], &["for_sec"]),
            Self::Virtualdj => of(&["do", "file"], &["text", "encoding", "for_sec"]),
            Self::Spotify | Self::Lrclib | Self::Ollama | Self::Openai | Self::Comfyui => {
                of(&["event"], &["for_sec"])
            }
        }
    }

    /// Its name, and what happens.
    const fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Kill => ("kill", "`target` is killed (SIGKILL)"),
            Self::Terminate => ("terminate", "`target` is told to end (SIGTERM)"),
            Self::Freeze => ("freeze", "`target` stands still (SIGSTOP)"),
            Self::Starve => {
                ("starve", "`target` gets a fifth of the processor, in slices of some milliseconds")
            }
            Self::Suspend => ("suspend", "all processes stand still: the machine sleeps"),
            Self::Clog => ("clog", "what `target` sends over its links stays under way, and nobody is told"),
            Self::Cut => ("cut", "the links of `target` break"),
            Self::Weather => (
                "weather",
                "links deliver in late slices of 1 to 7 bytes (really: those of the script's clients)",
            ),
            Self::Console => ("console", "a console is opened, and killed in the end"),
            Self::TelemetryLoss => ("telemetry_loss", "of all datagrams the `share` (0 to 1) is lost"),
            Self::Receiver => ("receiver", "somebody listens where the visuals do, and then nobody"),
            Self::Unplug => (
                "unplug",
                "the audio input `target` is unplugged; it comes back with `rate_hz` and `channels`, if given",
            ),
            Self::Sound => ("sound", "the audio input `target` does `zeros`, `nothing` or `no_answer`"),
            Self::WallClock => (
                "wall_clock",
                "the wall clock jumps by `by_sec`; without it by an hour, back if `at` lies in an even second",
            ),
            Self::DiskFull => ("disk_full", "nothing can be written to disk"),
            Self::DiskSlow => ("disk_slow", "each file takes `takes_sec` to be read or written"),
            Self::Virtualdj => (
                "virtualdj",
                "VirtualDJ does `write`, `append`, `replace`, `empty`, `remove`, `touch`, `lock` (until the end, if it lasts) or `unlock` to `file`",
            ),
            Self::Spotify => (
                "spotify",
                "`event`, as on Spotify's tape; `answers`, `progress` and `grants` are as before in the end",
            ),
            Self::Lrclib => {
                ("lrclib", "`event`, as on LRCLIB's tape; `down`, `answers` and `takes` are over in the end")
            }
            Self::Ollama => ("ollama", "`event`, as on Ollama's tape; over as with `lrclib`"),
            Self::Openai => {
                ("openai", "`event`, as on the tape of an OpenAI-compatible server; over as with `lrclib`")
            }
            Self::Comfyui => ("comfyui", "`event`, as on ComfyUI's tape; over as with `lrclib`"),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The table of the documents.
#[must_use]
pub fn table() -> String {
    let mut text = "| `kind` | what breaks | keys | drivers |\n|---|---|---|---|\n".to_owned();
    for kind in FaultKind::ALL {
        let (name, what) = kind.in_words();
        let needs = kind.needs();
        let keys = needs.keys.iter().map(|key| format!("`{key}`"));
        let may = needs.may.iter().map(|key| format!("`{key}`?"));
        let keys: Vec<_> = keys.chain(may).collect();
        let drivers = if kind.is_for_real() { "both" } else { "virtual" };
        text += &format!("| `{name}` | {what} | {} | {drivers} |\n", keys.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_in_files_under_its_name() {
        for kind in FaultKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            let has_target = kind.needs().keys.contains(&"target");
            assert!(!kind.strikes_a_process() || has_target, "{kind}");
            assert_eq!(kind.lasts(), kind.needs().may.contains(&"for_sec"), "{kind}");
        }
    }

    #[test]
    fn the_documents_hold_the_table_as_it_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/SCENARIOS.md");
        let document = std::fs::read_to_string(path).unwrap();
        assert!(document.contains(&table()), "docs/SCENARIOS.md must hold this table:\n{}", table());
    }
}
