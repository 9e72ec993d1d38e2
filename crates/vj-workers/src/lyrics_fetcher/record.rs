//! The form of what the cache keeps: the one place that knows it, for the worker and for whoever looks into the folder.
//!
//! | file | holds |
//! |---|---|
//! | `lyrics/HASH.json` | lyrics, or that there are none; by the song's key |
//! | `analysis/HASH.json` | a model's answer as it came, which is read and judged anew each time; by the analysis's key |
//! | `images/HASH.json`, `images/HASH.png` | an image, by song and prompt |
//! | `...json.damaged` | an entry that could not be read, set aside |
//!
//! Each entry names its key, so that two keys of one hash are two misses and no mix-up.

use serde::{Deserialize, Serialize};
use vj_core::playback::Track;
use vj_lyrics::lrc::Lyrics;

use super::limits::ENTRY_BYTES_MAX;

/// Entries of another version are none.
const VERSION: u32 = 1;

/// The ending of an entry that was set aside, behind its own.
const SET_ASIDE: &str = ".damaged";

/// The endings that an image may have.
const IMAGE_ENDINGS: [&str; 3] = ["png", "jpg", "webp"];

/// What an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// A song's lyrics, as LRC or plain.
    Lyrics,
    /// Why a song has none.
    NotFound,
    /// What a model answered about a song.
    Analysis,
    /// The file of a song's image.
    Image,
}

impl RecordKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lyrics, Self::NotFound, Self::Analysis, Self::Image];

    /// The folders below the cache in which entries lie.
    pub const FOLDERS: [&str; 3] = ["lyrics", "analysis", "images"];

    /// As entries name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lyrics => "lyrics",
            Self::NotFound => "not_found",
            Self::Analysis => "analysis",
            Self::Image => "image",
        }
    }

    /// The folder of its entries.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Lyrics | Self::NotFound => Self::FOLDERS[0],
            Self::Analysis => Self::FOLDERS[1],
            Self::Image => Self::FOLDERS[2],
        }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    key: String,
    /// A [`RecordKind`]; text, since another version may know others.
    kind: String,
    /// Lyrics in LRC or plain, a model's answer, a file's name, or why there is nothing.
    pub text: String,
    /// When it was written, by the date: for entries that do not hold for ever.
    pub at_ms: u64,
    /// Whose song it is, as the player named them.
    pub artist: String,
    /// The song, as the player named it.
    pub title: String,
}

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Why a file is no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// An entry has a limit.
    #[error("it is longer than {ENTRY_BYTES_MAX} bytes")]
    TooLong,
    /// It is cut off, or was never one.
    #[error("{0}")]
    Form(String),
    /// Another `vj` wrote it.
    #[error("it is of version {0}")]
    Version(u32),
    /// It lies where another one belongs.
    #[error("it does not belong there")]
    Misplaced,
    /// What it holds is not of its kind.
    #[error("it holds no {0}")]
    Empty(&'static str),
}

impl Record {
    /// A new one.
    pub(super) fn new(kind: RecordKind, key: &str, text: String, at_ms: u64, track: &Track) -> Self {
        Self {
            version: VERSION,
            key: key.to_owned(),
            kind: kind.as_str().to_owned(),
            text,
            at_ms,
            artist: track.artist.clone(),
            title: track.title.clone(),
        }
    }

    /// The bytes of its file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can always be written")
    }

    /// Reads a file; whose entry it is, and whether it is of use, is another question.
    ///
    /// # Errors
    /// It is damaged, or of another version.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(RecordError::TooLong);
        }
        let damaged = |error: serde_json::Error| RecordError::Form(error.to_string());
        // Another version may have other fields.
        match serde_json::from_slice(bytes).map_err(damaged)? {
            Versioned { version: VERSION } => serde_json::from_slice(bytes).map_err(damaged),
            Versioned { version } => Err(RecordError::Version(version)),
        }
    }

    /// The most that an entry has; what is longer is none.
    pub const BYTES_MAX: usize = ENTRY_BYTES_MAX;

    /// Reads the entry that lies at `file` below the cache, as the worker would when it looks for its song.
    ///
    /// # Errors
    /// The worker would find nothing there.
    pub fn read_at(file: &str, bytes: &[u8]) -> Result<(RecordKind, Self), RecordError> {
        let record = Self::read(bytes)?;
        let kind = record.kind().ok_or(RecordError::Misplaced)?;
        if file != file_of(kind.folder(), &record.key) {
            return Err(RecordError::Misplaced);
        }
        match kind {
            RecordKind::Lyrics if Lyrics::parse(&record.text).is_none() => Err(RecordError::Empty("lyrics")),
            RecordKind::Image if record.image_file().is_none() => Err(RecordError::Empty("image")),
            _ => Ok((kind, record)),
        }
    }

    /// What it is of.
    #[must_use]
    pub fn kind(&self) -> Option<RecordKind> {
        RecordKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind)
    }

    /// The key by which it is found again.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The file of its image, below the cache.
    #[must_use]
    pub fn image_file(&self) -> Option<&str> {
        let name = self.text.strip_prefix("images/")?;
        (CacheFile::of(RecordKind::Image.folder(), name) == Some(CacheFile::Image)).then_some(&self.text)
    }
}

/// What a file in one of the folders is, by its name: only these does the cache make itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CacheFile {
    /// `HASH.json`.
    Entry,
    /// `HASH.png`, in the folder of images.
    Image,
    /// `HASH.json.damaged`.
    SetAside,
}

impl CacheFile {
    /// By folder and name; none: it is somebody else's.
    #[must_use]
    pub fn of(folder: &str, name: &str) -> Option<Self> {
        let (hash, ending) = name.split_once('.')?;
        let is_hash = hash.len() == 32 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hash || !RecordKind::FOLDERS.contains(&folder) {
            return None;
        }
        match ending {
            "json" => Some(Self::Entry),
            _ if ending.strip_suffix(SET_ASIDE) == Some("json") => Some(Self::SetAside),
            _ if folder == RecordKind::Image.folder() && IMAGE_ENDINGS.contains(&ending) => Some(Self::Image),
            _ => None,
        }
    }
}

/// Where the entry of a key lies below the cache.
pub(super) fn file_of(folder: &str, key: &str) -> String {
    format!("{folder}/{}.json", hash(key))
}

/// Where it lies once it is set aside.
pub(super) fn set_aside_of(file: &str) -> String {
    format!("{file}{SET_ASIDE}")
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
pub(super) fn image_ending(bytes: &[u8]) -> Option<&'static str> {
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

    const HASH: &str = "6c62272e07bb014262b821756295c58d";

    #[test]
    fn a_key_has_the_same_name_for_ever() {
        // From the authors of FNV: the empty text, and "a".
        assert_eq!(hash(""), HASH);
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

    #[test]
    fn what_the_cache_makes_is_known_by_its_name_and_nothing_else_is() {
        let of = |folder: &str, ending: &str| CacheFile::of(folder, &format!("{HASH}{ending}"));
        assert_eq!(of("lyrics", ".json"), Some(CacheFile::Entry));
        assert_eq!(of("analysis", ".json.damaged"), Some(CacheFile::SetAside));
        assert_eq!(of("images", ".webp"), Some(CacheFile::Image));
        for (folder, ending) in [
            ("lyrics", ".png"),
            ("lyrics", ""),
            ("lyrics", ".json~"),
            ("lyrics", ".tmp-71-1"),
            ("lyrics", ".damaged"),
            ("notes", ".json"),
            ("", ".json"),
        ] {
            assert_eq!(of(folder, ending), None, "{folder}/HASH{ending}");
        }
        for name in ["notes.json", ".json", "A.json", &HASH.to_uppercase(), "../../x.json"] {
            assert_eq!(CacheFile::of("lyrics", name), None, "{name}");
        }
    }

    #[test]
    fn an_entry_is_read_where_it_belongs_and_nowhere_else() {
        let track = Track::new("Somebody", "One");
        let bytes = |kind, text: &str| Record::new(kind, "a", text.to_owned(), 7, &track).to_bytes();
        let at = |folder: &str| file_of(folder, "a");
        let lyrics = bytes(RecordKind::Lyrics, "[00:01.00] one\n");
        let (kind, record) = Record::read_at(&at("lyrics"), &lyrics).unwrap();
        assert_eq!(
            (kind, record.key(), record.title.as_str(), record.at_ms),
            (RecordKind::Lyrics, "a", "One", 7)
        );
        for (file, bytes, why) in [
            (at("analysis"), lyrics.clone(), RecordError::Misplaced),
            (file_of("lyrics", "b"), lyrics.clone(), RecordError::Misplaced),
            (at("lyrics"), bytes(RecordKind::Lyrics, " "), RecordError::Empty("lyrics")),
            (at("lyrics"), vec![b' '; ENTRY_BYTES_MAX + 1], RecordError::TooLong),
            (at("images"), bytes(RecordKind::Image, "images/../../etc/passwd"), RecordError::Empty("image")),
            (at("images"), bytes(RecordKind::Image, "lyrics/x.png"), RecordError::Empty("image")),
        ] {
            assert_eq!(Record::read_at(&file, &bytes).unwrap_err(), why, "{file}");
        }
        let image = bytes(RecordKind::Image, &format!("images/{HASH}.png"));
        assert_eq!(Record::read_at(&at("images"), &image).unwrap().0, RecordKind::Image);
        let newer = String::from_utf8(lyrics).unwrap().replace("\"version\":1", "\"version\":2");
        assert_eq!(Record::read_at(&at("lyrics"), newer.as_bytes()).unwrap_err(), RecordError::Version(2));
        assert!(matches!(Record::read_at(&at("lyrics"), b"{\"ver"), Err(RecordError::Form(_))));
    }
}
