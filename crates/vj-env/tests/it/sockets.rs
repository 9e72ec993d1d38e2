//! Bytes through a Unix socket; many who connect at once.

use std::os::unix::fs::PermissionsExt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vj_core::ProcessName::TestWorker;
use vj_env::ControlPlane;

use crate::{asking, real, serving};

#[test]
fn the_socket_is_closed_to_other_users() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let control = serving(temp.path());
        let _listener = control.serve(TestWorker).await.unwrap();
        let mode = std::fs::metadata(control.socket_path(TestWorker)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    });
}

#[test]
fn d12_100_may_connect_before_the_first_is_taken_in() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let mut listener = serving(temp.path()).serve(TestWorker).await.unwrap();
        let clients = asking(temp.path());
        let mut links = Vec::new();
        for n in 0..100_u8 {
            let mut link = clients.connect(TestWorker).await.unwrap();
            link.write_all(&[n]).await.unwrap();
            links.push(link);
        }
        for n in 0..100 {
            let mut link = listener.accept().await.unwrap();
            assert_eq!(link.read_u8().await.unwrap(), n);
        }
    });
}
