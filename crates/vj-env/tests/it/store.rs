//! Small files: whole or not at all, and nothing beside them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use vj_env::Store;
use vj_env::real::FileStore;

use crate::{files, real};

#[test]
fn what_was_written_is_read_and_what_was_removed_is_gone() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let store = FileStore::new(&temp.path().join("state"));
        assert_eq!(store.read("overrides/a.json").await.unwrap(), None);
        store.remove("overrides/a.json").await.unwrap();
        for bytes in [b"one".as_slice(), b"", b"three"] {
            store.replace("overrides/a.json", bytes).await.unwrap();
            assert_eq!(store.read("overrides/a.json").await.unwrap().as_deref(), Some(bytes));
        }
        let dir = temp.path().join("state/overrides");
        assert_eq!(files(&dir), ["a.json"], "nothing is left beside it");
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(dir.join("a.json")), mode(dir.clone())), (0o600, 0o700));
        store.remove("overrides/a.json").await.unwrap();
        assert_eq!(store.read("overrides/a.json").await.unwrap(), None);
    });
}

#[test]
fn a_write_that_fails_names_the_path_and_leaves_nothing() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let store = FileStore::new(temp.path());
        // A directory stands where the file should go.
        fs::create_dir_all(temp.path().join("a.json/b")).unwrap();
        let error = store.replace("a.json", b"x").await.unwrap_err();
        assert!(error.to_string().contains("a.json"), "{error}");
        assert_eq!(files(temp.path()), ["a.json"]);
        let error = store.read("a.json").await.unwrap_err();
        assert!(error.to_string().contains("a.json"), "{error}");
    });
}

#[test]
fn folders_that_are_missing_are_made_for_their_owner_alone() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let store = FileStore::new(&temp.path().join("a/b"));
        store.replace("c/d/e.json", b"x").await.unwrap();
        for folder in ["a", "a/b", "a/b/c", "a/b/c/d"] {
            let mode = fs::metadata(temp.path().join(folder)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o700, "{folder}");
        }
        assert_eq!(store.read_at_most("c/d/e.json", 1).await.unwrap().as_deref(), Some(&b"x"[..]));
        // A file stands where a folder should be.
        let error = store.replace("c/d/e.json/f", b"x").await.unwrap_err();
        assert!(error.to_string().contains("e.json"), "{error}");
    });
}

#[test]
fn a_hard_link_shows_that_the_old_bytes_are_never_touched() {
    real(async {
        let temp = tempfile::tempdir().unwrap();
        let store = FileStore::new(temp.path());
        store.replace("a", b"old").await.unwrap();
        fs::hard_link(temp.path().join("a"), temp.path().join("witness")).unwrap();
        store.replace("a", b"new").await.unwrap();
        assert_eq!(fs::read(temp.path().join("witness")).unwrap(), b"old");
        assert_eq!(fs::read(temp.path().join("a")).unwrap(), b"new");
    });
}
