//! Where the lyrics worker of a real show asks, and where it keeps what it found.

use std::rc::Rc;

use vj_adapters::{CacheDir, HttpWeb};
use vj_workers::LyricsFetcher;
use vj_workers::lyrics_fetcher::{Outside, RecordKind, Secret};

use crate::config::Paths;

/// The key of an OpenAI-compatible server. It stands in no config file, and is never shown.
const KEY: &str = "OPENAI_API_KEY";

/// The lyrics worker.
pub(crate) fn worker(paths: &Paths) -> LyricsFetcher {
    // Lives that a crash or a power cut ended may have been writing.
    CacheDir::new(&paths.cache).clear_abandoned(&RecordKind::FOLDERS);
    LyricsFetcher::new(outside(paths))
}

/// What it needs from outside, also for those who only look.
pub(crate) fn outside(paths: &Paths) -> Outside {
    Outside {
        web: Rc::new(HttpWeb::new()),
        cache: Rc::new(CacheDir::new(&paths.cache)),
        cache_dir: paths.cache.clone(),
        read_file: Rc::new(|path| {
            Box::pin(async move {
                let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
                read.unwrap_or_else(|error| Err(std::io::Error::other(error)))
            })
        }),
        openai_key: std::env::var(KEY).ok().and_then(|key| Secret::new(&key)),
    }
}
