//! The worker's state between two events. Nothing here waits: what takes time is [`Work`] for the loop.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::{Map, Value};
use vj_bus::osc::{Osc, TrackMessage};
use vj_bus::{Board, Ctx, Emitter, Status};
use vj_core::At;
use vj_core::mutants::{self, Mutant};
use vj_core::playback::{Player, Standing, Track};
use vj_env::Env;

use super::analyst::Analyst;
use super::cache::Cache;
use super::ear::Heard;
use super::keys::Config;
use super::lookup::Lookup;
use super::lrclib::Lrclib;
use super::offsets::Offsets;
use super::outbox::Outbox;
use super::painter::Painter;
use super::services::Services;
use super::song::{Search, Song};
use super::steps::Steps;
use super::work::{Done, Kind, Work};
use super::worker::Outside;

/// What is counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// Songs, of whatever source: the number of the last one.
    pub(super) songs: u64,
    pub(super) lookups: u64,
    pub(super) cache_hits: u64,
    /// Answers for a song that was over, which were not shown.
    pub(super) late_answers: u64,
    /// Questions that were given up for a newer song.
    pub(super) given_up: u64,
}

/// See the module.
pub(super) struct Core {
    pub(super) env: Env,
    pub(super) out: Rc<Emitter>,
    pub(super) config: Config,
    pub(super) cache: Cache,
    pub(super) cache_dir: PathBuf,
    pub(super) lrclib: Rc<Lrclib>,
    pub(super) analyst: Rc<Analyst>,
    pub(super) painter: Rc<Painter>,
    pub(super) services: Rc<Services>,
    pub(super) offsets: Offsets,
    pub(super) song: Option<Song>,
    /// Whether it is known if anything plays. Before that the visuals may still show what an earlier life told them.
    is_settled: bool,
    /// Whose monitor told the visuals of a track last, and when: that is what they show.
    on_stage: Option<(Player, f64)>,
    pub(super) outbox: Outbox,
    /// The lookup that counts: each one has a number of its own.
    pub(super) attempt: Rc<Cell<u64>>,
    /// What was said last of a model that is not there.
    pub(super) said_of_model: String,
    /// The categories of which the visuals have a score of this song.
    pub(super) told_moods: Vec<String>,
    /// The `msg_id` of each `fetch_lyrics` under way.
    pub(super) orders: Vec<String>,
    pub(super) counts: Counts,
    pub(super) work: Vec<Work>,
}

impl Core {
    pub(super) fn new(ctx: &Ctx, outside: &Outside, offsets: Offsets) -> Self {
        let (env, web, clock) = (ctx.env.clone(), outside.web.clone(), ctx.env.clock.clone());
        let services = Rc::<Services>::default();
        let key = outside.openai_key.clone();
        let mut core = Self {
            out: ctx.telemetry.clone(),
            config: ctx.board.with_settings(Config::of),
            cache: Cache::new(outside.cache.clone(), clock.clone(), env.log.clone()),
            cache_dir: outside.cache_dir.clone(),
            lrclib: Rc::new(Lrclib::new(web.clone(), clock.clone())),
            analyst: Rc::new(Analyst::new(web.clone(), clock.clone(), key, services.clone())),
            painter: Rc::new(Painter::new(web, clock, outside.read_file.clone(), services.clone())),
            services,
            offsets,
            song: None,
            is_settled: false,
            on_stage: None,
            outbox: Outbox::default(),
            attempt: Rc::default(),
            said_of_model: String::new(),
            told_moods: Vec::new(),
            orders: Vec::new(),
            counts: Counts::default(),
            work: Vec::new(),
            env,
        };
        core.look_around();
        core
    }

    /// What the monitors say now. Nothing counts before both are known to be there or not.
    pub(super) fn listen(&mut self, heard: [(Player, Option<Heard>); 2]) {
        let [(_, Some(_)), (_, Some(_))] = heard else { return };
        // The monitors settle between them who speaks to the visuals; what one of them said last is what these show.
        // Whoever would choose anew here could come to another end for a moment, and sing another song.
        for (player, of_it) in heard.iter().filter_map(|(player, it)| Some((*player, it.as_ref()?))) {
            let (last_player, last) = self.on_stage.unwrap_or((player, 0.0));
            // Two may speak in one moment; the one who still does came last.
            let came_last = player != last_player && of_it.told_at_sec == last && of_it.speaks;
            if of_it.told_at_sec > last || came_last {
                self.on_stage = Some((player, of_it.told_at_sec));
            }
        }
        let Some((player, told_at)) = self.on_stage else { return };
        let on_stage = heard.into_iter().find_map(|(of, it)| it.filter(|_| of == player));
        // One that is gone, or is back and has told nothing yet, or speaks no more: the song goes on by itself. What its
        // player does now nobody has told the visuals.
        let is_there = |it: &Heard| it.standing > Standing::Gone && it.told_at_sec >= told_at && it.speaks;
        let Some(heard) = on_stage.filter(is_there) else { return };
        let was_settled = std::mem::replace(&mut self.is_settled, true);
        match heard.track.clone() {
            Some(track) => self.plays(player, &heard, track),
            None if self.song.as_ref().map_or(!was_settled, |song| song.player.is_some()) => self.leave(),
            None => {}
        }
    }

    fn plays(&mut self, player: Player, heard: &Heard, track: Track) {
        let is_same = self.song.as_ref().is_some_and(|song| {
            let is_another_play = song.play.0 == heard.play.0 && song.play.1 != heard.play.1;
            song.player == Some(player) && song.track.is_same_as(&track) && !is_another_play
        });
        if !is_same {
            self.enter(Some(player), track);
        } else if self.song.as_ref().is_some_and(|song| song.track != track) {
            self.refine(track);
        }
        let Some(song) = &mut self.song else { return };
        if is_same
            && heard.place.is_sought_since(&song.place)
            && let Some(singing) = &mut song.singing
        {
            singing.sought();
        }
        // The monitor has told of the track anew, without lyrics, as it does after a handover.
        let is_told_anew = is_same && song.told_at_sec != heard.told_at_sec;
        (song.place, song.play, song.told_at_sec) = (heard.place, heard.play, heard.told_at_sec);
        if is_told_anew {
            self.tell_track();
        }
    }

    /// Another song from now on: the visuals forget the last one first.
    pub(super) fn enter(&mut self, player: Option<Player>, track: Track) {
        self.begin(player, track);
        self.look_up(false);
    }

    /// The same, but somebody else looks its lyrics up.
    pub(super) fn begin(&mut self, player: Option<Player>, track: Track) {
        self.leave();
        let steps = Rc::new(Steps::new(self.env.clock.clone()));
        let mut song = Song::new(self.counts.songs, player, track, steps);
        song.offset_ms = self.offsets.of(&song.key);
        self.song = Some(song);
    }

    /// Nothing plays any more.
    fn leave(&mut self) {
        self.counts.songs += 1;
        self.song = None;
        // Lookups under way end by themselves, and what they find is kept.
        self.attempt.set(self.attempt.get() + 1);
        self.give_up_extras();
        self.outbox.clear();
        for osc in [Osc::LyricsReset, Osc::RefrainReset, Osc::KeywordsReset, Osc::LineActive(-1)] {
            if !mutants::is_on(Mutant::ResetSkipped) {
                self.out.emit(&osc);
            }
        }
        self.out.emit(&Osc::RefrainActive(-1, ""));
        self.out.emit(&Osc::KeywordsActive(-1, ""));
        self.out.end_of_tick();
        for name in std::mem::take(&mut self.told_moods) {
            let osc = if name.is_empty() { Osc::Mood("") } else { Osc::Category { name: &name, score: 0.0 } };
            self.out.emit(&osc);
            self.out.end_of_tick();
        }
    }

    /// A model or a painter at work has no song any more.
    pub(super) fn give_up_extras(&mut self) {
        self.work.extend([Work::GiveUp(Kind::Analysis), Work::GiveUp(Kind::Painting)]);
        if let Some(take_back) = self.painter.clone().take_back() {
            let errand = async move {
                take_back.await;
                Done::Errand
            };
            self.work.push(Work::Start(Kind::Errand, Box::pin(errand)));
        }
    }

    /// The same track, of which more is known now. Its length may be what was missing.
    fn refine(&mut self, track: Track) {
        let Some(song) = &mut self.song else { return };
        song.track = track;
        let key = vj_lyrics::song::SongKey::new(&song.track);
        if std::mem::replace(&mut song.key, key.clone()) == key {
            return;
        }
        let of_key = self.offsets.of(&key);
        if of_key != 0 {
            song.offset_ms = of_key;
        }
        let is_found = song.search == Search::Found;
        self.apply_offset();
        if !is_found {
            self.look_up(false);
        }
    }

    /// Starts to look for the song's lyrics.
    pub(super) fn look_up(&mut self, is_asked_again: bool) {
        let Some(song) = &mut self.song else { return };
        song.again_at = None;
        let attempt = self.attempt.get() + 1;
        self.attempt.set(attempt);
        self.counts.lookups += 1;
        let newest = self.attempt.clone();
        let lookup = Lookup {
            track: song.track.clone(),
            key: song.key.clone(),
            base: self.config.lrclib.clone(),
            is_asked_again,
            steps: song.steps.clone(),
            is_wanted: Some(Rc::new(move || newest.get() == attempt)),
            cache: self.cache.clone(),
            lrclib: self.lrclib.clone(),
        };
        let job = async move { Done::Looked { attempt, looked: lookup.run().await } };
        self.work.push(Work::Start(Kind::Lookup, Box::pin(job)));
    }

    /// The track once more, now that its lyrics are there.
    pub(super) fn tell_track(&mut self) {
        let Some(song) = self.song.as_ref().filter(|song| song.is_synced()) else { return };
        let Some(player) = song.player else { return };
        self.out.emit(&Osc::Track(Some(TrackMessage {
            source: player.as_str(),
            artist: &song.track.artist,
            title: &song.track.title,
            album: &song.track.album,
            duration_sec: song.track.duration.as_secs_f32(),
            has_lyrics: true,
        })));
        self.out.end_of_tick();
    }

    /// Does what is due by now.
    pub(super) fn turn(&mut self) {
        let now = self.env.clock.now();
        self.outbox.send(&self.out, now);
        let Some(song) = &mut self.song else { return };
        if let Some(singing) = &mut song.singing {
            singing.follow(&self.out, &self.outbox, &song.place, now);
        }
        if song.again_at.is_some_and(|at| at <= now) {
            self.look_up(false);
        }
    }

    /// When the next thing is due.
    pub(super) fn due(&self) -> Option<At> {
        let song = self.song.as_ref();
        let line = song.and_then(|song| song.singing.as_ref()?.due);
        let again = song.and_then(|song| song.again_at);
        [self.outbox.due(), line, again].into_iter().flatten().min()
    }

    /// The offset of the song's lines has changed.
    pub(super) fn apply_offset(&mut self) {
        let Some(song) = &mut self.song else { return };
        let offset_ms = self.config.offset_ms + song.offset_ms;
        if let Some(singing) = &mut song.singing {
            singing.set_offset_ms(i32::try_from(offset_ms).unwrap_or_default());
        }
    }

    /// The worker's figures and how it is.
    pub(super) fn show(&self, board: &Board) {
        let Counts { songs, lookups, cache_hits, late_answers, given_up } = self.counts;
        for (name, count) in [
            ("sequence", songs),
            ("lookups", lookups),
            ("cache_hits", cache_hits),
            ("late_answers", late_answers),
            ("given_up", given_up),
            ("damaged_entries", self.cache.damaged()),
        ] {
            board.set_stat(name, count);
        }
        let is_failing = self.lrclib.gate.is_failing();
        board.set_status(if is_failing { Status::Degraded } else { Status::Running });
    }

    /// The worker's own fields of `get_state`.
    pub(super) fn fields(&self) -> Map<String, Value> {
        match self.lrclib.gate.trouble() {
            Some(why) => self.services.is_silent("lrclib", why),
            None if self.lrclib.gate.has_answered() => self.services.answers("lrclib", ""),
            None => self.services.is_silent("lrclib", "not asked yet"),
        }
        let now = self.env.clock.now();
        let song = self.song.as_ref().map(|song| song.to_json(now, self.config.offset_ms));
        let mut fields = song.unwrap_or_else(|| {
            let nothing = Song::new(self.counts.songs, None, Track::default(), self.no_steps());
            let mut fields = nothing.to_json(now, self.config.offset_ms);
            fields.insert("track".to_owned(), Value::Null);
            fields
        });
        fields.insert("services".to_owned(), self.services.to_json());
        fields
    }

    fn no_steps(&self) -> Rc<Steps> {
        Rc::new(Steps::new(self.env.clock.clone()))
    }
}
