//! The cache on a real disk.

use std::fs;
use std::rc::Rc;

use tempfile::tempdir;
use tokio::task::{JoinSet, LocalSet};
use vj_adapters::CacheDir;
use vj_env::Store;

#[tokio::test]
async fn what_is_put_there_is_found_again_whole() {
    let dir = tempdir().unwrap();
    let cache = CacheDir::new(&dir.path().join("made/later"));
    assert_eq!(cache.read("lyrics/a.json").await.unwrap(), None);
    cache.replace("lyrics/a.json", b"one").await.unwrap();
    cache.replace("lyrics/a.json", b"two").await.unwrap();
    assert_eq!(cache.read("lyrics/a.json").await.unwrap().as_deref(), Some(&b"two"[..]));
    let left: Vec<_> = fs::read_dir(dir.path().join("made/later/lyrics")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left beside it");
    cache.remove("lyrics/a.json").await.unwrap();
    cache.remove("lyrics/a.json").await.unwrap();
    assert_eq!(cache.read("lyrics/a.json").await.unwrap(), None);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_refused_and_a_folder_in_the_way_is_told_of() {
    let dir = tempdir().unwrap();
    let cache = CacheDir::new(&dir.path().join("cache"));
    for name in ["../x", "/etc/x", "a/../../x", "", "a//b", "a\0b", "..\\x"] {
        let error = cache.replace(name, b"x").await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{name:?}");
        assert!(cache.read(name).await.is_err() && cache.remove(name).await.is_err());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was written anywhere");
    fs::create_dir_all(dir.path().join("cache/lyrics/a.json/b")).unwrap();
    let error = cache.replace("lyrics/a.json", b"x").await.unwrap_err().to_string();
    assert!(error.contains("lyrics/a.json"), "{error}");
}

#[tokio::test]
async fn what_is_too_long_is_not_read_and_moves_aside_as_it_is() {
    let dir = tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    for (len, is_read) in [(999, true), (1_000, true), (1_001, false)] {
        cache.replace("lyrics/a.json", &vec![b'x'; len]).await.unwrap();
        let read = cache.read_at_most("lyrics/a.json", 1_000).await;
        let kind = read.as_ref().map(|bytes| bytes.as_ref().unwrap().len()).map_err(std::io::Error::kind);
        assert_eq!(kind, if is_read { Ok(len) } else { Err(std::io::ErrorKind::FileTooLarge) });
    }
    // No memory would do for this one. It takes no room on the disk either.
    let huge = fs::File::create(dir.path().join("lyrics/b.json")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let error = cache.read_at_most("lyrics/b.json", 1_000).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    assert!(error.to_string().contains("lyrics/b.json"), "{error}");
    cache.rename("lyrics/b.json", "lyrics/b.json.damaged").await.unwrap();
    assert_eq!(fs::metadata(dir.path().join("lyrics/b.json.damaged")).unwrap().len(), 1 << 40);
    assert_eq!(cache.read_at_most("lyrics/b.json", 1_000).await.unwrap(), None);
    assert!(cache.rename("lyrics/a.json", "../a").await.is_err());
    // A pipe would be waited for, a folder cannot be read.
    let pipe = dir.path().join("lyrics/c.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for name in ["lyrics/c.json", "lyrics"] {
        assert!(cache.read_at_most(name, 1_000).await.unwrap_err().to_string().contains("not a file"));
    }
}

#[tokio::test]
async fn what_the_dead_left_half_written_is_cleared_and_nothing_else() {
    let dir = tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    cache.replace("lyrics/a.json", b"x").await.unwrap();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let (dead, alive) = (child.id(), std::process::id());
    fs::create_dir(dir.path().join("mine")).unwrap();
    for name in [
        format!("lyrics/b.tmp-{dead}-0"),
        format!("lyrics/c.tmp-{alive}-0"),
        format!("mine/d.tmp-{dead}-0"),
        "lyrics/e.tmp".to_owned(),
    ] {
        fs::write(dir.path().join(name), "half").unwrap();
    }
    assert_eq!(cache.clear_abandoned(&["lyrics", "analysis"]).await.unwrap(), 1);
    let mut left: Vec<_> =
        fs::read_dir(dir.path().join("lyrics")).unwrap().map(|it| it.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a.json", &format!("c.tmp-{alive}-0"), "e.tmp"]);
    assert!(dir.path().join(format!("mine/d.tmp-{dead}-0")).exists());
}

#[tokio::test]
async fn writes_at_the_same_time_do_not_meet() {
    let dir = tempdir().unwrap();
    let cache = Rc::new(CacheDir::new(dir.path()));
    let texts: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; 100_000]).collect();
    let mut writes = JoinSet::new();
    let local = LocalSet::new();
    for text in &texts {
        // An entry and its image have one name but for the ending, and an entry may be written twice.
        for name in ["images/a.json", "images/a.png"] {
            let (cache, text) = (cache.clone(), text.clone());
            writes.spawn_local_on(async move { cache.replace(name, &text).await }, &local);
        }
    }
    let ended = local.run_until(async { writes.join_all().await }).await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    for name in ["images/a.json", "images/a.png"] {
        let found = cache.read(name).await.unwrap().unwrap();
        assert!(texts.contains(&found), "{name} is a mixture");
    }
}
