//! A process's settings: which keys it has, what each allows, and whose value counts.
//!
//! One table of [`Key`]s a process serves the config file, `set_config`, the documents and the defaults alike, so that
//! they cannot differ.

mod key;
mod layers;

pub use key::{Key, Kind};
pub use layers::{Settings, SettingsError, Source};
