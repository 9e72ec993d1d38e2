//! One holder a name: whoever has the lock may bind and unlink, and nobody else.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::time::Duration;

use vj_core::ProcessName::{AudioAnalyzer, TestWorker};
use vj_env::{ConnectError, ControlPlane, ServeError};

use crate::{asking, files, real, serving};

#[test]
fn d15_a_second_holder_is_refused_with_the_pid_of_the_first() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let control = serving(temp.path());
        let first = control.serve(TestWorker).await.unwrap();
        let refused = control.serve(TestWorker).await.map(drop).unwrap_err();
        let pid = std::process::id();
        assert!(matches!(refused, ServeError::AlreadyRunning { pid: Some(holder), .. } if holder == pid));
        assert_eq!(refused.to_string(), format!("test_worker is already running (pid {pid})"));
        // Another name is another lock; and the first is undisturbed.
        control.serve(AudioAnalyzer).await.unwrap().close();
        assert!(asking(temp.path()).connect(TestWorker).await.is_ok());
        first.close();
        control.serve(TestWorker).await.unwrap();
    });
}

#[test]
fn the_orderly_end_takes_the_socket_away_and_leaves_the_lock_file() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        serving(temp.path()).serve(TestWorker).await.unwrap().close();
        assert_eq!(files(temp.path()), ["test_worker.lock"]);
    });
}

#[test]
fn after_a_kill_the_next_holder_replaces_the_socket() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let control = serving(temp.path());
        // What the kernel does to a killed process: it closes what was open, and no more.
        drop(control.serve(TestWorker).await.unwrap());
        assert_eq!(files(temp.path()), ["test_worker.lock", "test_worker.sock"]);
        let stale = asking(temp.path()).connect(TestWorker).await.map(drop).unwrap_err();
        assert!(matches!(stale, ConnectError::Stale(TestWorker)), "{stale}");
        let mut listener = control.serve(TestWorker).await.unwrap();
        let asking = asking(temp.path());
        let (accepted, connected) = tokio::join!(listener.accept(), asking.connect(TestWorker));
        assert!(accepted.is_ok() && connected.is_ok());
    });
}

#[test]
fn a_starter_waits_for_a_moment_for_the_lock() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let control = serving(temp.path());
        let first = control.serve(TestWorker).await.unwrap();
        let let_go = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            first.close();
        };
        let (second, ()) = tokio::join!(control.serve(TestWorker), let_go);
        assert!(second.is_ok());
    });
}

#[test]
fn a_lock_file_with_nonsense_in_it_is_no_holder() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let lock = temp.path().join("test_worker.lock");
        File::create(&lock).unwrap().write_all(b"4294967296 and a long story\n").unwrap();
        let _listener = serving(temp.path()).serve(TestWorker).await.unwrap();
        let mut pid = String::new();
        File::open(&lock).unwrap().read_to_string(&mut pid).unwrap();
        assert_eq!(pid, format!("{}\n", std::process::id()));
    });
}

#[test]
fn a_foreign_file_is_refused_and_the_lock_is_let_go_of() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let control = serving(temp.path());
        let socket = control.socket_path(TestWorker);
        fs::write(&socket, "notes").unwrap();
        for _ in 0..2 {
            let refused = control.serve(TestWorker).await.map(drop).unwrap_err();
            assert!(matches!(&refused, ServeError::Foreign { path } if *path == socket), "{refused}");
        }
        assert_eq!(fs::read_to_string(&socket).unwrap(), "notes");
    });
}

#[test]
fn d9_clients_make_no_lock_and_remove_nothing() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let clients = asking(temp.path());
        let missing = clients.connect(TestWorker).await.map(drop).unwrap_err();
        assert!(matches!(missing, ConnectError::NotRunning(TestWorker)), "{missing}");
        assert_eq!(files(temp.path()), Vec::<String>::new());
        drop(serving(temp.path()).serve(TestWorker).await.unwrap());
        let before = files(temp.path());
        drop(clients.connect(TestWorker).await);
        assert_eq!(clients.scan(), [TestWorker]);
        assert_eq!(files(temp.path()), before);
    });
}
