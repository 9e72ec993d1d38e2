//! `spotify_monitor`: what Spotify plays, and where in the track.
//!
//! - `keys`: its settings.
//! - `worker`: the worker, whose body it shares with `virtualdj_monitor`.

mod keys;
mod worker;

pub use keys::KEYS;
pub use worker::SpotifyMonitor;
