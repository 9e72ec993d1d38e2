//! Watches the bus of a real show: who holds which name, whose socket stands, who has ended.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::rc::Rc;
use std::time::Duration;

use vj_core::{At, ProcessName};
use vj_env::real::process_ended;

use super::machine::Inner;
use crate::history::What;

/// Between two looks. Each reads a few small files; what lives for less is found in the log files.
const LOOKS: Duration = Duration::from_millis(5);

/// The kernel lets go of a dying process's lock a moment before it says that the process has ended. A holder that lives on
/// for longer beside the next one is a second of its name.
const ENDS_WITHIN: Duration = Duration::from_millis(500);

/// What is known of one name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Who wrote its number into the lock last.
    pub(super) holder: Option<u32>,
    /// Whether it serves the socket.
    pub(super) is_bound: bool,
    /// The socket that stands there, or stood there last: its inode and the moment of its making.
    socket: Option<(u64, i64, i64)>,
    socket_stands: bool,
    /// Who held the name before, and since when the next one does.
    before: Option<(u32, At)>,
}

/// Watches for as long as the machine stands.
pub(super) async fn watch(inner: Rc<Inner>) {
    loop {
        for name in ProcessName::ALL {
            look(&inner, name);
        }
        inner.clock.sleep(LOOKS).await;
    }
}

fn look(inner: &Rc<Inner>, name: ProcessName) {
    let mut seen = inner.seen.borrow().get(&name).copied().unwrap_or_default();
    let now = inner.clock.now();
    // Who clears up after a dead process writes its own number there for a moment: it is known under another name.
    let holder = fs::read_to_string(inner.dir.lock(name)).ok().and_then(|text| text.trim().parse().ok());
    let stranger = holder.filter(|pid| seen.holder != Some(*pid));
    if let Some(pid) = stranger.filter(|pid| inner.name_of(*pid).is_none_or(|known| known == name.as_str())) {
        let before = seen.holder.map(|pid| (pid, now));
        (seen.holder, seen.is_bound, seen.before) = (Some(pid), false, before);
        follow(inner, name, pid);
    }
    let socket =
        fs::symlink_metadata(inner.dir.socket(name)).ok().map(|it| (it.ino(), it.ctime(), it.ctime_nsec()));
    if let Some(pid) = seen.holder.filter(|pid| !seen.is_bound && !inner.has_ended(*pid))
        && socket.is_some_and(|socket| seen.socket != Some(socket))
        && seen.before.is_none_or(|(pid, since)| inner.has_ended(pid) || now.since(since) > ENDS_WITHIN)
    {
        (seen.is_bound, seen.socket, seen.socket_stands) = (true, socket, true);
        inner.note(What::Bound { process: name.to_string(), pid });
    }
    if seen.socket_stands && socket.is_none() {
        seen.socket_stands = false;
        // Who took it away cannot be seen from here.
        inner.note(What::Unbound { process: name.to_string(), pid: 0 });
    }
    inner.seen.borrow_mut().insert(name, seen);
}

/// Notes the end of a process that somebody else is the parent of. How it ended only its parent knows; that stands in the
/// log files.
fn follow(inner: &Rc<Inner>, name: ProcessName, pid: u32) {
    if inner.name_of(pid).is_some() {
        return;
    }
    inner.know(pid, name.as_str());
    let watching = inner.clone();
    inner.scope.spawn(async move {
        process_ended(&watching.clock, pid).await;
        watching.ended(pid, None);
    });
}
