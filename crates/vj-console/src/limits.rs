//! Every queue, list and wait of the console, with its reason.

use std::time::Duration;

/// Between two drawings: more than thirty a second nobody sees on a terminal.
pub const FRAME: Duration = Duration::from_millis(33);

/// Between two ticks: ages, clocks and positions on the screen move by themselves this often.
pub const TICK: Duration = Duration::from_millis(250);

/// Between two questions for the state of a process: what it shows is never older than a second.
pub const ASK: Duration = Duration::from_millis(500);

/// A process that leaves a question unanswered for this long is shown as silent, and reached anew.
pub const ANSWER: Duration = Duration::from_secs(2);

/// Between two attempts to reach a process that is not there.
pub const RETRY: Duration = Duration::from_millis(250);

/// What was heard longer ago than this is greyed, with its age.
pub const STALE_AFTER: Duration = Duration::from_secs(2);

/// A notice at the foot of the screen stays this long.
pub const NOTICE: Duration = Duration::from_secs(5);

/// A change that was refused is shown as refused for this long.
pub const REFUSED: Duration = Duration::from_secs(10);

/// OSC messages that the console keeps of those that the debugger captured.
pub const MESSAGES_MAX: usize = 1_000;

/// Log records that it keeps.
pub const LOGS_MAX: usize = 1_000;

/// Messages or records that are asked for at a time: several screens full.
pub const PAGE: usize = 200;

/// Seconds of tempo that the history shows, one point a second.
pub const TEMPO_HISTORY: usize = 120;

/// Commands that wait for a process, each: a key that is held down must not fill the memory.
pub const CALLS_WAITING_MAX: usize = 256;

/// Letters of what is typed into a filter or the palette.
pub const INPUT_MAX: usize = 256;

/// By how much `+` and `-` make the lyrics come earlier, or later, in ms.
pub const OFFSET_STEP_MS: i64 = 50;

/// How long the latency benchmark listens, in s.
pub const BENCHMARK_SEC: u64 = 10;

/// Below this many columns or rows the screens do not fit, and say so.
pub const COLUMNS_MIN: u16 = 80;
/// See [`COLUMNS_MIN`].
pub const ROWS_MIN: u16 = 24;
