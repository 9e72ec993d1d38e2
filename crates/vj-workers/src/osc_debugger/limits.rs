//! Every queue, list and wait of the debugger, with its reason.

use std::time::Duration;

/// Between two attempts to reach a process that is not there, or to open a port that somebody else holds.
pub(super) const RETRY: Duration = Duration::from_millis(250);

/// Between two attempts to listen at an address that somebody else holds.
pub(super) const LISTEN_RETRY: Duration = Duration::from_secs(2);

/// Packets that are taken in at a time. Then the loop looks who else wants something: a flood must not hold up an answer.
pub(super) const BATCH: usize = 64;

/// Messages of one source that are read and kept in a [`WINDOW`]; the rest is only counted. A worker sends some 400 a second in
/// all: twelve times that is kept whole, and 50,000 a second cost no more than counting them.
pub(super) const KEPT_PER_WINDOW: u32 = 500;
pub(super) const WINDOW: Duration = Duration::from_millis(100);

/// Addresses of which a rate is kept. The show has some forty; further ones are counted together.
pub(super) const ADDRESSES_MAX: usize = 512;

/// Bytes of an address, and of a text among the arguments, that are kept: more than a person reads.
pub(super) const ADDRESS_BYTES_MAX: usize = 256;
pub(super) const TEXT_BYTES_MAX: usize = 1_024;

/// Arguments that are kept of a message, arrays counted with what is in them.
pub(super) const ARGS_MAX: usize = 64;

/// Bytes of the arguments that stand beside a rate.
pub(super) const LAST_ARGS_BYTES_MAX: usize = 256;

/// Messages and records that can be kept at most, whatever the settings say.
pub(super) const MESSAGES_MAX: i64 = 10_000;
pub(super) const LOGS_MAX: i64 = 10_000;

/// Bytes of memory for each message, and for each record, that the settings allow. The longest message of a show, a spectrum,
/// takes 1,200; where somebody sends huge ones, fewer are kept.
pub(super) const MESSAGE_BYTES: usize = 1_536;
pub(super) const LOG_BYTES: usize = 1_024;

/// Where all places for addresses are taken, one that was not heard for so many seconds makes room.
pub(super) const QUIET_SEC: u64 = 60;

/// What is left of a frame for the list in an answer, so that the rest of it fits, too.
pub(super) const ANSWER_BYTES_MAX: usize = vj_core::limits::FRAME_BYTES_MAX - 4_096;
