//! The recorder, from its beginning to its end.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use vj_core::ProcessName;
use vj_env::{Clock, ControlPlane, Scope, Shutdown, Telemetry};

use super::folder::Folder;
use super::follow;
use super::notebook::Notebook;
use super::set_file::SetFile;
use crate::history::What;

/// Between two times that what was heard is brought into the files: what the end of the machine may cost.
const SETTLE: Duration = Duration::from_secs(1);

/// What a recorder touches of the machine, beside its folder.
#[derive(Clone)]
pub struct Outside {
    /// The machine's clock, by which the processes tell when something came.
    pub clock: Clock,
    /// The way to the processes.
    pub control: Rc<dyn ControlPlane>,
    /// Where their telemetry comes in.
    pub telemetry: Rc<dyn Telemetry>,
}

/// What a recording is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// For people.
    pub title: String,
    /// When it began (RFC 3339).
    pub date: String,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Seconds since it began.
    pub length_sec: f64,
    /// Seconds of sound in it, with the silence before the newest.
    pub sound_sec: f64,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Processes that are recorded now.
    pub processes: usize,
}

/// Records whatever runs on this machine until told to stop, and tells how far it is once a second. It waits for processes that are
/// not there, and for those that come back.
///
/// # Errors
/// Why nothing can be written any more. What was written until then is whole.
pub async fn record(
    outside: Outside,
    folder: Folder,
    title: Title,
    stop: &Shutdown,
    mut tell: impl FnMut(Progress),
) -> Result<Progress, String> {
    let clock = outside.clock.clone();
    let began = clock.now();
    let set = SetFile::new(title.title.clone(), title.date);
    let mut notebook = Notebook::new(folder, set, began, clock.wall_now().0);
    notebook.note(began, What::Run { name: title.title, seed: 0, version: vj_bus::VERSION.to_owned() });
    notebook.settle();
    let notebook = Rc::new(RefCell::new(notebook));
    let scope = Followers(Scope::new());
    for name in ProcessName::ALL {
        scope.0.spawn(follow::follow(outside.clone(), name, notebook.clone()));
    }
    let progress = || {
        let notebook = notebook.borrow();
        Progress {
            length_sec: clock.now().since(began).as_secs_f64(),
            sound_sec: notebook.sound_sec(),
            bytes: notebook.folder.bytes(),
            processes: notebook.connected(),
        }
    };
    let mut settle_at = began + SETTLE;
    loop {
        tokio::select! {
            biased;
            () = stop.asked() => break,
            () = clock.sleep_until(settle_at) => {
                notebook.borrow_mut().settle();
                if let Some(why) = notebook.borrow().failure() {
                    return Err(why.to_owned());
                }
                tell(progress());
                // A machine that slept has no seconds to make up for.
                settle_at = (settle_at + SETTLE).max(clock.now());
            }
        }
    }
    drop(scope);
    notebook.borrow_mut().end(clock.now());
    let failure = notebook.borrow().failure().map(str::to_owned);
    failure.map_or_else(|| Ok(progress()), Err)
}

/// Those who follow the processes: they end with the recorder, however it ends.
struct Followers(Scope);

impl Drop for Followers {
    fn drop(&mut self) {
        self.0.kill();
    }
}
