//! LRCLIB, asked.

use std::rc::Rc;

use vj_core::At;
use vj_core::playback::Track;
use vj_env::Clock;
use vj_lyrics::limits::LRCLIB_ANSWER_BYTES_MAX;
use vj_lyrics::matching::{AnswerError, Candidate, Query};

use super::ask::{ask, get};
use super::limits::LRCLIB_TIMEOUT;
use super::turnstile::{Closed, Turnstile};
use super::url::url;
use crate::ports::Web;

/// The lengths that it takes, in seconds: it refuses the whole question for another.
const DURATION_SEC: std::ops::RangeInclusive<u64> = 1..=3_600;

/// Why it has nothing to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nobody wants to know any more.
    Unwanted,
    /// It does not understand the question; another one may do.
    Refused(String),
    /// It fails, or wants its rest: come back then.
    Later(String, At),
}

/// The service.
pub(super) struct Lrclib {
    web: Rc<dyn Web>,
    clock: Clock,
    pub(super) gate: Turnstile,
}

impl Lrclib {
    pub(super) fn new(web: Rc<dyn Web>, clock: Clock) -> Self {
        let gate = Turnstile::new(clock.clone());
        Self { web, clock, gate }
    }

    /// The track of this name and length; at most one.
    pub(super) async fn get(
        &self,
        base: &str,
        track: &Track,
        query: &Query,
        is_wanted: Option<&dyn Fn() -> bool>,
    ) -> Result<Vec<Candidate>, Trouble> {
        let duration = track.known_duration().map(|it| it.as_secs_f64().round() as u64);
        let duration = duration.filter(|sec| DURATION_SEC.contains(sec)).map(|sec| sec.to_string());
        let mut parameters =
            vec![("artist_name", query.artist.as_str()), ("track_name", query.title.as_str())];
        if !track.album.is_empty() {
            parameters.push(("album_name", &track.album));
        }
        if let Some(duration) = &duration {
            parameters.push(("duration", duration));
        }
        self.ask(url(base, "/api/get", &parameters), is_wanted).await
    }

    /// Tracks of this name.
    pub(super) async fn search(
        &self,
        base: &str,
        query: &Query,
        is_wanted: Option<&dyn Fn() -> bool>,
    ) -> Result<Vec<Candidate>, Trouble> {
        let parameters = [("track_name", query.title.as_str()), ("artist_name", query.first_artist.as_str())];
        self.ask(url(base, "/api/search", &parameters), is_wanted).await
    }

    async fn ask(
        &self,
        url: String,
        is_wanted: Option<&dyn Fn() -> bool>,
    ) -> Result<Vec<Candidate>, Trouble> {
        self.gate.pass(is_wanted).await.map_err(|closed| match closed {
            Closed::Unwanted => Trouble::Unwanted,
            Closed::Until(at) => {
                let why = self.gate.trouble().unwrap_or_else(|| "too many questions wait for it".to_owned());
                Trouble::Later(why, at)
            }
        })?;
        let request = get(url, LRCLIB_TIMEOUT, LRCLIB_ANSWER_BYTES_MAX);
        let answer = ask(&*self.web, &self.clock, request).await;
        let fails = |why: String, retry_after| {
            let at = self.gate.failed(retry_after, &why);
            Trouble::Later(why, at)
        };
        let answer = answer.map_err(|failure| fails(failure.to_string(), None))?;
        match (answer.status, Candidate::read(&answer.body)) {
            (200, Ok(candidates)) => {
                self.gate.answered();
                Ok(candidates)
            }
            (404, Err(error)) if error.is_not_found() => {
                self.gate.answered();
                Ok(Vec::new())
            }
            (400, Err(error @ AnswerError::Said { .. })) => {
                self.gate.answered();
                Err(Trouble::Refused(error.to_string()))
            }
            (200, Err(error)) => Err(fails(error.to_string(), None)),
            (429, _) => Err(fails("it asks for rest".to_owned(), answer.retry_after)),
            (status, _) => Err(fails(format!("it answers with status {status}"), answer.retry_after)),
        }
    }
}
