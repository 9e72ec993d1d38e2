//! What was found out about songs, kept for ever: one small file an entry, put there whole or not at all.
//! The form of an entry stands in [`record`](super::record). One that cannot be read is set aside (`.damaged`) and counts as none.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use vj_core::mutants::{self, Mutant};
use vj_core::playback::Track;
use vj_env::{Clock, Log, Store};
use vj_lyrics::lrc::Lyrics;
use vj_lyrics::song::{AnalysisKey, SongKey};

use super::limits::{IMAGE_BYTES_MAX, NOT_FOUND_MS};
use super::record::{Record, RecordError, RecordKind, file_of, hash, image_ending, set_aside_of};

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
        let file = file_of(RecordKind::Lyrics.folder(), key.as_str());
        let record = self.read(&file, key.as_str()).await?;
        if record.kind() == Some(RecordKind::NotFound) {
            // A date may jump either way: an entry from the future is as old as it is far away.
            let age_ms = self.clock.wall_now().0.abs_diff(record.at_ms);
            return (age_ms < NOT_FOUND_MS).then_some(Known::NotFound(record.text));
        }
        match Lyrics::parse(&record.text) {
            Some(lyrics) if record.kind() == Some(RecordKind::Lyrics) => Some(Known::Lyrics(lyrics)),
            _ => {
                self.set_aside(&file, &RecordError::Empty("lyrics").to_string()).await;
                None
            }
        }
    }

    /// To keep that.
    pub(super) fn lyrics_entry(&self, key: &SongKey, track: &Track, known: &Known) -> Entry {
        let (kind, text) = match known {
            Known::Lyrics(lyrics) => (RecordKind::Lyrics, lyrics.format()),
            Known::NotFound(why) => (RecordKind::NotFound, why.clone()),
        };
        self.entry(kind, key.as_str(), text, track)
    }

    /// What a model answered about a song.
    pub(super) async fn analysis(&self, key: &AnalysisKey) -> Option<String> {
        let file = file_of(RecordKind::Analysis.folder(), key.as_str());
        let record = self.read(&file, key.as_str()).await?;
        (record.kind() == Some(RecordKind::Analysis)).then_some(record.text)
    }

    /// To keep that.
    pub(super) fn analysis_entry(&self, key: &AnalysisKey, track: &Track, answer: &str) -> Entry {
        self.entry(RecordKind::Analysis, key.as_str(), answer.to_owned(), track)
    }

    /// The image of a key: its file below the cache, if it is there.
    pub(super) async fn image(&self, key: &str) -> Option<String> {
        let record = self.read(&file_of(RecordKind::Image.folder(), key), key).await?;
        let file = record.image_file()?;
        let bytes = self.store.read_at_most(file, IMAGE_BYTES_MAX).await.ok().flatten()?;
        image_ending(&bytes).map(|_| file.to_owned())
    }

    /// To keep an image, and then what says that it is there.
    pub(super) fn image_entries(
        &self,
        key: &str,
        track: &Track,
        bytes: Vec<u8>,
    ) -> Option<(String, [Entry; 2])> {
        let ending = image_ending(&bytes).filter(|_| bytes.len() <= IMAGE_BYTES_MAX)?;
        let file = format!("{}/{}.{ending}", RecordKind::Image.folder(), hash(key));
        let record = self.entry(RecordKind::Image, key, file.clone(), track);
        Some((file.clone(), [Entry { file, bytes }, record]))
    }

    /// Writes it down.
    pub(super) async fn keep(&self, entry: &Entry) -> io::Result<()> {
        if mutants::is_on(Mutant::CacheInPlace) {
            // In two goes, so that somebody may die between them.
            self.store.replace(&entry.file, &entry.bytes[..entry.bytes.len() / 2]).await?;
            self.clock.sleep(std::time::Duration::from_millis(20)).await;
        }
        self.store.replace(&entry.file, &entry.bytes).await
    }

    fn entry(&self, kind: RecordKind, key: &str, text: String, track: &Track) -> Entry {
        let record = Record::new(kind, key, text, self.clock.wall_now().0, track);
        Entry { file: file_of(kind.folder(), key), bytes: record.to_bytes() }
    }

    async fn read(&self, file: &str, key: &str) -> Option<Record> {
        let bytes = match self.store.read_at_most(file, Record::BYTES_MAX).await {
            Ok(bytes) => bytes?,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                self.set_aside(file, &RecordError::TooLong.to_string()).await;
                return None;
            }
            Err(error) => {
                self.log.warn(format!("failed to read the cache: {error}"));
                return None;
            }
        };
        match Record::read(&bytes) {
            Ok(record) => (record.key() == key).then_some(record),
            Err(RecordError::Version(_)) => None,
            Err(error) => {
                self.set_aside(file, &error.to_string()).await;
                None
            }
        }
    }

    async fn set_aside(&self, file: &str, why: &str) {
        self.damaged.set(self.damaged.get() + 1);
        self.log.warn(format!("{file} in the cache is damaged and set aside: {why}"));
        if self.store.rename(file, &set_aside_of(file)).await.is_err() {
            // In its place it would be found damaged each time.
            let _ = self.store.remove(file).await;
        }
    }
}
