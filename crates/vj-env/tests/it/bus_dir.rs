//! Which directories are taken for a bus: ours, and writable by nobody else.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use vj_core::ProcessName::{AudioAnalyzer, ProcessManager};
use vj_env::ServeError;
use vj_env::real::BusDir;

fn refusal(dir: &Path) -> String {
    let error = BusDir::create(dir).unwrap_err();
    assert!(error.to_string().contains(&dir.display().to_string()), "{error} does not name the directory");
    error.to_string()
}

#[test]
fn it_is_made_closed_to_others() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a/b");
    BusDir::create(&dir).unwrap();
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    // And taken as it is the next time.
    BusDir::create(&dir).unwrap();
}

#[test]
fn a_symlink_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let (real, link) = (temp.path().join("real"), temp.path().join("link"));
    fs::create_dir(&real).unwrap();
    symlink(&real, &link).unwrap();
    assert!(refusal(&link).contains("is a symlink"));
    // Also with a slash behind it.
    assert!(BusDir::create(&link.join("")).unwrap_err().to_string().contains("is a symlink"));
    // Also one that leads nowhere, and nothing is made at its end.
    let dangling = temp.path().join("dangling");
    symlink(temp.path().join("nowhere"), &dangling).unwrap();
    assert!(refusal(&dangling).contains("is a symlink"));
    assert!(!temp.path().join("nowhere").exists());
}

#[test]
fn a_file_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, "notes").unwrap();
    assert!(refusal(&file).contains("is not a directory"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "notes");
}

#[test]
fn another_users_directory_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let given_away = temp.path().join("bus");
    fs::create_dir(&given_away).unwrap();
    // Root can give a directory away; everybody else finds one that is root's.
    let of_another =
        if chown(&given_away, Some(65534), None).is_ok() { given_away.as_path() } else { Path::new("/usr") };
    assert!(refusal(of_another).contains("belongs to another user"));
}

#[test]
fn a_directory_that_others_can_write_is_refused_and_one_that_they_can_read_is_not() {
    let temp = tempfile::tempdir().unwrap();
    for (mode, taken) in [(0o700, true), (0o755, true), (0o770, false), (0o722, false), (0o1777, false)] {
        fs::set_permissions(temp.path(), Permissions::from_mode(mode)).unwrap();
        if taken {
            BusDir::create(temp.path()).unwrap();
        } else {
            assert!(refusal(temp.path()).contains("can be written by other users"), "{mode:o}");
        }
        assert_eq!(
            fs::metadata(temp.path()).unwrap().permissions().mode() & 0o7777,
            mode,
            "it is left as it was"
        );
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("file"), "").unwrap();
    assert!(refusal(&temp.path().join("file/bus")).contains("failed to create the bus directory"));
}

#[test]
fn a_path_that_is_too_long_for_a_socket_is_named_with_the_limit() {
    let dir = |len: usize| BusDir::look_at(Path::new(&format!("/{}", "x".repeat(len))));
    let name = "/audio_analyzer.sock".len();
    // With the slash before it 103 bytes in all, and one more.
    assert!(dir(103 - 1 - name).bindable_socket(AudioAnalyzer).is_ok());
    let error = dir(103 - name).bindable_socket(AudioAnalyzer).unwrap_err();
    assert!(matches!(error, ServeError::PathTooLong { len: 104, max: 103, .. }), "{error}");
    assert!(error.to_string().contains("--bus-dir"), "{error}");
}

#[test]
fn a_scan_finds_sockets_by_name_in_order_and_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let dir = BusDir::look_at(temp.path());
    for file in
        ["audio_analyzer.sock", "process_manager.sock", "process_manager.lock", "stranger.sock", "up.lock"]
    {
        fs::write(temp.path().join(file), "").unwrap();
    }
    assert_eq!(dir.scan(), [ProcessManager, AudioAnalyzer]);
    assert!(BusDir::look_at(Path::new("/nowhere/at/all")).scan().is_empty());
}
