//! Short histories and logs, made by hand: what the tests of the report are fed with.

use serde_json::{Value, json};
use vj_env::Level;

use crate::history::{Entry, What};
use crate::osc_log::OscLine;

pub(super) fn entry(t: f64, what: What) -> Entry {
    Entry { t, what }
}

pub(super) fn start(t: f64, process: &str, pid: u32) -> Entry {
    entry(t, What::Start { process: process.into(), pid })
}

pub(super) fn bound(t: f64, process: &str, pid: u32) -> Entry {
    entry(t, What::Bound { process: process.into(), pid })
}

pub(super) fn exit(t: f64, process: &str, pid: u32, how: &str) -> Entry {
    entry(t, What::Exit { process: process.into(), pid, how: how.into() })
}

pub(super) fn fault(t: f64, kind: &str, target: &str) -> Entry {
    entry(t, What::Fault { kind: kind.into(), target: target.into(), detail: String::new() })
}

pub(super) fn mended(t: f64, kind: &str, target: &str) -> Entry {
    entry(t, What::Mended { kind: kind.into(), target: target.into() })
}

pub(super) fn health(t: f64, worker: &str, health: &str) -> Entry {
    entry(t, What::Health { worker: worker.into(), health: health.into() })
}

pub(super) fn log(t: f64, level: Level, message: &str) -> Entry {
    entry(t, What::Log { process: "audio_analyzer".into(), pid: 2, level, message: message.into() })
}

pub(super) fn osc(t: f64, from: &str, addr: &str, args: Vec<Value>) -> OscLine {
    let tag = |arg: &Value| {
        if arg.is_i64() {
            'i'
        } else if arg.is_string() {
            's'
        } else {
            'f'
        }
    };
    OscLine { t, from: from.into(), addr: addr.into(), tags: args.iter().map(tag).collect(), args }
}

/// All eight levels at one height.
pub(super) fn levels(t: f64, height: f64) -> OscLine {
    osc(t, "audio_analyzer", "/audio/levels", vec![json!(height); 8])
}

/// Levels 60 times a second from `start` to before `end`, at times as the logs hold them.
pub(super) fn ticks(start: f64, end: f64) -> Vec<OscLine> {
    let count = ((end - start) * 60.0).ceil() as u32;
    (0..count).map(|n| levels(((start + f64::from(n) / 60.0) * 1e6).floor() / 1e6, 0.5)).collect()
}

/// A worker that is killed at 60 s and back at 61.02 s, in a set of 90 s.
pub(super) fn killed_once() -> (Vec<Entry>, Vec<OscLine>) {
    let worker = "audio_analyzer";
    let entries = vec![
        entry(0.0, What::Run { name: "small".into(), seed: 7, version: "0.1.0".into() }),
        start(0.0, "process_manager", 1),
        bound(0.0, "process_manager", 1),
        start(0.0, worker, 2),
        health(0.0, worker, "starting"),
        bound(0.02, worker, 2),
        health(0.02, worker, "healthy"),
        fault(60.0, "kill", worker),
        exit(60.0, worker, 2, "signal 9"),
        health(60.0, worker, "backoff"),
        log(60.0, Level::Warning, "</script><b>down</b>"),
        start(61.0, worker, 3),
        health(61.0, worker, "starting"),
        bound(61.02, worker, 3),
        health(61.02, worker, "healthy"),
        exit(90.0, worker, 3, "exit code 0"),
        entry(90.0, What::End),
    ];
    let mut lines = ticks(0.1, 60.0);
    lines.extend(ticks(61.1, 90.0));
    (entries, lines)
}

/// What the visuals are told of songs, message by message.
#[derive(Default)]
pub(super) struct Lyrics {
    pub(super) lines: Vec<OscLine>,
}

impl Lyrics {
    fn tell(&mut self, t: f64, addr: &str, args: Vec<Value>) -> &mut Self {
        self.lines.push(osc(t, "lyrics_fetcher", &format!("/karaoke/{addr}"), args));
        self
    }

    pub(super) fn track(title: &str, has_lyrics: u8) -> Vec<Value> {
        json!([1, "spotify", "Somebody", title, "", 240.0, has_lyrics]).as_array().cloned().unwrap()
    }

    /// The monitor tells of a track, and the worker has the visuals forget the last one.
    pub(super) fn plays(&mut self, t: f64, title: &str) -> &mut Self {
        self.lines.push(osc(t, "spotify_monitor", "/karaoke/track", Self::track(title, 0)));
        self.reset(t)
    }

    pub(super) fn stops(&mut self, t: f64) -> &mut Self {
        let nothing = json!([0, "", "", "", "", 0.0, 0]).as_array().cloned().unwrap();
        self.lines.push(osc(t, "spotify_monitor", "/karaoke/track", nothing));
        self.reset(t)
    }

    pub(super) fn reset(&mut self, t: f64) -> &mut Self {
        self.tell(t, "lyrics/reset", vec![]).refrain_reset(t).tell(t, "keywords/reset", vec![]);
        self.active(t, -1).refrain_active(t, -1, "").keywords_active(t, -1, "")
    }

    pub(super) fn track_with_lyrics(&mut self, t: f64, title: &str) -> &mut Self {
        self.tell(t, "track", Self::track(title, 1))
    }

    pub(super) fn line(&mut self, t: f64, index: i32, time_sec: f64, text: &str) -> &mut Self {
        self.tell(t, "lyrics/line", vec![json!(index), json!(time_sec), json!(text)])
    }

    pub(super) fn active(&mut self, t: f64, index: i32) -> &mut Self {
        self.tell(t, "line/active", vec![json!(index)])
    }

    pub(super) fn refrain_reset(&mut self, t: f64) -> &mut Self {
        self.tell(t, "refrain/reset", vec![])
    }

    pub(super) fn refrain(&mut self, t: f64, index: i32, time_sec: f64, text: &str) -> &mut Self {
        self.tell(t, "refrain/line", vec![json!(index), json!(time_sec), json!(text)])
    }

    pub(super) fn refrain_active(&mut self, t: f64, index: i32, text: &str) -> &mut Self {
        self.tell(t, "refrain/active", vec![json!(index), json!(text)])
    }

    pub(super) fn keywords(&mut self, t: f64, index: i32, time_sec: f64, text: &str) -> &mut Self {
        self.tell(t, "keywords/line", vec![json!(index), json!(time_sec), json!(text)])
    }

    pub(super) fn keywords_active(&mut self, t: f64, index: i32, text: &str) -> &mut Self {
        self.tell(t, "keywords/active", vec![json!(index), json!(text)])
    }

    pub(super) fn mood(&mut self, t: f64, scores: &[(&str, f64)], mood: &str) -> &mut Self {
        for (name, score) in scores {
            self.tell(t, &format!("categories/{name}"), vec![json!(score)]);
        }
        self.tell(t, "categories/mood", vec![json!(mood)])
    }

    pub(super) fn image(&mut self, t: f64, path: &str) -> &mut Self {
        self.tell(t, "image", vec![json!(path)])
    }
}

/// A song of four lines, of which the second and the fourth are the refrain; the third is a pause.
pub(super) fn sung() -> Vec<OscLine> {
    let mut told = Lyrics::default();
    told.plays(2.0, "One").mood(2.0, &[("dark", 0.0)], "").track_with_lyrics(2.03, "One");
    told.line(2.03, 0, 10.0, "Seven years </script><script>alert(1)</script>");
    told.line(2.03, 1, 12.0, "Burn it down").line(2.03, 2, 14.0, "").line(2.03, 3, 16.123, "Burn it down");
    told.refrain(2.035, 0, 12.0, "Burn it down").refrain(2.035, 1, 16.123, "Burn it down");
    told.keywords(2.035, 0, 10.0, "SEVEN YEARS").keywords(2.04, 1, 12.0, "BURN");
    told.mood(2.04, &[("dark", 0.512_345), ("happy", 0.0), ("sad", 0.25)], "dark");
    told.active(11.0, 0).keywords_active(11.0, 0, "SEVEN YEARS");
    told.active(13.0, 1).refrain_active(13.0, 0, "Burn it down").keywords_active(13.0, 1, "BURN");
    told.image(14.5, "/cache/images/1.png");
    told.active(15.0, 2).refrain_active(15.0, -1, "").keywords_active(15.0, -1, "");
    told.active(17.123, 3).refrain_active(17.123, 1, "Burn it down");
    told.lines
}
