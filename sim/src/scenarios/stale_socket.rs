//! What others left on the bus: dead sockets and locks are cleared, foreign files and directories are refused by name.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::json;
use vj_core::ProcessName;

use super::probe::Probe;
use super::show::{mark, note_vj, perform_real, served, two_workers};
use super::{Drivers, How, Run, Scenario};
use crate::checkers;
use crate::ground::{Driver, Ground};
use crate::real::RealMachine;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "stale-socket",
    about: "a dead socket and lock: starts within 1 s; a foreign file, a directory of others: refused by name, not deleted",
    how: How::Script(run),
    sometimes: &[],
    drivers: Drivers::RealOnly,
    alone: false,
    long: false,
    twice: false,
};

/// The mark of what somebody else's file or directory looks like after vj met it.
const FOREIGN: &str = "foreign";

const MINE: &str = "not yours";

fn run(driver: &Driver, seed: u64) -> Run {
    let (history, osc) =
        perform_real(driver, SCENARIO.name, two_workers(seed, "silence"), |machine, _| async move {
            let bus = machine.folder().join("bus");
            for name in ["process_manager", "audio_analyzer", "test_worker"] {
                // A process that was killed leaves both: a socket that nobody serves, and its number in the lock.
                drop(UnixListener::bind(bus.join(format!("{name}.sock"))));
                let _ = fs::write(bus.join(format!("{name}.lock")), "4194303\n");
            }
            machine.start(ProcessName::ProcessManager);
            for worker in [ProcessName::AudioAnalyzer, ProcessName::TestWorker] {
                served(&*machine, worker).await;
            }
            a_foreign_file(&machine, &bus).await;
            foreign_directories(&machine).await;
        });
    let mut violations = Vec::new();
    for name in ["process_manager", "audio_analyzer", "test_worker"] {
        violations.extend(checkers::serves_within(&history, name, driver.patience()));
    }
    for (args, said) in [
        ("worker test_worker", "test_worker.sock is not a socket of vj"),
        ("worker test_worker --bus-dir linked", "is a symlink"),
        ("worker test_worker --bus-dir open", "can be written by other users"),
        ("worker test_worker --bus-dir others", "belongs to another user"),
        ("worker test_worker --bus-dir file", "is not a directory"),
    ] {
        violations.extend(checkers::command_line_ends(&history, args, 1, &[said]));
    }
    violations.extend(checkers::marked(&history, FOREIGN, 5, "as it was"));
    violations.extend(checkers::never_two_of_one(&history));
    violations.extend(checkers::no_panic(&history));
    Run { history, osc, violations, seen: Vec::new(), ..Run::default() }
}

/// Somebody's file stands where the socket of a stopped worker would.
async fn a_foreign_file(machine: &std::rc::Rc<RealMachine>, bus: &Path) {
    let ground: std::rc::Rc<dyn Ground> = machine.clone();
    let manager = ProcessName::ProcessManager;
    let _ = Probe::new(&ground, "somebody")
        .ask_once(manager, "stop_worker", json!({"worker": "test_worker"}))
        .await;
    let socket = bus.join("test_worker.sock");
    while socket.exists() {
        machine.clock().sleep(std::time::Duration::from_millis(10)).await;
    }
    let _ = fs::write(&socket, MINE);
    note_vj(&**machine, &["worker", "test_worker"]).await;
    let is_whole = fs::read_to_string(&socket).is_ok_and(|text| text == MINE);
    mark(&**machine, FOREIGN, if is_whole { "as it was" } else { "touched" });
}

/// Directories in which no bus may stand: each is refused, and stays as it is.
async fn foreign_directories(machine: &std::rc::Rc<RealMachine>) {
    let folder = machine.folder().to_owned();
    let path = |name: &str| folder.join(name);
    let _ = fs::create_dir(path("real"));
    let _ = symlink(path("real"), path("linked"));
    let _ = fs::create_dir(path("open"));
    let _ = fs::set_permissions(path("open"), fs::Permissions::from_mode(0o777));
    let _ = fs::write(path("file"), MINE);
    let _ = fs::create_dir(path("others"));
    // Only root can give something away; for everybody else the root directory is another user's.
    let others = match std::os::unix::fs::chown(path("others"), Some(NOBODY), None) {
        Ok(()) => path("others"),
        Err(_) => "/".into(),
    };
    for (name, dir) in
        [("linked", path("linked")), ("open", path("open")), ("others", others), ("file", path("file"))]
    {
        let before = fs::symlink_metadata(&dir).map(|it| (it.permissions().mode(), it.len())).ok();
        let (code, said) =
            machine.vj(&["worker", "test_worker", "--bus-dir", &dir.display().to_string()]).await;
        mark(
            &**machine,
            checkers::COMMAND_LINE,
            &checkers::command_line(&format!("worker test_worker --bus-dir {name}"), code, &said),
        );
        let after = fs::symlink_metadata(&dir).map(|it| (it.permissions().mode(), it.len())).ok();
        mark(&**machine, FOREIGN, if before == after { "as it was" } else { "touched" });
    }
}

/// The user id of `nobody` on Linux; any other than ours would do.
const NOBODY: u32 = 65_534;
