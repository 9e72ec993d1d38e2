//! Limits and waits, each with its reason.

use std::time::Duration;

/// LRCLIB needs eight to ten seconds on bad days; what comes later is of no use to the song.
pub(super) const LRCLIB_TIMEOUT: Duration = Duration::from_secs(10);

/// ComfyUI takes a job, and hands an image out, within this; how long it works at one is another matter.
pub(super) const COMFYUI_TIMEOUT: Duration = Duration::from_secs(10);

/// Between two questions to LRCLIB: two a second is what its clients keep to.
pub(super) const LRCLIB_EVERY: Duration = Duration::from_millis(500);

/// After the first failure of a service; each further one doubles it.
pub(super) const BACKOFF_FIRST: Duration = Duration::from_secs(2);

/// The most that it becomes.
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(60);

/// A service that asks for a longer rest than this means something else.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// A lookup waits for its turn this long; else it fails and says when to come back.
pub(super) const TURN_PATIENCE: Duration = Duration::from_secs(2);

/// "Not found" is believed for a day: somebody may add the song meanwhile.
pub(super) const NOT_FOUND_MS: u64 = 24 * 3_600 * 1_000;

/// A service that has failed so often in a row, and for so long, is worth a word to the user.
pub(super) const FAILURES_SAID: u32 = 3;
/// See [`FAILURES_SAID`].
pub(super) const FAILING_FOR: Duration = Duration::from_secs(30);

/// Bytes of one entry of the cache that are read: the longest lyrics, escaped, and what is said of them.
pub(super) const ENTRY_BYTES_MAX: usize = 1024 * 1024;

/// Lookups under way at once. Those of songs that are over only wait for the answer that is on its way.
pub(super) const LOOKUPS_MAX: usize = 8;

/// `fetch_lyrics` under way at once; further ones are refused. With two questions a second more would only wait.
pub(super) const ORDERS_MAX: usize = 16;

/// Writes to the cache under way at once: a disk that hangs must not fill the memory.
pub(super) const KEEPS_MAX: usize = 32;

/// Messages sent at once, and the pause after them. A receiver that is drawn at 60 Hz reads its socket each 16 ms; at this
/// pace 26 messages of some hundred bytes wait for it, of the 200 KB and more that a socket holds.
pub(super) const BATCH: usize = 8;
/// See [`BATCH`].
pub(super) const BATCH_EVERY: Duration = Duration::from_millis(5);

/// Lines that `get_state` shows, and their bytes: with everything else they stay far below the limit of a frame.
pub(super) const LINES_SHOWN_MAX: usize = 400;
/// See [`LINES_SHOWN_MAX`].
pub(super) const SHOWN_BYTES_MAX: usize = 128 * 1024;

/// Bytes of an artist, title or album in a command.
pub(super) const NAME_BYTES_MAX: usize = 300;

/// Tracks whose offset is remembered; the one that was set first is forgotten first.
pub(super) const OFFSETS_MAX: usize = 500;

/// Nobody shifts lyrics by more than a minute.
pub(super) const OFFSET_MS_MAX: i64 = 60_000;

/// Whether a server is there is answered at once, or it is not.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// A model that has to be loaded first takes up to a minute, and then has to think.
pub(super) const MODEL_TIMEOUT: Duration = Duration::from_secs(120);

/// A model's server that is busy is asked again so often for one song.
pub(super) const BUSY_TRIES: u32 = 3;
/// After this, where it does not say when.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// A server that wants a key, or whose account is used up, is left in peace for so long.
pub(super) const REFUSED_FOR: Duration = Duration::from_secs(600);

/// Between two looks whether an image is done.
pub(super) const IMAGE_LOOK: Duration = Duration::from_secs(1);

/// The first image of an evening loads the model; a slow card then needs minutes.
pub(super) const IMAGE_PATIENCE: Duration = Duration::from_secs(300);

/// `execution_success` is there before the outputs are: so many further looks.
pub(super) const OUTPUT_LOOKS: u32 = 10;

/// Bytes of an image: 4K without compression.
pub(super) const IMAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a workflow, and of an answer of ComfyUI, whose history holds the workflow again.
pub(super) const WORKFLOW_BYTES_MAX: usize = 1024 * 1024;
/// See [`WORKFLOW_BYTES_MAX`].
pub(super) const COMFYUI_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of an answer that are noted for a recording, an image's say: with a third more as text they still fit into an entry of
/// the tape.
pub(super) const TAPED_BODY_BYTES_MAX: usize = 512 * 1024;
