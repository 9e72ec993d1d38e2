//! Heavy dependencies behind the workers' ports: sound files, sound cards, and the files of other programs.
//!
//! - [`FileBackend`] opens WAV, FLAC, MP3, OGG Vorbis and AAC files for the audio worker, decoded as they are read: an
//!   hour of music takes no more memory than a second.
//! - [`Tags`] are what a sound file says of itself, and [`join`] makes one of several.
//! - [`SystemBackend`] also hears the audio inputs of the machine (feature `live-capture`).
//! - `Speaker` plays a file on the machine's output (the same feature).
//! - [`HttpWeb`] asks services by HTTP, and [`CacheDir`] keeps what they said.
//! - [`SystemPlayerFiles`] finds, reads and watches what VirtualDJ writes.
//! - What a sound file is, its content says; its name is a hint at most.
//! - A broken file is one clear error after the sound that was whole, never a panic and never a silent short end.
//!
//! ```no_run
//! use vj_adapters::FileBackend;
//! use vj_workers::ports::{AudioBackend, AudioError};
//!
//! # fn main() -> Result<(), AudioError> {
//! let mut file = FileBackend::new().open_file("set.flac".as_ref())?;
//! let mut block = Vec::new();
//! while file.read(512, &mut block)? > 0 {
//!     println!("{} samples at {} Hz", block.len(), file.format().sample_rate_hz);
//!     block.clear();
//! }
//! # Ok(())
//! # }
//! ```

mod cache_dir;
#[cfg(feature = "live-capture")]
pub mod capture;
pub mod limits;
mod network;
pub mod player_files;
mod sound;
#[cfg(feature = "live-capture")]
mod speaker;
pub mod spotify;
mod system;
mod web;

pub use cache_dir::CacheDir;
pub use network::SystemNetwork;
pub use player_files::SystemPlayerFiles;
pub use sound::{FileBackend, JoinError, Joined, Resampler, Tags, join};
#[cfg(feature = "live-capture")]
pub use speaker::Speaker;
pub use system::SystemBackend;
pub use web::HttpWeb;
