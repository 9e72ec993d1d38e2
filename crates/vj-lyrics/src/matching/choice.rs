//! The choice among candidates.

use std::cmp::Reverse;

use vj_core::playback::Track;

use super::title::Likeness;
use super::{Artist, Candidate, Title, album, read_names};
use crate::limits::CANDIDATES_MAX;
use crate::lrc::{Line, Lyrics};
use crate::words::fold;

/// Lengths of one recording differ by at most this; it is LRCLIB's own tolerance.
pub const SAME_DURATION_SEC: f64 = 2.0;

/// Lyrics that go on for longer than this after the end of the track are another version's.
const AFTER_THE_END_SEC: f64 = 5.0;

/// Why no candidate was chosen. In the order in which they are looked at: a later one was closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// There was nothing to choose from.
    #[error("no lyrics were offered")]
    Nothing,
    /// Other songs.
    #[error("only other songs were offered")]
    Title,
    /// The song's name, but by others.
    #[error("only songs of that name by other artists were offered")]
    Artist,
    /// A remix, live, acoustic or instrumental version of it, or the other way round.
    #[error("only other versions of the song were offered")]
    Version,
    /// It is longer or shorter.
    #[error("only recordings of another length were offered")]
    Duration,
    /// It is nearly the same, but without a length nothing says that it is.
    #[error("songs like it were offered, but without a length none is sure")]
    Unsure,
    /// Its lines go on after the track's end.
    #[error("the lyrics that were offered are timed for a longer recording")]
    Timing,
    /// It is the song, but what stands there are no lyrics.
    #[error("what was offered for the song holds no lyrics")]
    NoLyrics,
}

/// The candidate that is the song, with the best lyrics: synced before plain, then the closest.
///
/// # Errors
///
/// Why not even the closest one is.
pub fn best<'c>(candidates: &'c [Candidate], wanted: &Track) -> Result<&'c Candidate, Refusal> {
    let wanted = Wanted::new(wanted);
    let mut chosen: Option<(Rank, &Candidate)> = None;
    let mut refusal = Refusal::Nothing;
    for candidate in candidates.iter().take(CANDIDATES_MAX) {
        match wanted.judge(candidate) {
            Ok(rank) if chosen.as_ref().is_none_or(|(best, _)| rank > *best) => {
                chosen = Some((rank, candidate));
            }
            Ok(_) => {}
            Err(reason) => refusal = refusal.max(reason),
        }
    }
    chosen.map(|(_, candidate)| candidate).ok_or(refusal)
}

/// What makes one candidate better than another, the most important first. Of equals the first one stays, as the
/// service offers the best first.
type Rank = (u8, Likeness, Likeness, bool, Reverse<u64>);

/// What is looked for, taken apart once.
struct Wanted<'t> {
    track: &'t Track,
    title: Title,
    artist: Artist,
}

impl<'t> Wanted<'t> {
    fn new(track: &'t Track) -> Self {
        let (artist, title) = read_names(&track.artist, &track.title);
        Self { track, title, artist }
    }

    fn judge(&self, candidate: &Candidate) -> Result<Rank, Refusal> {
        let (artist, title) = read_names(&candidate.artist, &candidate.title);
        let is_written_out = Title::is_same_written_out(&self.track.title, &candidate.title);
        let title_likeness = if is_written_out { Likeness::Same } else { self.title.likeness(&title) };
        if title_likeness == Likeness::Different {
            return Err(Refusal::Title);
        }
        let artist_likeness = self.artist.likeness(&artist);
        if artist_likeness == Likeness::Different {
            return Err(Refusal::Artist);
        }
        let wanted_sec = self.track.known_duration().map(|duration| duration.as_secs_f64());
        let off_sec = wanted_sec.zip(candidate.duration_sec).map(|(wanted, found)| (wanted - found).abs());
        let is_length_sure = off_sec.is_some_and(|off| off <= SAME_DURATION_SEC + 1e-6);
        if !is_written_out && !self.title.is_same_version(&title, is_length_sure)
            || self.is_only_one_live(&title, candidate)
        {
            return Err(Refusal::Version);
        }
        if off_sec.is_some() && !is_length_sure {
            return Err(Refusal::Duration);
        }
        if !is_length_sure && title_likeness.min(artist_likeness) == Likeness::Close {
            return Err(Refusal::Unsure);
        }
        let kind = match candidate.lyrics().ok_or(Refusal::NoLyrics)? {
            Lyrics::Synced(lines) => {
                let last_sec = lines.iter().rev().find(|line| !line.is_pause()).map_or(0.0, Line::time_sec);
                if wanted_sec.is_some_and(|wanted| last_sec > wanted + AFTER_THE_END_SEC) {
                    return Err(Refusal::Timing);
                }
                3
            }
            Lyrics::Plain(_) => 2,
            Lyrics::Instrumental => 1,
        };
        let is_same_album = !candidate.album.is_empty() && fold(&candidate.album) == fold(&self.track.album);
        let off_ms = off_sec.map_or(u64::MAX, |off| (off * 1_000.0).round() as u64);
        Ok((kind, title_likeness, artist_likeness, is_same_album, Reverse(off_ms)))
    }

    /// A live album makes a live track of it, even where its title does not say so.
    fn is_only_one_live(&self, title: &Title, candidate: &Candidate) -> bool {
        let is_said = |title: &Title| title.kinds.contains(&super::version::Kind::Live);
        let wanted = is_said(&self.title) || album::is_live(&self.track.album);
        let found = is_said(title) || album::is_live(&candidate.album);
        // Who does not say from which album a track is may have meant either; its title has been compared.
        let are_albums_known = !self.track.album.is_empty() && !candidate.album.is_empty();
        wanted != found && (are_albums_known || found && self.track.known_duration().is_none())
    }
}
