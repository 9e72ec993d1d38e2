//! What lies over a screen: help, a question, something that is typed.

use vj_core::ProcessName;

use super::list::List;
use crate::event::Device;

/// One at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// All keys.
    Help,
    /// Commands by name: what is typed, and which of those that fit is chosen.
    Palette {
        /// What is typed.
        input: String,
        /// Among those that fit.
        list: List,
    },
    /// A filter for the lists of the screen is being typed.
    Filter {
        /// What is typed so far; it is in force at once.
        input: String,
        /// What was in force before: `Esc` brings it back.
        before: String,
    },
    /// A question that wants a yes.
    Confirm {
        /// In words.
        question: String,
        /// What a yes does.
        order: Order,
    },
    /// The audio inputs, to choose one.
    Devices {
        /// As far as the system has answered: the list, or why there is none.
        found: Option<Result<Vec<Device>, String>>,
        /// Among them.
        list: List,
    },
    /// All that a worker says of itself.
    Details(ProcessName, List),
}

/// Something that changes the show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Through the manager.
    Start(ProcessName),
    /// Through the manager: it stays stopped.
    Stop(ProcessName),
    /// Through the manager: a fresh process in its place.
    Restart(ProcessName),
    /// A process manager, and through it the workers.
    StartShow,
    /// What the debugger has kept of the OSC and the logs.
    Clear,
    /// What this process records.
    EndRecording(u32),
}
