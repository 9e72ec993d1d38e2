//! What is written down for as long as a show lasts, and forgotten with it.
//!
//! A show begins with `vj up` where nothing runs, and ends when everything has been told to stop. In between each process
//! may die; these files, in the state directory, tell the next one where the show is.

/// Which workers somebody asked to start or to stop.
pub const WISH: &str = "wish.json";

/// When a sound file began to play, so that a restarted worker goes on where the show is.
pub const EPOCH: &str = "show.json";

/// The audio input that was chosen where nobody had named one, so that it is never silently another.
pub const DEVICE: &str = "device.json";

/// The entry of VirtualDJ's history that was seen last, so that after a crash it is still the current track.
pub const VIRTUALDJ: &str = "virtualdj.json";

/// The last good config: what the workers are started with.
pub const CONFIG: &str = "config.json";

/// All of them.
pub const FILES: [&str; 5] = [WISH, EPOCH, DEVICE, VIRTUALDJ, CONFIG];
