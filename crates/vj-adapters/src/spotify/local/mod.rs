//! The player on this machine, asked without the Web API.
//!
//! - `mpris`: over the session bus, on Linux.
//! - `metadata`: what a player says there.
//! - `applescript`: what Spotify's own player says to a script, on macOS.

#[cfg(any(target_os = "macos", test))]
mod applescript;
#[cfg(target_os = "linux")]
mod metadata;
#[cfg(target_os = "linux")]
mod mpris;

use std::rc::Rc;

use vj_core::playback::Playback;
use vj_env::{Env, LocalBoxFuture};
use vj_workers::ports::SourceError;

#[cfg(target_os = "linux")]
pub use mpris::Mpris;

/// A player that runs on this machine, or does not.
pub trait LocalPlayer {
    /// What is asked, for people.
    fn name(&self) -> &'static str;

    /// What it plays; none while no such player runs.
    fn playing(&self) -> LocalBoxFuture<'_, Result<Option<Playback>, SourceError>>;

    /// Ready when it has something new to say. Cancel-safe. One that has to be asked never is.
    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// The way to the player that this system offers.
pub(super) fn of_this_machine(env: &Env) -> Rc<dyn LocalPlayer> {
    #[cfg(target_os = "linux")]
    return Rc::new(Mpris::new(env));
    #[cfg(target_os = "macos")]
    return Rc::new(applescript::AppleScript::new(env.clock.clone()));
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        let _ = env;
        Rc::new(NoPlayer)
    }
}

/// On this system no player can be asked.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
struct NoPlayer;

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
impl LocalPlayer for NoPlayer {
    fn name(&self) -> &'static str {
        "none"
    }

    fn playing(&self) -> LocalBoxFuture<'_, Result<Option<Playback>, SourceError>> {
        let why = "on this system Spotify can be asked only by its Web API: run `vj spotify login`";
        Box::pin(async { Err(SourceError::NotConfigured(why.to_owned())) })
    }
}
