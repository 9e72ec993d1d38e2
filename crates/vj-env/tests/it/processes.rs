//! Real processes: started, watched, signalled, adopted.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use vj_core::ProcessName::{self, TestWorker};
use vj_core::supervision::{Exit, Signal};
use vj_env::real::{BusDir, LockFile, RealProcesses, UnixControl, real_clock};
use vj_env::{ControlPlane, Log, Processes, Scope};

use crate::{asking, real, serving};

fn processes(bus: &Path, script: &'static str) -> RealProcesses {
    let dir = BusDir::create(bus).unwrap();
    let clock = real_clock();
    let log = Log::new(clock.clone(), |_| {});
    RealProcesses::new(dir, clock, Scope::new(), log, move |_| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    })
}

async fn next_exit(processes: &RealProcesses) -> (ProcessName, u32, Exit) {
    let clock = real_clock();
    let notice =
        clock.timeout(Duration::from_secs(20), processes.next_exit()).await.expect("the end is noticed");
    (notice.worker, notice.pid, notice.exit)
}

#[test]
fn the_end_of_a_child_is_told_with_how_it_ended() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let leaves = processes(temp.path(), "exit 7");
        let pid = leaves.spawn(TestWorker).unwrap();
        assert_eq!(next_exit(&leaves).await, (TestWorker, pid, Exit::Code(7)));
        let stays = processes(temp.path(), "exec sleep 600");
        let pid = stays.spawn(TestWorker).unwrap();
        stays.signal(pid, Signal::Terminate);
        assert_eq!(next_exit(&stays).await, (TestWorker, pid, Exit::Signal(15)));
        let pid = stays.spawn(TestWorker).unwrap();
        stays.signal(pid, Signal::Kill);
        assert_eq!(next_exit(&stays).await, (TestWorker, pid, Exit::Signal(9)));
        // Gone: its number is nobody's, and a signal to it goes to nobody.
        stays.signal(pid, Signal::Kill);
    });
}

#[test]
fn what_cannot_be_started_is_named() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let dir = BusDir::create(temp.path()).unwrap();
        let clock = real_clock();
        let log = Log::new(clock.clone(), |_| {});
        let nowhere =
            RealProcesses::new(dir, clock, Scope::new(), log, |_| Ok(Command::new("/no/such/program")));
        let error = nowhere.spawn(TestWorker).unwrap_err().to_string();
        assert!(error.starts_with("failed to start test_worker: "), "{error}");
    });
}

/// Holds the lock of `test_worker` as a worker does that another manager started: a process of its own.
fn stranger(bus: &Path) -> std::process::Child {
    let holds = "import fcntl, os, sys, time\n\
        f = open(sys.argv[1], 'a+'); fcntl.flock(f, fcntl.LOCK_EX); f.truncate(0); f.write(str(os.getpid())); f.flush()\n\
        print('holds', flush=True); time.sleep(600)";
    let lock = BusDir::look_at(bus).lock(TestWorker);
    let mut child =
        Command::new("python3").args(["-c", holds]).arg(lock).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = [0; 5];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
    child
}

#[test]
fn d22_the_holder_of_the_lock_is_adopted_and_its_end_noticed() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let processes = processes(temp.path(), "exit 1");
        assert_eq!(processes.adopt(TestWorker), None, "nobody holds the lock");
        let mut child = stranger(temp.path());
        assert_eq!(processes.adopt(TestWorker), Some(child.id()));
        assert_eq!(processes.adopt(TestWorker), Some(child.id()), "asked again, it is the same one");
        processes.signal(child.id(), Signal::Kill);
        assert_eq!(next_exit(&processes).await, (TestWorker, child.id(), Exit::Vanished));
        child.wait().unwrap();
        assert_eq!(processes.adopt(TestWorker), None);
        let again = real_clock().timeout(Duration::from_millis(50), processes.next_exit()).await;
        assert!(again.is_err(), "an end is told once");
    });
}

#[test]
fn a_stale_socket_is_cleared_with_the_lock_and_never_without() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let processes = processes(temp.path(), "exit 1");
        let control = serving(temp.path());
        let listener = control.serve(TestWorker).await.unwrap();
        processes.clear_stale_socket(TestWorker);
        assert!(asking(temp.path()).connect(TestWorker).await.is_ok(), "served, so it stays");
        drop(listener);
        processes.clear_stale_socket(TestWorker);
        assert!(!control.socket_path(TestWorker).exists());
        // Nor does its pid stand there any more for the next holder's.
        let lock = BusDir::look_at(temp.path()).lock(TestWorker);
        assert_eq!(std::fs::read_to_string(lock).unwrap(), "");
        std::fs::write(control.socket_path(TestWorker), "mine").unwrap();
        processes.clear_stale_socket(TestWorker);
        assert!(control.socket_path(TestWorker).exists(), "a foreign file is nobody's to remove");
    });
}

#[test]
fn a_lock_names_its_holder() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("up.lock");
    assert_eq!(LockFile::holder(&path).unwrap(), None);
    let lock = LockFile::try_take(&path).unwrap().unwrap();
    let holder = LockFile::try_take(&path).unwrap().unwrap_err();
    assert_eq!(holder.pid, Some(std::process::id()));
    assert_eq!(LockFile::holder(&path).unwrap(), Some(holder));
    assert!(LockFile::try_hold_unnamed(&path).unwrap().is_none());
    drop(lock);
    assert_eq!(LockFile::holder(&path).unwrap(), None);
}

/// Else whoever looks while somebody clears up after a dead process takes him for that process, and may end him.
#[test]
fn who_only_clears_up_is_not_named() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("audio_analyzer.lock");
    std::fs::write(&path, "4711\n").unwrap();
    let held = LockFile::try_hold_unnamed(&path).unwrap().unwrap();
    assert_eq!(LockFile::holder(&path).unwrap().unwrap().pid, None);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "", "nor is the one before");
    drop(held);
    assert_eq!(LockFile::holder(&path).unwrap(), None);
}

#[test]
fn only_processes_of_one_user_are_let_in() {
    real(async {
        use std::os::unix::fs::PermissionsExt;
        // Only root can be somebody else for a moment. For everybody else it is this user who is not let in.
        let us = rustix::process::geteuid();
        let (lets_in, foreign) = if us.is_root() { (0, 65_534) } else { (us.as_raw() + 1, us.as_raw()) };
        let temp = tempfile::tempdir_in("/tmp").unwrap();
        let bus = temp.path().join("bus");
        let control = UnixControl::letting_in(lets_in, BusDir::create(&bus).unwrap(), real_clock());
        let mut listener = control.serve(TestWorker).await.unwrap();
        // Somebody has opened everything.
        for (path, mode) in
            [(temp.path().to_owned(), 0o755), (bus.clone(), 0o755), (control.socket_path(TestWorker), 0o666)]
        {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let connects = "import os, socket, sys\n\
            uid = int(sys.argv[2])\n\
            if uid != os.geteuid(): os.setgid(uid); os.setuid(uid)\n\
            s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(20)\n\
            sys.exit(0 if s.recv(1) == b'' else 1)";
        let client = |uid: u32| {
            let mut command = tokio::process::Command::new("python3");
            command.args(["-c", connects]).arg(control.socket_path(TestWorker)).arg(uid.to_string());
            command.kill_on_drop(true).spawn().unwrap()
        };
        let mut stranger = client(foreign);
        tokio::select! {
            biased;
            _ = listener.accept() => panic!("a foreign process was let in"),
            status = stranger.wait() => assert!(status.unwrap().success(), "it is hung up on at once"),
        }
        if us.is_root() {
            let _ours = client(0);
            listener.accept().await.expect("and ours is let in");
        }
    });
}
