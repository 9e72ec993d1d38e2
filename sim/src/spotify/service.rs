//! How the service is at any moment of its tape, and what it answers then.

use vj_workers::playback::{Said, SaidKind, SaidPlayback};

use super::tape::{Event, Grants, Progress, Song, SongKind, Tape, Way};

/// A question to the service, for the checkers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// When, in seconds of the tape.
    pub at_sec: f64,
    /// Whether it was for a token, and not for what plays.
    pub for_token: bool,
    /// Whether the refresh token was the one that is good.
    pub with_good_token: bool,
}

/// What is playing now.
#[derive(Debug, Clone, PartialEq)]
pub struct Now {
    /// The song; none for an advertisement and for what is unknown.
    pub song: Option<Song>,
    /// Whether it is an advertisement.
    pub is_ad: bool,
    /// Whether it runs.
    pub is_playing: bool,
    /// Where in it, if the service says.
    pub at_sec: Option<f64>,
}

/// An answer to the question what is playing.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// This, or nothing, in this manner.
    Playing(Option<Now>, Manner),
    /// Not for so many seconds.
    Limited {
        /// How long it still lasts.
        sec: u64,
        /// Whether it is the account's quota.
        is_quota: bool,
    },
    /// This status.
    Status(u16),
    /// The owner of the app has no Premium.
    NoPremium,
    /// The access token is good no more.
    Unauthorized,
}

/// How an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Whole.
    Whole,
    /// Whole, in drops.
    Trickled,
    /// Only its first half.
    Cut,
    /// A page of some proxy in its place.
    Page,
    /// Not at all: the connection is closed.
    Reset,
    /// Not at all: nothing comes.
    Stalled,
}

impl Manner {
    /// Whether the answer can be understood.
    #[must_use]
    pub fn arrives(self) -> bool {
        matches!(self, Self::Whole | Self::Trickled)
    }
}

/// An answer to the wish for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// A fresh access token, and perhaps a refresh token that takes the place of the old one.
    Tokens {
        /// Good until the next [`Event::Expire`].
        access: String,
        /// None: the old one stays good.
        refresh: Option<String>,
    },
    /// `invalid_grant`.
    Invalid,
    /// 503.
    Down,
}

/// The service.
#[derive(Debug, Clone)]
pub struct Service {
    tape: Tape,
    /// Lines of the tape that have happened.
    played: usize,
    now: Option<Now>,
    /// When `now` was so; a song that runs has gone on since.
    since_sec: f64,
    progress: Progress,
    way: Way,
    /// What a stale service shows.
    kept: Option<Now>,
    limited_until_sec: f64,
    is_quota: bool,
    grants: Grants,
    /// Generations of access tokens and of refresh tokens.
    access: u32,
    refresh: u32,
    asked: Vec<Asked>,
}

impl Service {
    /// The service at the start of its tape.
    #[must_use]
    pub fn new(tape: Tape) -> Self {
        Self {
            tape,
            played: 0,
            now: None,
            since_sec: 0.0,
            progress: Progress::Real,
            way: Way::Well,
            kept: None,
            limited_until_sec: 0.0,
            is_quota: false,
            grants: Grants::Kept,
            access: 1,
            refresh: 1,
            asked: Vec::new(),
        }
    }

    /// Back to the start of the tape. Who is signed in stays so.
    pub fn rewind(&mut self) {
        let fresh = Self::new(self.tape.clone());
        let asked = std::mem::take(&mut self.asked);
        *self = Self { access: self.access, refresh: self.refresh, asked, ..fresh };
    }

    /// Every question so far.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// The access token that is good now.
    #[must_use]
    pub fn access_token(&self) -> String {
        format!("access-{}", self.access)
    }

    /// The refresh token that is good now.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        format!("refresh-{}", self.refresh)
    }

    /// Somebody asks what is playing, with this access token.
    pub fn say(&mut self, at_sec: f64, access_token: &str) -> Says {
        self.play_to(at_sec);
        self.asked.push(Asked { at_sec, for_token: false, with_good_token: true });
        if access_token != self.access_token() {
            return Says::Unauthorized;
        }
        if at_sec < self.limited_until_sec {
            let sec = (self.limited_until_sec - at_sec).ceil() as u64;
            return Says::Limited { sec, is_quota: self.is_quota };
        }
        match self.way {
            Way::Well => Says::Playing(self.seen(at_sec), Manner::Whole),
            Way::Trickle => Says::Playing(self.seen(at_sec), Manner::Trickled),
            Way::Cut => Says::Playing(self.seen(at_sec), Manner::Cut),
            Way::Page => Says::Playing(None, Manner::Page),
            Way::Reset => Says::Playing(None, Manner::Reset),
            Way::Stall => Says::Playing(None, Manner::Stalled),
            Way::Stale => Says::Playing(self.kept.clone(), Manner::Whole),
            Way::Empty => Says::Playing(None, Manner::Whole),
            Way::Status(status) => Says::Status(status),
            Way::NoPremium => Says::NoPremium,
        }
    }

    /// Somebody wants a fresh access token for this refresh token.
    pub fn grant(&mut self, at_sec: f64, refresh_token: &str) -> Granted {
        self.play_to(at_sec);
        let with_good_token = refresh_token == self.refresh_token();
        self.asked.push(Asked { at_sec, for_token: true, with_good_token });
        match self.grants {
            Grants::Down => return Granted::Down,
            Grants::Refused => return Granted::Invalid,
            Grants::RefusedOnce => {
                self.grants = Grants::Kept;
                return Granted::Invalid;
            }
            Grants::Kept | Grants::Rotated if refresh_token != self.refresh_token() => {
                return Granted::Invalid;
            }
            Grants::Kept => {}
            Grants::Rotated => self.refresh += 1,
        }
        self.access += 1;
        let refresh = (self.grants == Grants::Rotated).then(|| self.refresh_token());
        Granted::Tokens { access: self.access_token(), refresh }
    }

    fn play_to(&mut self, at_sec: f64) {
        while let Some((t, event)) = self.tape.lines().get(self.played).filter(|(t, _)| *t <= at_sec).cloned()
        {
            self.played += 1;
            self.happen(t, event);
        }
    }

    fn happen(&mut self, t: f64, event: Event) {
        let running = self.running(t);
        let (song_at, at) = (|now: &Now| now.at_sec.unwrap_or_default(), running.as_ref());
        match event {
            Event::Play(song) => {
                let at_sec = Some(song.at_sec);
                self.set(t, Some(Now { song: Some(song), is_ad: false, is_playing: true, at_sec }));
            }
            Event::Pause | Event::Resume => {
                let is_playing = event == Event::Resume;
                self.set(t, at.map(|now| Now { is_playing, at_sec: Some(song_at(now)), ..now.clone() }));
            }
            Event::Seek(sec) => self.set(t, at.map(|now| Now { at_sec: Some(sec), ..now.clone() })),
            Event::Stop => self.set(t, None),
            Event::Ad | Event::Unknown => {
                let is_ad = event == Event::Ad;
                self.set(t, Some(Now { song: None, is_ad, is_playing: true, at_sec: Some(0.0) }));
            }
            Event::Progress(progress) => self.progress = progress,
            Event::Answers(way) => {
                self.kept = self.seen(t);
                self.way = way;
            }
            Event::Limit(sec) | Event::Quota(sec) => {
                self.limited_until_sec = t + sec;
                self.is_quota = matches!(event, Event::Quota(_));
            }
            Event::Expire => self.access += 1,
            Event::Grants(grants) => self.grants = grants,
            Event::Said(said) => self.say_as_then(t, said),
        }
    }

    /// As on the night of a recording; the words of a failure are the adapter's, and only its kind can be had again.
    fn say_as_then(&mut self, t: f64, said: Said) {
        (self.way, self.limited_until_sec) = (Way::Well, t);
        match said {
            Said::Plays(SaidPlayback { track, position_sec, is_playing, kind, .. }) => {
                let is_ad = kind == SaidKind::Ad;
                let song = track.map(|track| Song {
                    artist: track.artist,
                    title: track.title,
                    album: track.album,
                    duration_sec: track.duration_sec,
                    at_sec: 0.0,
                    kind: match kind {
                        SaidKind::Local => SongKind::Local,
                        SaidKind::Podcast => SongKind::Episode,
                        _ => SongKind::Track,
                    },
                });
                let is_anything = song.is_some() || is_ad || is_playing;
                self.progress = if position_sec.is_some() { Progress::Real } else { Progress::Null };
                let at_sec = Some(position_sec.unwrap_or_default());
                self.set(t, is_anything.then_some(Now { song, is_ad, is_playing, at_sec }));
            }
            Said::RetryAfter { wait_sec, .. } => self.limited_until_sec = t + wait_sec,
            Said::Failed(_) => self.way = Way::Reset,
            Said::SignInNeeded(_) => self.way = Way::NoPremium,
            Said::NotConfigured(_) => self.set(t, None),
        }
    }

    fn set(&mut self, t: f64, now: Option<Now>) {
        (self.now, self.since_sec) = (now, t);
    }

    /// What runs at `t`. A song that is over runs on: so does the service's count, for hours.
    fn running(&self, t: f64) -> Option<Now> {
        let mut now = self.now.clone()?;
        if now.is_playing {
            now.at_sec = now.at_sec.map(|sec| sec + t - self.since_sec);
        }
        Some(now)
    }

    /// The same as the service tells it.
    fn seen(&self, t: f64) -> Option<Now> {
        let mut now = self.running(t)?;
        now.at_sec = match self.progress {
            Progress::Real => now.at_sec,
            Progress::Null => None,
            Progress::Zero => Some(0.0),
        };
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAPE: &str = r#"{"t": 0, "spotify": {"play": {"artist": "A", "title": "One", "duration_sec": 100}}}
        {"t": 10, "spotify": "pause"}
        {"t": 15, "spotify": "resume"}
        {"t": 20, "spotify": {"seek": 90}}
        {"t": 30, "spotify": {"answers": "stale"}}
        {"t": 31, "spotify": {"play": {"artist": "B", "title": "Two", "duration_sec": 50}}}
        {"t": 40, "spotify": {"answers": "well"}}
        {"t": 50, "spotify": {"limit": 11}}
        {"t": 70, "spotify": "expire"}
        {"t": 80, "spotify": {"grants": "rotated"}}"#;

    fn place(says: Says) -> (String, bool, f64) {
        match says {
            Says::Playing(
                Some(Now { song: Some(song), is_playing, at_sec: Some(at_sec), .. }),
                Manner::Whole,
            ) => (song.title, is_playing, at_sec),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_plays_its_tape() {
        let mut service = Service::new(Tape::parse(TAPE).unwrap());
        for (t, title, is_playing, at_sec) in [
            (4.0, "One", true, 4.0),
            (12.0, "One", false, 10.0),
            (17.0, "One", true, 12.0),
            (25.0, "One", true, 95.0),
            // Still the old song, where it was.
            (35.0, "One", true, 100.0),
            (41.0, "Two", true, 10.0),
        ] {
            assert_eq!(place(service.say(t, "access-1")), (title.to_owned(), is_playing, at_sec), "{t}");
        }
        assert_eq!(service.say(50.5, "access-1"), Says::Limited { sec: 11, is_quota: false });
        assert_eq!(place(service.say(61.0, "access-1")).2, 30.0);
        assert_eq!(service.say(71.0, "access-1"), Says::Unauthorized);
        let tokens = |access: &str, refresh: Option<&str>| Granted::Tokens {
            access: access.to_owned(),
            refresh: refresh.map(str::to_owned),
        };
        assert_eq!(service.grant(72.0, "refresh-1"), tokens("access-3", None));
        assert_eq!(service.grant(81.0, "refresh-1"), tokens("access-4", Some("refresh-2")));
        assert_eq!(service.grant(82.0, "refresh-1"), Granted::Invalid);
        assert_eq!(service.asked().len(), 12);
        let lost: Vec<_> =
            service.asked().iter().filter(|it| !it.with_good_token).map(|it| it.at_sec).collect();
        assert_eq!(lost, [82.0]);
    }
}
