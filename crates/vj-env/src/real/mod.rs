//! The real driver: Unix sockets and locks, processes, UDP, files, the system's clock.

mod bus_dir;
mod clock;
mod files;
mod lock;
mod log_file;
mod pace_file;
mod processes;
mod udp;
mod unfinished;
mod unix;

pub use bus_dir::BusDir;
pub use clock::{monotonic_nanos, real_clock};
pub use files::FileStore;
pub use lock::{Holder, LockFile};
pub use log_file::{LOG_FILE_BYTES_MAX, LOG_FILES_KEPT, LogFile, parse_line, stamp};
pub use pace_file::{PaceFile, Pacemaker};
pub use processes::{RealProcesses, process_ended};
pub use udp::UdpTelemetry;
pub use unfinished::{is_abandoned, writer_of};
pub use unix::UnixControl;
