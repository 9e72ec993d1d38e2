//! What is made of what was found: lines, then what the words say, then what a model says, then an image.

use vj_bus::osc::Osc;
use vj_core::mutants::{self, Mutant};
use vj_lyrics::lrc::Lyrics;

use super::analyst::{Analysed, Task};
use super::cache::Entry;
use super::core::Core;
use super::keys::{Config, LRCLIB_BASE_URL, Provider, TIMING_OFFSET_MS};
use super::lookup::{Found, Looked, kind};
use super::outbox::{Say, TimedText};
use super::painter::Painting;
use super::singing::Singing;
use super::song::Search;
use super::steps::Ended;
use super::words::Words;
use super::work::{Done, Kind, Work};

impl Core {
    /// A lookup ended. What was found late is kept, and not shown.
    pub(super) fn looked(&mut self, attempt: u64, looked: Looked) {
        if attempt == self.attempt.get() || mutants::is_on(Mutant::LateLyricsShown) {
            self.settle(looked);
            return;
        }
        if looked.found != Found::GivenUp {
            self.counts.late_answers += 1;
        }
        self.keep(looked.entry);
    }

    /// The search for the song's lyrics ended.
    pub(super) fn settle(&mut self, looked: Looked) {
        let Some(song) = &mut self.song else { return };
        song.is_from_cache = looked.is_from_cache;
        self.counts.cache_hits += u64::from(looked.is_from_cache);
        let log = &self.env.log;
        let name = format!("{} - {}", song.track.artist, song.track.title);
        match looked.found {
            Found::Lyrics(lyrics) => {
                log.info(format!("{name}: {} lyrics", kind(&lyrics)));
                song.search = Search::Found;
                song.lyrics = Some(lyrics);
                self.tell();
            }
            Found::Nothing(why) => {
                log.info(format!("{name}: no lyrics: {why}"));
                song.search = Search::NotFound(why);
            }
            Found::Failed(why, again_at) => {
                let search = Search::Failed(why.clone());
                if song.search != search {
                    log.warn(format!("{name}: {why}"));
                }
                // Nobody waits for a song that does not play: who asked for it is told.
                (song.search, song.again_at) = (search, again_at.filter(|_| song.player.is_some()));
            }
            Found::GivenUp => {}
        }
        self.keep(looked.entry);
    }

    pub(super) fn keep(&mut self, entry: Option<Entry>) {
        let Some(entry) = entry else { return };
        let cache = self.cache.clone();
        let job = async move { Done::Kept(cache.keep(&entry).await) };
        self.work.push(Work::Start(Kind::Keep, Box::pin(job)));
    }

    /// Lyrics are there: the lines first, since they are what is waited for.
    fn tell(&mut self) {
        self.tell_track();
        let Some(song) = &mut self.song else { return };
        let Some(lyrics) = song.lyrics.clone() else { return };
        if let Lyrics::Synced(lines) = &lyrics {
            for (index, line) in (0_i32..).zip(lines) {
                let text = line.text.clone();
                self.outbox.push(Say::Lyrics(TimedText { index, time_sec: line.time_sec() as f32, text }));
            }
            song.singing = Some(Singing::new(lines, 0));
            song.steps.end("lines", Ended::Done, format!("{} lines", lines.len()));
            self.outbox.send(&self.out, self.env.clock.now());
        } else {
            song.steps.end("lines", Ended::Skipped, "they have no times");
        }
        song.steps.begin("words");
        song.words = Words::of(&lyrics, self.config.category_names());
        song.steps.end("words", Ended::Done, song.words.language.map_or("", |language| language.name()));
        self.apply_offset();
        self.tell_words(None);
        self.analyse();
    }

    /// What the song's words say. `before` is what the visuals were told already: what is the same is not told again.
    fn tell_words(&mut self, before: Option<&Words>) {
        let Some(song) = &mut self.song else { return };
        let words = &song.words;
        // What is still under way would come after the reset.
        let is_untold = before.is_some() && self.outbox.take_back_words();
        if let (Some(lines), Some(singing)) =
            (song.lyrics.as_ref().and_then(Lyrics::synced_lines), &mut song.singing)
        {
            let refrain = words.refrain_lines(lines);
            if is_untold || before.is_none_or(|before| before.refrain_lines(lines) != refrain) {
                if before.is_some() {
                    self.outbox.push(Say::RefrainReset);
                }
                singing.set_refrain(&refrain);
                refrain.into_iter().for_each(|(_, line)| self.outbox.push(Say::Refrain(line)));
            }
            let keywords = words.keyword_lines(lines);
            if is_untold || before.is_none_or(|before| before.keyword_lines(lines) != keywords) {
                if before.is_some() {
                    self.outbox.push(Say::KeywordsReset);
                }
                singing.set_keywords(&keywords);
                keywords.into_iter().for_each(|(_, line)| self.outbox.push(Say::Keywords(line)));
            }
        }
        if self.config.categories.is_some()
            && (is_untold || before.is_none_or(|before| before.categories != words.categories))
        {
            let moods = words.moods();
            self.told_moods = moods
                .iter()
                .filter_map(|say| match say {
                    Say::Category(name, _) => Some(name.clone()),
                    Say::Mood(_) => Some(String::new()),
                    _ => None,
                })
                .collect();
            moods.into_iter().for_each(|say| self.outbox.push(say));
        }
    }

    /// Asks a model about the song, if there is one and the song has words.
    pub(super) fn analyse(&mut self) {
        let Some(song) = &self.song else { return };
        let lyrics = song.lyrics.clone().filter(|lyrics| !matches!(lyrics, Lyrics::Instrumental));
        let Some(lyrics) = lyrics else { return };
        if self.config.provider == Provider::None {
            song.steps.end("model", Ended::Skipped, "no model is to be asked");
            self.paint();
            return;
        }
        song.steps.begin("model");
        let task = Task {
            config: self.config.clone(),
            key: song.key.clone(),
            track: song.track.clone(),
            lyrics,
            cache: self.cache.clone(),
        };
        let (analyst, number) = (self.analyst.clone(), song.number);
        let job = async move { Done::Analysed { number, analysed: analyst.analyse(task).await } };
        self.work.push(Work::Start(Kind::Analysis, Box::pin(job)));
    }

    /// A model has answered, or has not.
    pub(super) fn analysed(&mut self, number: u64, analysed: Analysed) {
        self.keep(analysed.entry);
        let Some(song) = self.song.as_mut().filter(|song| song.number == number) else {
            self.counts.late_answers += 1;
            return;
        };
        match (analysed.result, &song.lyrics) {
            (Ok((found, by)), Some(lyrics)) => {
                let from = if analysed.is_from_cache { ", from the cache" } else { "" };
                song.steps.end("model", Ended::Done, format!("{by}{from}"));
                let words = song.words.with(found, lyrics, &by);
                let before = std::mem::replace(&mut song.words, words);
                self.tell_words(Some(&before));
            }
            (Err(why), _) => {
                if self.said_of_model != why {
                    self.env.log.info(format!("songs are described by their words alone: {why}"));
                    self.said_of_model.clone_from(&why);
                }
                song.steps.end("model", Ended::Failed, why);
            }
            (Ok(_), None) => {}
        }
        self.paint();
    }

    /// Has an image made, if that is wished for.
    fn paint(&mut self) {
        let Some(song) = self.song.as_ref().filter(|_| self.config.paints) else { return };
        song.steps.begin("image");
        let prompt = song.words.prompt();
        let painting = Painting {
            config: self.config.clone(),
            key: format!("{}|{}|{prompt}", song.key.as_str(), self.config.workflow),
            track: song.track.clone(),
            prompt,
            cache: self.cache.clone(),
        };
        let (painter, number) = (self.painter.clone(), song.number);
        let job = async move { Done::Painted { number, result: painter.paint(painting).await } };
        self.work.push(Work::Start(Kind::Painting, Box::pin(job)));
    }

    /// The image is there, or will not be.
    pub(super) fn painted(&mut self, number: u64, result: Result<String, String>) {
        let Some(song) = self.song.as_mut().filter(|song| song.number == number) else {
            self.counts.late_answers += 1;
            return;
        };
        match result {
            Ok(file) => {
                let path = self.cache_dir.join(file).display().to_string();
                self.out.emit(&Osc::Image(&path));
                self.out.end_of_tick();
                song.steps.end("image", Ended::Done, "");
                song.image = Some(path);
            }
            Err(why) => {
                self.env.log.warn(format!("no image: {why}"));
                song.steps.end("image", Ended::Failed, why);
            }
        }
    }

    /// Looks which services are there, for people.
    pub(super) fn look_around(&mut self) {
        if self.config.provider == Provider::None {
            return;
        }
        let (analyst, config) = (self.analyst.clone(), self.config.clone());
        let job = async move {
            analyst.look(&config).await;
            Done::Errand
        };
        self.work.push(Work::Start(Kind::Errand, Box::pin(job)));
    }

    /// The settings are others now.
    pub(super) fn settings_changed(&mut self, keys: &[&'static str], config: Config) {
        self.config = config;
        if keys.contains(&TIMING_OFFSET_MS) {
            self.apply_offset();
        }
        if keys.contains(&LRCLIB_BASE_URL) {
            self.lrclib.gate.open();
            if self.song.as_ref().is_some_and(|song| song.search != Search::Found) {
                self.look_up(true);
            }
        }
        if keys.iter().any(|key| ![TIMING_OFFSET_MS, LRCLIB_BASE_URL].contains(key)) {
            self.give_up_extras();
            self.analyst.forget();
            self.look_around();
            self.describe_anew();
        }
    }

    /// The song under other settings.
    fn describe_anew(&mut self) {
        let Some(song) = &mut self.song else { return };
        let Some(lyrics) = &song.lyrics else { return };
        let words = Words::of(lyrics, self.config.category_names());
        let before = std::mem::replace(&mut song.words, words);
        self.tell_words(Some(&before));
        self.analyse();
    }
}
