//! A console and the show that it sees, told by tapes of events with states as the workers give them.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rosc::{OscMessage, OscType};
use serde_json::{Value, json};
use vj_bus::{Outcome, Reply};
use vj_console::event::{HostAnswer, Recording, SetEntry};
use vj_console::model::screen::Screen;
use vj_console::model::theme::Theme;
use vj_console::{CallId, Effect, Event, Model, update};
use vj_core::{At, ProcessName};

/// Unix ms at which the tapes begin: 22:14:05 UTC.
const EVENING_MS: u64 = 1_767_219_245_000;

/// A console, and the time.
pub(crate) struct Show {
    pub(crate) model: Model,
    pub(crate) now: At,
    /// Everything that was asked for since the last look.
    pub(crate) effects: Vec<Effect>,
}

impl Show {
    /// Nothing is known yet.
    pub(crate) fn empty() -> Self {
        let now = At::from_millis(100_000);
        Self { model: Model::new(now, "/run/user/1000/vj", Theme::Dark), now, effects: Vec::new() }
    }

    pub(crate) fn send(&mut self, event: Event) -> &mut Self {
        let effects = update(&mut self.model, self.now, event);
        self.effects.extend(effects);
        self
    }

    pub(crate) fn wait(&mut self, ms: u64) -> &mut Self {
        self.now += Duration::from_millis(ms);
        self.send(Event::Tick)
    }

    /// Types each letter of it.
    pub(crate) fn keys(&mut self, letters: &str) -> &mut Self {
        for letter in letters.chars() {
            self.key(KeyCode::Char(letter));
        }
        self
    }

    pub(crate) fn key(&mut self, code: KeyCode) -> &mut Self {
        self.send(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    /// What was asked for since the last look.
    pub(crate) fn asked(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The commands of that, in words, with their numbers.
    pub(crate) fn commands(&mut self) -> Vec<(CallId, String)> {
        let calls = self.asked().into_iter().filter_map(|effect| match effect {
            Effect::Call { call, to, cmd, args } => Some((call, format!("{to} {cmd} {args}"))),
            _ => None,
        });
        calls.collect()
    }

    /// Answers the newest question of this kind.
    pub(crate) fn answer(&mut self, cmd: &str, data: Value) -> &mut Self {
        let call = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Call { call, cmd: asked, .. } if *asked == cmd => Some(*call),
            _ => None,
        });
        let call = call.unwrap_or_else(|| panic!("nobody asked for {cmd}: {:?}", self.effects));
        self.replied(call, data)
    }

    pub(crate) fn replied(&mut self, call: CallId, data: Value) -> &mut Self {
        self.send(Event::Answer { call, outcome: Outcome::Replied(Reply { message: None, data }) })
    }

    pub(crate) fn refused(&mut self, call: CallId, why: &str) -> &mut Self {
        self.send(Event::Answer { call, outcome: Outcome::Refused(why.to_owned()) })
    }

    pub(crate) fn unknown(&mut self, call: CallId) -> &mut Self {
        self.send(Event::Answer { call, outcome: Outcome::Unknown("the link broke".to_owned()) })
    }

    pub(crate) fn state(&mut self, process: ProcessName, state: Value) -> &mut Self {
        self.send(Event::State { process, state })
    }

    pub(crate) fn down(&mut self, process: ProcessName) -> &mut Self {
        self.send(Event::Down { process, why: "connection closed".to_owned() })
    }

    /// All processes say how they are.
    pub(crate) fn all_up(&mut self) -> &mut Self {
        for process in IN_A_SHOW {
            self.state(process, state(process));
        }
        self
    }

    /// Shows a screen, as its key does.
    pub(crate) fn show(&mut self, screen: Screen) -> &mut Self {
        self.keys(&screen.key().to_string())
    }
}

pub(crate) const IN_A_SHOW: [ProcessName; 6] = [
    ProcessName::ProcessManager,
    ProcessName::AudioAnalyzer,
    ProcessName::SpotifyMonitor,
    ProcessName::VirtualDjMonitor,
    ProcessName::LyricsFetcher,
    ProcessName::OscDebugger,
];

/// The state of a process in the middle of a show, as it was written down from a real one.
pub(crate) fn state(process: ProcessName) -> Value {
    let text = match process {
        ProcessName::ProcessManager => include_str!("states/process_manager.json"),
        ProcessName::AudioAnalyzer => include_str!("states/audio_analyzer.json"),
        ProcessName::SpotifyMonitor => include_str!("states/spotify_monitor.json"),
        ProcessName::VirtualDjMonitor => include_str!("states/virtualdj_monitor.json"),
        ProcessName::LyricsFetcher => include_str!("states/lyrics_fetcher.json"),
        ProcessName::OscDebugger => include_str!("states/osc_debugger.json"),
        ProcessName::TestWorker => "{}",
    };
    serde_json::from_str(text).expect("the states of the fixture are JSON")
}

/// The state with other values in some places, each by its JSON pointer.
pub(crate) fn state_with(process: ProcessName, changes: &[(&str, Value)]) -> Value {
    let mut state = state(process);
    for (pointer, value) in changes {
        match state.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => state[pointer.trim_start_matches('/')] = value.clone(),
        }
    }
    state
}

pub(crate) fn osc(addr: &str, args: &[f32]) -> OscMessage {
    OscMessage { addr: addr.to_owned(), args: args.iter().map(|x| OscType::Float(*x)).collect() }
}

fn ints(addr: &str, float: f32, rest: &[i32]) -> OscMessage {
    let rest = rest.iter().map(|n| OscType::Int(*n));
    OscMessage { addr: addr.to_owned(), args: std::iter::once(OscType::Float(float)).chain(rest).collect() }
}

/// What the audio worker and the monitors tell in one moment.
pub(crate) fn telemetry(bpm: f32) -> Event {
    let spectrum: Vec<f32> =
        (0..32).map(|at| (0.95 - at as f32 * 0.025) * if at % 3 == 0 { 1.0 } else { 0.7 }).collect();
    let keywords = OscMessage {
        addr: "/karaoke/keywords/active".to_owned(),
        args: vec![OscType::Int(7), OscType::String("PAPER CUPS BELLS".to_owned())],
    };
    Event::Telemetry(vec![
        osc("/audio/levels", &[0.82, 0.95, 0.51, 0.44, 0.37, 0.22, 0.08, 0.61]),
        osc("/audio/spectrum", &spectrum),
        ints("/audio/beat/phase", 0.25, &[2, 11]),
        osc("/audio/bpm", &[bpm, 0.81]),
        osc("/audio/pitch", &[220.0, 0.9]),
        OscMessage {
            addr: "/audio/structure".to_owned(),
            args: vec![OscType::Int(1), OscType::Int(0), OscType::Float(0.32), OscType::Float(0.55)],
        },
        ints("/karaoke/pos", 21.4, &[1]),
        OscMessage { addr: "/karaoke/line/active".to_owned(), args: vec![OscType::Int(7)] },
        keywords,
    ])
}

fn messages() -> Value {
    let one = |seq: u64, from: &str, addr: &str, args: Value| json!({"seq": seq, "time_ms": EVENING_MS + seq * 17, "from": from, "addr": addr, "args": args});
    let mut list: Vec<Value> = (1..=36_u64)
        .map(|seq| match seq % 4 {
            0 => one(seq, "audio_analyzer", "/audio/beat/phase", json!([0.25, 2, 11])),
            1 => one(
                seq,
                "audio_analyzer",
                "/audio/levels",
                json!([0.82, 0.95, 0.51, 0.44, 0.37, 0.22, 0.08, 0.61]),
            ),
            2 => one(seq, "spotify_monitor", "/karaoke/pos", json!([21.4, 1])),
            _ => one(seq, "audio_analyzer", "/audio/bpm", json!([124.0, 0.81])),
        })
        .collect();
    list.push(one(37, "lyrics_fetcher", "/karaoke/line", json!([7, 21.0, "Paper cups and bicycle bells"])));
    list.push(one(
        38,
        "192.168.1.20:9000",
        "/visuals/hello",
        json!(["宇多田 \u{1b}[31m\u{202e}", true, null]),
    ));
    list.push(json!({"seq": 39, "time_ms": EVENING_MS + 700, "from": "192.168.1.20:9000", "error": "no OSC: 12 bytes that begin with 'GET / HTTP'"}));
    json!({"seq": 39, "messages": list})
}

fn logs() -> Value {
    let said = [
        ("process_manager", "info", "audio_analyzer is healthy"),
        ("audio_analyzer", "info", "reading /shows/first-night/audio.wav (44100 Hz, 2 channels)"),
        (
            "spotify_monitor",
            "warning",
            "Spotify is unavailable (502): the position runs on, the next question is in 4 s, and after that twice as late each time up to a minute",
        ),
        ("lyrics_fetcher", "info", "Nine Past Ten - Kerb Light: 13 lines"),
        ("lyrics_fetcher", "debug", "asked lrclib_get"),
        ("lyrics_fetcher", "error", "the cache cannot be written: no space left on device"),
        ("virtualdj_monitor", "info", "nothing plays\u{1b}[2J\r\nsecond line"),
    ];
    let list: Vec<Value> = (0..42_u64)
        .map(|at| {
            let (worker, level, message) = said[at as usize % said.len()];
            json!({"seq": at + 1, "time_ms": EVENING_MS + at * 1_003, "worker": worker, "level": level, "message": message})
        })
        .collect();
    json!({"seq": 42, "logs": list})
}

fn sets() -> HostAnswer {
    let entry = |path: &str, title: &str, about: &str| SetEntry {
        path: path.to_owned(),
        title: title.to_owned(),
        about: about.to_owned(),
    };
    HostAnswer::Sets(Ok(vec![
        entry("/shows/first-night", "First night", "4 tracks, 2:16, spotify"),
        entry("/shows/decks", "Two decks at the harbour", "11 tracks, 58:02, virtualdj"),
        entry("/shows/utada", "宇多田ヒカル 夜", "7 tracks, 31:40, spotify"),
        entry("/shows/tonight", "tonight", "nothing breaks"),
    ]))
}

fn recordings() -> HostAnswer {
    let path = "/shows/tonight".to_owned();
    HostAnswer::Recordings(vec![Recording { path, pid: 8_123, for_sec: 754, bytes: 74_300_000 }])
}

/// A full show on this screen.
pub(crate) fn live(screen: Screen) -> Show {
    let mut show = Show::empty();
    for sec in 0..90_u64 {
        let bpm = 122.0 + (sec as f32 * 0.15).sin() * 2.0 + if sec < 30 { 6.0 } else { 0.0 };
        show.send(telemetry(if sec == 89 { 124.0 } else { bpm })).wait(1_000);
    }
    show.all_up();
    fill(&mut show, screen);
    show.send(telemetry(124.0)).send(Event::Beats(2)).wait(100);
    // No question is left open.
    for effect in show.asked() {
        match effect {
            Effect::Call { call, cmd: "get_messages", .. } => show.replied(call, messages()),
            Effect::Call { call, cmd: "get_logs", .. } => show.replied(call, logs()),
            _ => &mut show,
        };
    }
    show
}

/// What the lists of the screens hold.
fn fill(show: &mut Show, screen: Screen) {
    show.show(Screen::Osc).answer("get_messages", messages());
    show.show(Screen::Logs).answer("get_logs", logs());
    show.show(Screen::Sets).send(Event::Host(sets())).send(Event::Host(recordings()));
    show.show(screen);
}

/// The audio input is missing, LRCLIB is silent, one wish was refused, one is on its way, one waits.
pub(crate) fn degraded(screen: Screen) -> Show {
    use ProcessName::{AudioAnalyzer, LyricsFetcher, OscDebugger, ProcessManager, SpotifyMonitor};
    let mut show = live(screen);
    let down = json!({"adopted": false, "enabled": true, "health": "restarting", "last_exit": "signal 9 (SIGKILL)",
        "next_restart_in_sec": 4.0, "pid": null, "restart_count": 3, "running": false, "uptime_sec": null});
    show.down(OscDebugger);
    show.wait(2_500);
    show.state(
        ProcessManager,
        state_with(
            ProcessManager,
            &[("/workers/osc_debugger", down), ("/workers/audio_analyzer/health", json!("degraded"))],
        ),
    );
    show.state(
        AudioAnalyzer,
        state_with(
            AudioAnalyzer,
            &[
                ("/status", json!("degraded")),
                ("/config/source", json!("device")),
                ("/config/device", json!("Scarlett 2i2")),
                ("/duration_sec", json!(null)),
                ("/position_sec", json!(null)),
                (
                    "/last_error",
                    json!(
                        "there is no input \"Scarlett 2i2\" (there are: Built-in Microphone, HDMI Capture)"
                    ),
                ),
            ],
        ),
    );
    show.state(
        LyricsFetcher,
        state_with(
            LyricsFetcher,
            &[
                ("/services/lrclib", json!({"answers": false, "message": "no answer within 10 s"})),
                ("/services/ollama", json!({"answers": false, "message": "connection refused"})),
                ("/lyrics", json!({"status": "failed", "message": "LRCLIB: no answer within 10 s", "from": null, "lines": [], "line_count": 0, "more": false, "language": null})),
                ("/steps", json!([{"step": "cache", "status": "skipped", "ms": 0.1, "message": "not in it"}, {"step": "lrclib_get", "status": "failed", "ms": 10_003.2, "message": "no answer within 10 s"}, {"step": "lrclib_search", "status": "running", "ms": 2_410.0, "message": ""}])),
                ("/categories", json!({})),
                ("/primary_mood", json!("")),
                ("/keywords", json!([])),
                ("/refrain", json!([])),
                ("/themes", json!([])),
                ("/active_line", json!(-1)),
                ("/words_by", json!(null)),
                ("/last_error", json!("LRCLIB: no answer within 10 s")),
            ],
        ),
    );
    show.state(
        SpotifyMonitor,
        state_with(SpotifyMonitor, &[("/source_status", json!("Spotify is unavailable (502)"))]),
    );
    show.send(Event::Telemetry(vec![OscMessage {
        addr: "/karaoke/line/active".to_owned(),
        args: vec![OscType::Int(-1)],
    }]));
    show.keys(":set audio_analyzer enable_pitch false").key(KeyCode::Enter);
    let call = show.commands().pop().expect("a wish for a worker that is there is sent").0;
    show.refused(call, "enable_pitch is fixed by the command line");
    show.keys(":set audio_analyzer enable_structure false").key(KeyCode::Enter);
    show.keys(":set osc_debugger logging_enabled false").key(KeyCode::Enter);
    show.keys("+");
    show.wait(100);
    show
}

/// One worker ended too often; another waits for its next start.
pub(crate) fn given_up(screen: Screen) -> Show {
    use ProcessName::{LyricsFetcher, ProcessManager, SpotifyMonitor};
    let mut show = live(screen);
    show.down(SpotifyMonitor).down(LyricsFetcher);
    show.wait(2_500);
    let gone = json!({"adopted": false, "enabled": true, "health": "given_up", "last_exit": "exit status 101",
        "next_restart_in_sec": null, "pid": null, "restart_count": 5, "running": false, "uptime_sec": null});
    let waits = json!({"adopted": false, "enabled": true, "health": "restarting", "last_exit": "signal 9 (SIGKILL)",
        "next_restart_in_sec": 3.8, "pid": null, "restart_count": 2, "running": false, "uptime_sec": null});
    let state =
        state_with(ProcessManager, &[("/workers/spotify_monitor", gone), ("/workers/lyrics_fetcher", waits)]);
    show.state(ProcessManager, state);
    for process in [ProcessName::AudioAnalyzer, ProcessName::VirtualDjMonitor, ProcessName::OscDebugger] {
        show.state(process, self::state(process));
    }
    show.send(telemetry(124.0));
    // The line of the worker that was given up.
    show.model.master.selected = 2;
    show
}

/// Everything was lost twelve seconds ago.
pub(crate) fn disconnected(screen: Screen) -> Show {
    let mut show = live(screen);
    for process in IN_A_SHOW {
        show.down(process);
    }
    show.wait(12_000);
    show
}

/// The states of a show by name.
pub(crate) type State = (&'static str, fn(Screen) -> Show);

/// All of them.
pub(crate) const STATES: [State; 5] = [
    ("empty", |screen| {
        let mut show = Show::empty();
        show.show(screen);
        show
    }),
    ("live", live),
    ("degraded", degraded),
    ("given_up", given_up),
    ("disconnected", disconnected),
];
