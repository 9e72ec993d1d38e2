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
