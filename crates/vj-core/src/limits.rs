//! Every queue, frame, retry and wait of the control plane, with its reason, in one place.

use std::time::Duration;

/// Largest frame: one JSON object of this many bytes. Enough for 1,000 OSC messages or 500 log records in one answer;
/// small enough that 256 clients cannot exhaust a laptop.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;

/// Clients that a process serves at once. Beyond that a client is refused with an `error`: a leaking script must not
/// take the descriptors that the show needs (macOS gives a process 256 by default, and the rest is reserve).
pub const CLIENTS_MAX: usize = 256;

/// A half-sent frame is given up after this: a stuck client must not hold its place for ever.
pub const HALF_FRAME_TIMEOUT: Duration = Duration::from_secs(10);

/// Heartbeats that may wait for a watcher that does not read. One more and it is dropped: at 5 s each it has been deaf
/// for more than 5 minutes.
pub const WATCHER_BACKLOG_MAX: usize = 64;

/// Log records that a process keeps for the next heartbeat; what is left out is counted.
pub const LOG_BACKLOG_MAX: usize = 200;

/// Log records in one heartbeat; the count of what was left out goes with them.
pub const LOGS_PER_HEARTBEAT_MAX: usize = 50;

/// Subscriptions of telemetry that a worker serves at once.
pub const SUBSCRIPTIONS_MAX: usize = 64;

/// OSC address patterns in one subscription, and bytes in one pattern.
pub const PATTERNS_MAX: usize = 32;
/// Bytes in one OSC address pattern.
pub const PATTERN_BYTES_MAX: usize = 256;

/// Longest lease of a subscription: a subscriber that is gone for good must stop costing packets within the hour.
pub const LEASE_MAX: Duration = Duration::from_secs(3600);

/// Lease of a subscription that does not ask for another.
pub const LEASE_DEFAULT: Duration = Duration::from_secs(15);

/// How the last accepted commands ended, kept for `get_state`.
pub const LAST_COMMANDS_MAX: usize = 20;

/// Worker-specific commands that wait for the worker's own loop, over all clients. Each client waits for its own answer
/// before its next command is read, so this can only be reached by that many clients.
pub const COMMANDS_WAITING_MAX: usize = CLIENTS_MAX;

/// Bytes of a `msg_id`: it is echoed and kept in `last_commands`.
pub const MSG_ID_BYTES_MAX: usize = 256;

/// A worker tries the manager again this long after the connection was lost or refused. Short, so that a new manager
/// has adopted everybody within a second; a refused connection on a Unix socket costs microseconds.
pub const MANAGER_RETRY: Duration = Duration::from_millis(250);

/// The manager must acknowledge a `register` within this, else the worker connects anew.
pub const REGISTER_TIMEOUT: Duration = Duration::from_secs(5);

/// A starter tries for this long to get the lock of its name: the manager may hold it for a moment while it clears a
/// stale socket.
pub const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// Discovery gives a worker this long to answer `get_state`.
pub const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(1);

/// A client waits this long for an answer that has no deadline of its own.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest datagram that is sent: macOS refuses more than 9,216 bytes by default.
pub const DATAGRAM_BYTES_MAX: usize = 9_000;

/// Largest datagram that UDP can carry, and so that anybody may send us.
pub const RECEIVED_BYTES_MAX: usize = 65_536;

/// Between two renewals of a lease that does not ask for another: a third of it, so that two may get lost.
pub const LEASE_RENEWED: Duration = Duration::from_secs(5);

/// Bytes that a process keeps of its tape: what came in from outside, newest last. A second of sound at 48 kHz has 256 KB of
/// them, so that a recorder may stand still for 8 s; of what players and services say this is hours.
pub const TAPE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes in one entry of a tape: it must fit into a frame, with what stands around it. One that is longer is left out, and
/// that is said.
pub const TAPE_ENTRY_BYTES_MAX: usize = FRAME_BYTES_MAX * 3 / 4;

/// Bytes of entries in one answer: half a frame, or a single entry that is longer than that.
pub const TAPE_ANSWER_BYTES_MAX: usize = FRAME_BYTES_MAX / 2;

/// A question for the tape waits for at most this long for something new: whoever asks wants to know that the process is
/// still there.
pub const TAPE_WAIT_MAX: Duration = Duration::from_secs(10);

/// Sound is kept on the tape for so long after somebody asked for it: nobody pays for a recorder that is gone.
pub const TAPE_WANTED_FOR: Duration = Duration::from_secs(5);

/// And for so long after the start of a process, whether somebody asks or not: who waited for it needs a moment to find it.
pub const TAPE_WANTED_AT_FIRST: Duration = Duration::from_secs(1);
