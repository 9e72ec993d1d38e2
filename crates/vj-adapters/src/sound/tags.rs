//! What a sound file says of itself: ID3, Vorbis comments, iTunes atoms, RIFF INFO.

use std::path::Path;

use symphonia::core::errors::Error;
use symphonia::core::meta::{MetadataRevision, StandardTag};
use vj_workers::ports::AudioError;

use super::codec_stream::{guarded, probe};

/// A tag is cut after so many characters: some files carry whole books.
const CHARS_MAX: usize = 300;

/// Lyrics are longer; more than this is none.
const LYRICS_CHARS_MAX: usize = 100_000;

/// What a sound file says of itself; empty or none where it does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags {
    /// Whose it is; that of the album where the track does not say.
    pub artist: String,
    /// Its name.
    pub title: String,
    /// Its album.
    pub album: String,
    /// Which disc of the album it is on.
    pub disc: Option<u64>,
    /// Which track of the disc it is.
    pub track: Option<u64>,
    /// Its words, often as LRC.
    pub lyrics: Option<String>,
}

impl Tags {
    /// Reads the tags of a file; a file that has none gives empty ones.
    ///
    /// # Errors
    /// It cannot be read, or it is no sound file.
    pub fn read(path: &Path) -> Result<Self, AudioError> {
        let mut reader = probe(path)?;
        let mut tags = Self::default();
        let mut album_artist = String::new();
        // What a broken tag says is as good as nothing.
        let read = guarded(|| {
            let mut metadata = reader.metadata();
            // ID3 stands before a container with tags of its own: the newer ones count, and the older ones where those are silent.
            while let Some(revision) = metadata.pop() {
                tags.add(&revision, &mut album_artist);
            }
            if let Some(revision) = metadata.current() {
                tags.add(revision, &mut album_artist);
            }
            Ok::<_, Error>(())
        });
        if read.is_ok() && tags.artist.is_empty() {
            tags.artist = album_artist;
        }
        Ok(tags)
    }

    fn add(&mut self, revision: &MetadataRevision, album_artist: &mut String) {
        let per_track = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
        for tag in revision.media.tags.iter().chain(per_track).filter_map(|tag| tag.std.as_ref()) {
            match tag {
                StandardTag::Artist(text) => self.artist = clipped(text, CHARS_MAX),
                StandardTag::AlbumArtist(text) => *album_artist = clipped(text, CHARS_MAX),
                StandardTag::TrackTitle(text) => self.title = clipped(text, CHARS_MAX),
                StandardTag::Album(text) => self.album = clipped(text, CHARS_MAX),
                StandardTag::DiscNumber(number) => self.disc = Some(*number),
                StandardTag::TrackNumber(number) => self.track = Some(*number),
                StandardTag::Lyrics(text) => self.lyrics = Some(clipped(text, LYRICS_CHARS_MAX)),
                _ => {}
            }
        }
    }
}

fn clipped(text: &str, chars_max: usize) -> String {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    trimmed.char_indices().nth(chars_max).map_or(trimmed, |(end, _)| &trimmed[..end]).to_owned()
}
