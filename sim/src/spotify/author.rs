//! Draws a tape: a night on which everything happens that is known of the service.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::tape::{Event, Grants, Progress, Song, SongKind, Tape, Way};

/// What may happen. The names are the words of the report.
pub const SITUATIONS: &[&str] = &[
    "a track ends and the next begins",
    "two tracks are skipped at once",
    "paused, and on again",
    "a jump within the track",
    "nothing plays",
    "an advertisement",
    "a podcast",
    "a file of the user's own",
    "no position",
    "always position 0",
    "an old answer after a skip",
    "paused, and the service says it plays",
    "204 in the middle of a track",
    "a track is over and the service counts on",
    "5xx",
    "a page of some proxy",
    "a body that breaks off",
    "connections that are reset",
    "no answer at all",
    "an answer in drops",
    "a limit",
    "the quota is used up",
    "the access token expires",
    "the refresh token is exchanged",
    "a good sign-in is refused once",
    "the accounts service is down",
];

/// What may happen at the end of a night.
pub const LAST_SITUATION: &str = "the sign-in ends";

const WORDS: [&str; 12] = [
    "Sæglópur",
    "North Sea",
    "北の海",
    "Für Elise – Live",
    "Señorita (Club Mix)",
    "Undertow",
    "L'Été",
    "Rock & Roll",
    "Low Water",
    "Ferry",
    "Naïve",
    "Kilo \u{1f30a}",
];

/// Somebody who draws tapes.
pub struct Author<'a> {
    rng: &'a mut Pcg64,
    /// Between two questions.
    poll_sec: f64,
    t: f64,
    songs: u32,
    lines: Vec<(f64, Event)>,
    seen: Vec<&'static str>,
}

impl<'a> Author<'a> {
    /// A tape whose first song begins at `begins_sec`, for a monitor that asks every `poll_sec`.
    pub fn new(rng: &'a mut Pcg64, begins_sec: f64, poll_sec: f64) -> Self {
        let mut author = Self { rng, poll_sec, t: begins_sec, songs: 0, lines: Vec::new(), seen: Vec::new() };
        author.play(SongKind::Track);
        author.wait(12.0);
        author
    }

    /// Situations, one after the other, until `end_sec`.
    #[must_use]
    pub fn write_until(mut self, end_sec: f64) -> (Tape, Vec<&'static str>) {
        // Each rest makes the round longer; what does not fit any more is left.
        while self.t < end_sec {
            let situation = SITUATIONS[self.rng.random_range(0..SITUATIONS.len())];
            self.seen.push(situation);
            self.happens(situation);
            let clean = self.rng.random_range(12.0..22.0);
            self.wait(clean);
        }
        if self.rng.random_bool(0.3) {
            self.seen.push(LAST_SITUATION);
            self.event(Event::Grants(Grants::Refused));
            self.event(Event::Expire);
            self.wait(10.0);
        }
        (Tape::of(self.lines), self.seen)
    }

    /// In questions of the monitor.
    fn wait(&mut self, polls: f64) {
        self.t += polls * self.poll_sec;
    }

    fn event(&mut self, event: Event) {
        self.lines.push((self.t, event));
    }

    fn song(&mut self, kind: SongKind) -> Song {
        self.songs += 1;
        let word = WORDS[self.rng.random_range(0..WORDS.len())];
        let at_sec = if self.rng.random_bool(0.3) { self.rng.random_range(1.0..30.0) } else { 0.0 };
        Song {
            artist: format!("Lena Vale {}", self.rng.random_range(1..5)),
            title: format!("{word} {}", self.songs),
            album: if kind == SongKind::Track { "Slow Tide".to_owned() } else { String::new() },
            duration_sec: self.rng.random_range(3_000.0_f64..4_000.0).round(),
            at_sec,
            kind,
        }
    }

    fn play(&mut self, kind: SongKind) {
        let song = self.song(kind);
        self.event(Event::Play(song));
    }

    fn answers(&mut self, way: Way) {
        self.event(Event::Answers(way));
    }

    /// For some questions the service answers so, and a song begins meanwhile or before.
    fn for_a_while(&mut self, way: Way) {
        let polls = self.rng.random_range(1.0..5.0);
        let skip_at = self.rng.random_range(0.0..polls);
        let skips = self.rng.random_bool(0.5);
        self.answers(way);
        self.wait(skip_at);
        if skips {
            self.play(SongKind::Track);
        }
        self.wait(polls - skip_at);
        self.answers(Way::Well);
    }

    fn happens(&mut self, situation: &'static str) {
        match situation {
            "a track ends and the next begins" => {
                let polls = self.rng.random_range(6.0..9.0);
                let mut song = self.song(SongKind::Track);
                (song.duration_sec, song.at_sec) = (polls * self.poll_sec, 0.0);
                self.event(Event::Play(song));
                self.wait(polls);
                self.play(SongKind::Track);
            }
            "two tracks are skipped at once" => {
                self.play(SongKind::Track);
                self.t += 0.1;
                self.play(SongKind::Track);
            }
            "paused, and on again" => {
                self.event(Event::Pause);
                let polls = self.rng.random_range(1.0..9.0);
                self.wait(polls);
                self.event(Event::Resume);
            }
            "a jump within the track" => {
                let sec = self.rng.random_range(0.0..2_000.0);
                self.event(Event::Seek(sec));
            }
            "nothing plays" => self.instead(Event::Stop),
            "an advertisement" => self.instead(Event::Ad),
            "a podcast" => self.play(SongKind::Episode),
            "a file of the user's own" => self.play(SongKind::Local),
            "no position" => self.progress(Progress::Null),
            "always position 0" => self.progress(Progress::Zero),
            "an old answer after a skip" => {
                self.answers(Way::Stale);
                self.t += 0.05;
                self.play(SongKind::Track);
                let polls = self.rng.random_range(0.5..3.5);
                self.wait(polls);
                self.answers(Way::Well);
            }
            "paused, and the service says it plays" => {
                self.answers(Way::Stale);
                self.event(Event::Pause);
                self.wait(8.0);
                self.answers(Way::Well);
                self.event(Event::Resume);
            }
            "204 in the middle of a track" => {
                // Longer, and it would be an end.
                self.answers(Way::Empty);
                let sec = self.rng.random_range(0.5..3.5);
                self.t += sec;
                self.answers(Way::Well);
            }
            "a track is over and the service counts on" => {
                let mut song = self.song(SongKind::Track);
                (song.duration_sec, song.at_sec) = (4.0 * self.poll_sec, 0.0);
                self.event(Event::Play(song));
                self.wait(4.0);
                self.t += 12.0;
                self.wait(12.0);
                self.play(SongKind::Track);
            }
            "5xx" => {
                let status = [500, 502, 503, 504][self.rng.random_range(0..4)];
                self.for_a_while(Way::Status(status));
            }
            "a page of some proxy" => self.for_a_while(Way::Page),
            "a body that breaks off" => self.for_a_while(Way::Cut),
            "connections that are reset" => self.for_a_while(Way::Reset),
            "no answer at all" => self.for_a_while(Way::Stall),
            "an answer in drops" => self.for_a_while(Way::Trickle),
            "a limit" | "the quota is used up" => {
                let sec = [3.0, 5.0, 11.0][self.rng.random_range(0..3)];
                self.event(if situation == "a limit" { Event::Limit(sec) } else { Event::Quota(sec) });
                let skip_at = self.rng.random_range(0.0..sec);
                self.t += skip_at;
                self.play(SongKind::Track);
                self.t += sec - skip_at;
            }
            "the access token expires" => self.event(Event::Expire),
            "the refresh token is exchanged" => self.renewed(Grants::Rotated, 3.0),
            "a good sign-in is refused once" => self.renewed(Grants::RefusedOnce, 6.0),
            "the accounts service is down" => self.renewed(Grants::Down, 3.0),
            other => unreachable!("nobody knows how {other} goes"),
        }
    }

    fn instead(&mut self, event: Event) {
        self.event(event);
        self.t += 5.0;
        let polls = self.rng.random_range(3.0..8.0);
        self.wait(polls);
        self.play(SongKind::Track);
    }

    fn progress(&mut self, progress: Progress) {
        self.event(Event::Progress(progress));
        self.wait(3.0);
        self.play(SongKind::Track);
        self.wait(8.0);
        self.event(Event::Progress(Progress::Real));
    }

    fn renewed(&mut self, grants: Grants, polls: f64) {
        self.event(Event::Grants(grants));
        self.event(Event::Expire);
        self.wait(polls);
        self.event(Event::Grants(Grants::Kept));
    }
}
