//! The lyrics of one song: from the cache, else from LRCLIB.

use std::rc::Rc;

use vj_core::At;
use vj_core::playback::Track;
use vj_lyrics::lrc::Lyrics;
use vj_lyrics::matching::{Candidate, Query, best};
use vj_lyrics::song::SongKey;

use super::cache::{Cache, Entry, Known};
use super::lrclib::{Lrclib, Trouble};
use super::steps::{Ended, Steps};

/// What is looked for.
pub(super) struct Lookup {
    pub(super) track: Track,
    pub(super) key: SongKey,
    /// LRCLIB's address.
    pub(super) base: String,
    /// Somebody asks again though it was not found before.
    pub(super) is_asked_again: bool,
    pub(super) steps: Rc<Steps>,
    /// Whether the song still plays: no further question is asked else. None: it does not, and there is no hurry.
    pub(super) is_wanted: Option<Rc<dyn Fn() -> bool>>,
    pub(super) cache: Cache,
    pub(super) lrclib: Rc<Lrclib>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    Lyrics(Lyrics),
    /// There are none: why.
    Nothing(String),
    /// It is not known: why, and when to try again.
    Failed(String, Option<At>),
    /// Nobody wanted to know any more.
    GivenUp,
}

/// What was found, and where.
pub(super) struct Looked {
    pub(super) found: Found,
    pub(super) is_from_cache: bool,
    /// To be kept.
    pub(super) entry: Option<Entry>,
}

impl Lookup {
    pub(super) async fn run(self) -> Looked {
        self.steps.begin("cache");
        let known = self.cache.lyrics(&self.key).await;
        match known {
            Some(Known::Lyrics(lyrics)) => {
                self.steps.end("cache", Ended::Done, kind(&lyrics));
                return Looked { found: Found::Lyrics(lyrics), is_from_cache: true, entry: None };
            }
            Some(Known::NotFound(why)) if !self.is_asked_again => {
                self.steps.end("cache", Ended::Done, "not found within the last 24 h");
                return Looked { found: Found::Nothing(why), is_from_cache: true, entry: None };
            }
            _ => self.steps.end("cache", Ended::Skipped, "not in it"),
        }
        let query = Query::new(&self.track);
        if !query.is_complete() {
            let found = Found::Nothing("the player does not say artist and title".to_owned());
            return Looked { found, is_from_cache: false, entry: None };
        }
        self.ask(&query).await
    }

    async fn ask(&self, query: &Query) -> Looked {
        let is_wanted = self.is_wanted.as_deref();
        self.steps.begin("lrclib_get");
        let got = self.lrclib.get(&self.base, &self.track, query, is_wanted).await;
        let (mut candidates, refused) = match got {
            Ok(candidates) => (candidates, None),
            Err(Trouble::Refused(why)) => (Vec::new(), Some(why)),
            Err(trouble) => return self.gives_up("lrclib_get", trouble),
        };
        match (best(&candidates, &self.track).ok().and_then(Candidate::lyrics), &refused) {
            (Some(Lyrics::Plain(_)), _) => self.steps.end("lrclib_get", Ended::Done, "plain"),
            (Some(lyrics), _) => {
                self.steps.end("lrclib_get", Ended::Done, kind(&lyrics));
                return self.found(lyrics);
            }
            (None, Some(why)) => self.steps.end("lrclib_get", Ended::Failed, why.clone()),
            (None, None) => self.steps.end("lrclib_get", Ended::Done, "nothing that is the song"),
        }
        self.steps.begin("lrclib_search");
        match self.lrclib.search(&self.base, query, is_wanted).await {
            Ok(more) => candidates.extend(more),
            Err(trouble) => {
                // Plain lyrics are there already; that they are all there is was not said, so they are not kept.
                if let Some(lyrics) = best(&candidates, &self.track).ok().and_then(Candidate::lyrics) {
                    self.steps.end("lrclib_search", Ended::Failed, said(&trouble));
                    return Looked { found: Found::Lyrics(lyrics), is_from_cache: false, entry: None };
                }
                return self.gives_up("lrclib_search", trouble);
            }
        }
        let chosen = best(&candidates, &self.track);
        match chosen.map(Candidate::lyrics) {
            Ok(Some(lyrics)) => {
                self.steps.end("lrclib_search", Ended::Done, kind(&lyrics));
                self.found(lyrics)
            }
            refusal => {
                let why = refusal.err().map_or_else(|| "it holds no lyrics".to_owned(), |it| it.to_string());
                self.steps.end("lrclib_search", Ended::Done, why.clone());
                let known = Known::NotFound(why.clone());
                let entry = Some(self.cache.lyrics_entry(&self.key, &self.track, &known));
                Looked { found: Found::Nothing(why), is_from_cache: false, entry }
            }
        }
    }

    fn found(&self, lyrics: Lyrics) -> Looked {
        let known = Known::Lyrics(lyrics.clone());
        let entry = Some(self.cache.lyrics_entry(&self.key, &self.track, &known));
        Looked { found: Found::Lyrics(lyrics), is_from_cache: false, entry }
    }

    fn gives_up(&self, step: &'static str, trouble: Trouble) -> Looked {
        self.steps.end(step, Ended::Failed, said(&trouble));
        let found = match trouble {
            Trouble::Unwanted => Found::GivenUp,
            Trouble::Refused(why) => Found::Failed(format!("LRCLIB does not take the question: {why}"), None),
            Trouble::Later(why, at) => Found::Failed(format!("LRCLIB: {why}"), Some(at)),
        };
        Looked { found, is_from_cache: false, entry: None }
    }
}

fn said(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unwanted => "given up for a newer song".to_owned(),
        Trouble::Refused(why) | Trouble::Later(why, _) => why.clone(),
    }
}

/// What lyrics are, in a word.
pub(super) fn kind(lyrics: &Lyrics) -> &'static str {
    match lyrics {
        Lyrics::Synced(_) => "synced",
        Lyrics::Plain(_) => "plain",
        Lyrics::Instrumental => "instrumental",
    }
}
