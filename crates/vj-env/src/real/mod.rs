//! The real driver: Unix sockets and locks, UDP, files, the system's clock.
//!
//! The process manager's own half ([`crate::Processes`] over real processes) comes with production mode.

mod bus_dir;
mod clock;
mod files;
mod udp;
mod unix;

pub use bus_dir::BusDir;
pub use clock::real_clock;
pub use files::FileStore;
pub use udp::UdpTelemetry;
pub use unix::UnixControl;
