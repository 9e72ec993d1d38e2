//! Files that were being written when their process died. Each is named after who writes it: `NAME.tmp-PROCESS-TURN`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// No small file takes so long to be written. What is older is of a process whose number is another's by now, or of another
/// machine's that shares the folder.
const WRITTEN_WITHIN: Duration = Duration::from_secs(600);

/// Where a file is written before it takes the place of `path`: beside it, so that the rename stays within one file system.
pub(super) fn beside(path: &Path, turn: u64) -> PathBuf {
    path.with_extension(format!("tmp-{}-{turn}", std::process::id()))
}

/// The process that writes, or wrote, a file of this name; none: it is no such file.
#[must_use]
pub fn writer_of(path: &Path) -> Option<u32> {
    let (process, turn) = path.extension()?.to_str()?.strip_prefix("tmp-")?.split_once('-')?;
    turn.parse::<u64>().ok()?;
    process.parse().ok()
}

/// Whether a file is one that nobody will finish: its process is dead, or it has not been touched for ten minutes.
#[must_use]
pub fn is_abandoned(path: &Path) -> bool {
    let Some(writer) = writer_of(path) else { return false };
    // A date in the future says nothing.
    let age = path.symlink_metadata().and_then(|it| it.modified()).ok().and_then(|at| at.elapsed().ok());
    is_dead(writer) || age.is_some_and(|age| age > WRITTEN_WITHIN)
}

/// A process of another user is alive, too.
fn is_dead(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    pid.is_none_or(|pid| test_kill_process(pid) == Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_names_its_process() {
        let writer = |name: &str| writer_of(Path::new(name));
        assert_eq!(writer("lyrics/ab.tmp-71-3"), Some(71));
        assert_eq!(writer_of(&beside(Path::new("a/b.json"), 9)), Some(std::process::id()));
        for name in ["ab.json", "ab.tmp-71", "ab.tmp-x-1", "ab.tmp-71-x", "tmp-71-3", "ab.tmp-71-3.json", ""]
        {
            assert_eq!(writer(name), None, "{name}");
        }
    }

    #[test]
    fn it_is_abandoned_when_its_process_is_dead_or_it_is_old() {
        let temp = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let (alive, dead) = (std::process::id(), child.id());
        let made = |name: String| {
            let path = temp.path().join(name);
            std::fs::write(&path, "half").unwrap();
            path
        };
        assert!(!is_abandoned(&made(format!("a.tmp-{alive}-0"))));
        assert!(is_abandoned(&made(format!("b.tmp-{dead}-0"))));
        assert!(!is_abandoned(&made("c.json".to_owned())));
        for (minutes, is_old) in [(9, false), (11, true)] {
            let path = made(format!("d.tmp-{alive}-{minutes}"));
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            let written = file.metadata().unwrap().modified().unwrap();
            file.set_modified(written - Duration::from_secs(60 * minutes)).unwrap();
            assert_eq!(is_abandoned(&path), is_old, "{minutes} min");
        }
    }
}
