//! What is to be done.

use serde_json::Value;
use vj_core::ProcessName;

/// Tells the answers of commands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// Something that the model asks of the world. Each command ends as exactly one [`Event::Answer`](crate::Event::Answer).
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a command to a process.
    Call {
        /// Under which its end will be told.
        call: CallId,
        /// To whom.
        to: ProcessName,
        /// Which.
        cmd: &'static str,
        /// With which arguments.
        args: Value,
    },
    /// Ask a process for its state now.
    Refresh(ProcessName),
    /// Ask the world outside.
    Host(HostRequest),
    /// End the console.
    Quit,
}

/// What the world outside is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostRequest {
    /// Start the show: a process manager, and through it the workers.
    StartShow,
    /// List the audio inputs.
    Devices,
    /// List the sets.
    Sets,
    /// Rehearse the set at this path.
    Rehearse(String),
    /// Tell which recordings run.
    Recordings,
    /// Record the show into a new set, until it is told to end.
    Record,
    /// Let the recording end that this process makes.
    EndRecording(u32),
}
