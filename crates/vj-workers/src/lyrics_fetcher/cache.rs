//! What was found out about songs, kept for ever: one small file an entry, put there whole or not at all.
//!
//! | file | holds |
//! |---|---|
//! | `lyrics/HASH.json` | lyrics, or that there are none; by the song's key |
//! | `analysis/HASH.json` | a model's answer as it came, which is read and judged anew each time; by the analysis's key |
//! | `images/HASH.json`, `images/HASH.png` | an image, by song and prompt |
//!
//! Each entry names its key, so that two keys of one hash are two misses and no mix-up. An entry that cannot be read is set
//! aside (`.damaged`) and counts as none.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use vj_core::playback::Track;
use vj_env::{Clock, Log, Store};
use vj_lyrics::lrc::Lyrics;
use vj_lyrics::song::{AnalysisKey, SongKey};

use super::limits::{ENTRY_BYTES_MAX, IMAGE_BYTES_MAX, NOT_FOUND_MS};

/// Entries of another version are none.
const VERSION: u32 = 1;

/// What is known of a song's lyrics.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    Lyrics(Lyrics),
    /// There are none: why.
    NotFound(String),
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    file: String,
    bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    key: String,
    /// `lyrics`, `not_found`, `analysis` or `image`.
    kind: String,
    /// Lyrics in LRC or plain, a model's answer, a file's name, or why there is nothing.
    text: String,
    /// When it was written, by the date: for entries that do not hold for ever.
    at_ms: u64,
    artist: String,
    title: String,
}

/// The store, and what is written there.
#[derive(Clone)]
pub(super) struct Cache {
    store: Rc<dyn Store>,
    clock: Clock,
    log: Log,
    damaged: Rc<Cell<u64>>,
}

impl Cache {
    pub(super) fn new(store: Rc<dyn Store>, clock: Clock, log: Log) -> Self {
        Self { store, clock, log, damaged: Rc::default() }
    }

    /// Entries that were set aside.
    pub(super) fn damaged(&self) -> u64 {
        self.damaged.get()
    }

    /// What is known of a song's lyrics.
    pub(super) async fn lyrics(&self, key: &SongKey) -> Option<Known> {
        let file = file_of("lyrics", key.as_str());
        let record = self.read(&file, key.as_str()).await?;
        if record.kind == "not_found" {
            // A date may jump either way: an entry from the future is as old as it is far away.
            let age_ms = self.clock.wall_now().0.abs_diff(record.at_ms);
            return (age_ms < NOT_FOUND_MS).then_some(Known::NotFound(record.text));
        }
        match Lyrics::parse(&record.text) {
            Some(lyrics) if record.kind == "lyrics" => Some(Known::Lyrics(lyrics)),
            _ => {
                self.set_aside(&file, record.text.as_bytes(), "it holds no lyrics").await;
                None
            }
        }
    }

    /// To keep that.
    pub(super) fn lyrics_entry(&self, key: &SongKey, track: &Track, known: &Known) -> Entry {
        let (kind, text) = match known {
            Known::Lyrics(lyrics) => ("lyrics", lyrics.format()),
            Known::NotFound(why) => ("not_found", why.clone()),
        };
        self.entry("lyrics", key.as_str(), kind, text, track)
    }

    /// What a model answered about a song.
    pub(super) async fn analysis(&self, key: &AnalysisKey) -> Option<String> {
        let record = self.read(&file_of("analysis", key.as_str()), key.as_str()).await?;
        (record.kind == "analysis").then_some(record.text)
    }

    /// To keep that.
    pub(super) fn analysis_entry(&self, key: &AnalysisKey, track: &Track, answer: &str) -> Entry {
        self.entry("analysis", key.as_str(), "analysis", answer.to_owned(), track)
    }

    /// The image of a key: its file below the cache, if it is there.
    pub(super) async fn image(&self, key: &str) -> Option<String> {
        let record = self.read(&file_of("images", key), key).await?;
        let file = record.text;
        let is_ours = file.starts_with("images/") && !file.contains("..");
        let bytes = if is_ours { self.store.read(&file).await.ok().flatten() } else { None };
        bytes.is_some_and(|bytes| image_ending(&bytes).is_some()).then_some(file)
    }

    /// To keep an image, and then what says that it is there.
    pub(super) fn image_entries(
        &self,
        key: &str,
        track: &Track,
        bytes: Vec<u8>,
    ) -> Option<(String, [Entry; 2])> {
        let ending = image_ending(&bytes).filter(|_| bytes.len() <= IMAGE_BYTES_MAX)?;
        let file = format!("images/{}.{ending}", hash(key));
        let record = self.entry("images", key, "image", file.clone(), track);
        Some((file.clone(), [Entry { file, bytes }, record]))
    }

    /// Writes it down.
    pub(super) async fn keep(&self, entry: &Entry) -> io::Result<()> {
        self.store.replace(&entry.file, &entry.bytes).await
    }

    fn entry(&self, folder: &str, key: &str, kind: &str, text: String, track: &Track) -> Entry {
        let record = Record {
            version: VERSION,
            key: key.to_owned(),
            kind: kind.to_owned(),
            text,
            at_ms: self.clock.wall_now().0,
            artist: track.artist.clone(),
            title: track.title.clone(),
        };
        let bytes = serde_json::to_vec(&record).expect("texts and numbers can always be written");
        Entry { file: file_of(folder, key), bytes }
    }

    async fn read(&self, file: &str, key: &str) -> Option<Record> {
        let bytes = match self.store.read(file).await {
            Ok(bytes) => bytes?,
            Err(error) => {
                self.log.warn(format!("failed to read the cache: {error}"));
                return None;
            }
        };
        let record = match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if bytes.len() <= ENTRY_BYTES_MAX => record,
            Ok(_) => {
                self.set_aside(file, &bytes, "it is too long").await;
                return None;
            }
            Err(error) => {
                self.set_aside(file, &bytes, &error.to_string()).await;
                return None;
            }
        };
        (record.version == VERSION && record.key == key).then_some(record)
    }

    async fn set_aside(&self, file: &str, bytes: &[u8], why: &str) {
        self.damaged.set(self.damaged.get() + 1);
        self.log.warn(format!("{file} in the cache is damaged and set aside: {why}"));
        let head = &bytes[..bytes.len().min(ENTRY_BYTES_MAX)];
        let _ = self.store.replace(&format!("{file}.damaged"), head).await;
        let _ = self.store.remove(file).await;
    }
}

fn file_of(folder: &str, key: &str) -> String {
    format!("{folder}/{}.json", hash(key))
}

/// FNV-1a over 128 bits: the same on each machine and in each version, and short enough for a name.
pub(super) fn hash(text: &str) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in text.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}

/// The ending of an image's name, by how it begins; none: it is no image that visuals read.
fn image_ending(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_same_name_for_ever() {
        // From the authors of FNV: the empty text, and "a".
        assert_eq!(hash(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(hash("a"), "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(file_of("lyrics", "").len(), "lyrics/.json".len() + 32);
    }

    #[test]
    fn an_image_is_known_by_how_it_begins() {
        assert_eq!(image_ending(b"\x89PNG\r\n"), Some("png"));
        assert_eq!(image_ending(b"RIFF\0\0\0\0WEBPVP8 "), Some("webp"));
        assert_eq!(image_ending(b"<html>"), None);
        assert_eq!(image_ending(b""), None);
    }
}
