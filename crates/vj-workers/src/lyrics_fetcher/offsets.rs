//! By how much the lines of single tracks are shifted: kept in the state directory, for ever.

use std::io;

use serde::{Deserialize, Serialize};
use vj_env::{Env, Store};
use vj_lyrics::song::SongKey;

use super::limits::{OFFSET_MS_MAX, OFFSETS_MAX};

/// The file.
const OFFSETS: &str = "lyrics_offsets.json";

#[derive(Serialize, Deserialize, Default, Clone)]
struct Record {
    /// The track that was set last stands last.
    offsets: Vec<(String, i64)>,
}

/// The offsets of all tracks.
#[derive(Clone, Default)]
pub(super) struct Offsets {
    record: Record,
}

impl Offsets {
    /// As they were kept.
    pub(super) async fn recall(env: &Env) -> Self {
        let bytes = match env.store.read(OFFSETS).await {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) => {
                env.log.warn(format!("failed to read the offsets of tracks: {error}"));
                Vec::new()
            }
        };
        if bytes.is_empty() {
            return Self::default();
        }
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(mut record) => {
                record.offsets.retain(|(_, offset_ms)| offset_ms.abs() <= OFFSET_MS_MAX);
                Self { record }
            }
            Err(error) => {
                env.log.warn(format!("{OFFSETS} is damaged and set aside: {error}"));
                let _ = env.store.replace(&format!("{OFFSETS}.damaged"), &bytes).await;
                let _ = env.store.remove(OFFSETS).await;
                Self::default()
            }
        }
    }

    pub(super) fn of(&self, key: &SongKey) -> i64 {
        self.record
            .offsets
            .iter()
            .find(|(known, _)| known == key.as_str())
            .map_or(0, |(_, offset_ms)| *offset_ms)
    }

    pub(super) fn set(&mut self, key: &SongKey, offset_ms: i64) {
        let offsets = &mut self.record.offsets;
        offsets.retain(|(known, _)| known != key.as_str());
        if offset_ms != 0 {
            offsets.push((key.as_str().to_owned(), offset_ms));
        }
        let over = offsets.len().saturating_sub(OFFSETS_MAX);
        offsets.drain(..over);
    }

    pub(super) async fn keep(self, store: std::rc::Rc<dyn Store>) -> io::Result<()> {
        let bytes = serde_json::to_vec(&self.record).expect("texts and numbers can always be written");
        store.replace(OFFSETS, &bytes).await
    }
}
