//! The monitors in a real show: they wait for programs that are not there, and hear of what is played.

#![allow(clippy::disallowed_methods, reason = "real processes are waited for in real time")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType, decoder, encoder};

use vj_core::ProcessName;
use vj_sim::ground::Ground;
use vj_sim::osc_log::OscLine;
use vj_sim::player_tape::PlayerTape;
use vj_sim::real::RealMachine;
use vj_sim::stage::Stage;
use vj_sim::tape::Tapes;

use crate::real_show::{Show, code, signal};

/// Nothing that is told comes later than this, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The visuals: what arrives of the tracks.
struct Visuals(UdpSocket);

impl Visuals {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(socket)
    }

    /// A show of both monitors that sends to these visuals, and looks for VirtualDJ's files at `file_path`.
    fn show(&self, file_path: &Path, more: &str) -> Show {
        let mut show = Show::of_everybody(&format!(
            "[virtualdj_monitor]\nfile_path = '{}'\n{more}",
            file_path.display()
        ));
        // Nothing else may fill up the socket while nobody reads.
        show.env.push(("VJ_AUDIO_ANALYZER_ENABLED".to_owned(), "false".to_owned()));
        let config = fs::read_to_string(show.path("config.toml")).unwrap();
        let target = format!("targets = [\"{}\"]", self.0.local_addr().unwrap());
        fs::write(show.path("config.toml"), config.replace("targets = []", &target)).unwrap();
        show
    }

    /// The next message of that address.
    fn next(&self, address: &str) -> Vec<OscType> {
        let until = Instant::now() + PATIENCE;
        let mut buffer = [0; 4_096];
        while Instant::now() < until {
            let len = self.0.recv(&mut buffer).expect("a track is told");
            let Ok((_, OscPacket::Message(message))) = decoder::decode_udp(&buffer[..len]) else { continue };
            if message.addr == address {
                return message.args;
            }
        }
        panic!("no {address} within {} s", PATIENCE.as_secs());
    }

    /// The title of the next track that is told.
    fn next_title(&self) -> String {
        let args = self.next("/karaoke/track");
        let OscType::String(title) = &args[3] else { panic!("{args:?}") };
        title.clone()
    }
}

#[test]
fn without_either_program_everybody_is_well_and_says_what_it_waits_for() {
    let show = Show::of_everybody("");
    show.up();
    assert_eq!(code(&show.vj(&["status"])), Some(0));
    let virtualdj = show.until("virtualdj_monitor", "it has looked", |state| {
        state["source_status"].as_str().is_some_and(|status| status.contains("waiting for one"))
    });
    assert_eq!((&virtualdj["status"], virtualdj["track"].is_null()), (&"running".into(), true));
    let spotify = show.until("spotify_monitor", "it has asked", |state| state["stats"]["polls"] != 0);
    assert_eq!(spotify["status"], "running");
    for name in ["spotify_monitor", "virtualdj_monitor"] {
        assert_eq!(show.until(name, "no error", |_| true)["last_error"], serde_json::Value::Null);
    }
    show.fine(&["down"]);
}

#[test]
fn d32_a_file_that_appears_later_is_found_and_outlives_a_crash_but_not_the_show() {
    let visuals = Visuals::new();
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("VirtualDJ/History");
    let show = visuals.show(&history, "");
    show.up();
    assert_eq!(visuals.next_title(), "", "nothing plays yet");
    fs::create_dir_all(&history).unwrap();
    fs::write(history.join("tracklist.txt"), "VirtualDJ History 2026/11/26\n21:00 : Air - Sexy Boy\n")
        .unwrap();
    assert_eq!(visuals.next_title(), "Sexy Boy");
    show.until("virtualdj_monitor", "some of it is played", |state| {
        state["position_sec"].as_f64().is_some_and(|sec| sec > 1.0)
    });
    // Its last entry is written down before it can be asked for it.
    let pid = show.pid("virtualdj_monitor");
    signal(pid, "-KILL");
    assert_eq!(visuals.next_title(), "Sexy Boy", "after its own crash it is still the current track");
    let state = show.until("virtualdj_monitor", "it is back", |state| state["pid"] != pid);
    assert!(state["position_sec"].as_f64().is_some_and(|sec| sec > 1.0), "and goes on where it was: {state}");
    show.fine(&["down"]);
    show.up();
    assert_eq!(visuals.next_title(), "", "to the next show it is old");
    show.until("virtualdj_monitor", "it looks", |state| state["stats"]["polls"].as_u64() > Some(2));
    fs::write(
        history.join("tracklist.txt"),
        "VirtualDJ History 2026/11/26\n21:00 : Air - Sexy Boy\n21:04 : Air - Talisman\n",
    )
    .unwrap();
    assert_eq!(visuals.next_title(), "Talisman");
}

/// From the write of one line to its word at the visuals: the median of so many, in milliseconds.
fn median_ms(visuals: &Visuals, path: &Path, line_end: &str, count: usize) -> f64 {
    let mut waits: Vec<_> = (0..count)
        .map(|n| {
            // At any moment between two looks.
            std::thread::sleep(Duration::from_millis(150 + (n as u64 * 619) % 1_000));
            let title = format!("Track {n}");
            let written = Instant::now();
            fs::write(path, format!("Artist - {title}{line_end}")).unwrap();
            assert_eq!(visuals.next_title(), title);
            written.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    waits.sort_by(f64::total_cmp);
    waits[count / 2]
}

#[test]
fn what_is_written_is_told_at_once_and_where_nobody_tells_of_changes_within_a_look() {
    // A shared machine gets three times the figures, which are 150 ms and 1.2 s.
    for (is_share, line_end, limit_ms) in [(false, "\n", 450.0), (false, "", 450.0), (true, "\n", 3_600.0)] {
        let visuals = Visuals::new();
        let folder = tempfile::tempdir().unwrap();
        let (seen, real) = (folder.path().join("seen"), folder.path().join("real"));
        fs::create_dir(&seen).unwrap();
        fs::create_dir(&real).unwrap();
        fs::write(real.join("now_playing.txt"), "Old - Track\n").unwrap();
        // A link from a folder that is watched into one that is not: as with a share, the system tells of no change.
        symlink(real.join("now_playing.txt"), seen.join("now_playing.txt")).unwrap();
        let show = visuals.show(&if is_share { seen } else { real.clone() }, "");
        show.up();
        assert_eq!(visuals.next_title(), "");
        let median = median_ms(&visuals, &real.join("now_playing.txt"), line_end, 9);
        let how = if is_share { "by looking" } else { "with notify" };
        eprintln!("write of {line_end:?} to OSC, median of 9 {how}: {median:.1} ms");
        assert!(median <= limit_ms, "{median:.1} ms, and {limit_ms} is allowed");
    }
}

#[test]
fn beats_of_the_deck_go_to_the_visuals() {
    let visuals = Visuals::new();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let show = visuals.show(folder.path(), &format!("os2l = true\nos2l_listen = '{port}'\n"));
    show.up();
    show.until("virtualdj_monitor", "it listens", |state| {
        state["os2l_status"].as_str().is_some_and(|status| status.starts_with("waiting for VirtualDJ"))
    });
    let mut deck = TcpStream::connect(port).unwrap();
    deck.set_nodelay(true).unwrap();
    // As VirtualDJ sends them: one behind the other, and cut anywhere.
    deck.write_all(b"{\"evt\":\"beat\",\"change\":false,\"pos\":42,\"bpm\":120.5,\"stre").unwrap();
    deck.write_all(b"ngth\":90}{\"evt\":\"btn\",\"name\":\"x\"}").unwrap();
    assert_eq!(visuals.next("/audio/beat/deck"), [OscType::Int(42), OscType::Float(0.9)]);
    assert_eq!(visuals.next("/audio/bpm/deck"), [OscType::Float(120.5)]);
    deck.write_all(b"{\"evt\":\"beat\",\"pos\":43,\"bpm\":120.5}{\"evt\":\"beat\",\"pos\":44,\"bpm\":121}\n")
        .unwrap();
    assert_eq!(visuals.next("/audio/beat/deck")[0], OscType::Int(43));
    assert_eq!(visuals.next("/audio/beat/deck")[0], OscType::Int(44));
    assert_eq!(visuals.next("/audio/bpm/deck"), [OscType::Float(121.0)], "told when it changes");
    show.until("virtualdj_monitor", "it says so", |state| state["os2l_status"] == "connected");
    drop(deck);
    show.until("virtualdj_monitor", "it is gone", |state| state["os2l_status"] != "connected");
    show.fine(&["send", "virtualdj_monitor", "set_config", "os2l=false"]);
    show.until("virtualdj_monitor", "it is off", |state| state["os2l_status"].is_null());
    assert!(TcpStream::connect(port).is_err(), "the port is free again");
}

/// VirtualDJ's OSC: it answers questions about its decks.
struct FakeDecks {
    values: Arc<Mutex<BTreeMap<String, OscType>>>,
    at: SocketAddr,
    answers_to: SocketAddr,
}

impl FakeDecks {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap();
        let answers_to = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let values = Arc::<Mutex<BTreeMap<String, OscType>>>::default();
        let known = Arc::downgrade(&values);
        std::thread::spawn(move || {
            let mut buffer = [0; 1_024];
            while let Ok(len) = socket.recv(&mut buffer) {
                let Some(values) = known.upgrade() else { return };
                let Ok((_, OscPacket::Message(question))) = decoder::decode_udp(&buffer[..len]) else {
                    continue;
                };
                let Some(what) = question.addr.strip_prefix("/vdj/query/") else { continue };
                if let Some(value) = values.lock().unwrap().get(what) {
                    let answer = OscMessage { addr: format!("/vdj/{what}"), args: vec![value.clone()] };
                    let bytes = encoder::encode(&OscPacket::Message(answer)).unwrap();
                    let _ = socket.send_to(&bytes, answers_to);
                }
            }
        });
        Self { values, at, answers_to }
    }

    fn set(&self, deck: u8, artist: &str, title: &str, is_audible: bool) {
        let mut values = self.values.lock().unwrap();
        let mut put = |verb: &str, value| values.insert(format!("deck/{deck}/{verb}"), value);
        put("get_artist", OscType::String(artist.to_owned()));
        put("get_title", OscType::String(title.to_owned()));
        put("get_songlength", OscType::Float(200.0));
        put("get_position", OscType::Float(0.5));
        put("get_bpm", OscType::Float(124.0));
        put("is_audible", OscType::String(if is_audible { "1" } else { "" }.to_owned()));
    }
}

#[test]
fn the_decks_are_believed_before_the_file() {
    let (visuals, decks) = (Visuals::new(), FakeDecks::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("now_playing.txt");
    let ways = format!("osc = true\nosc_send = '{}'\nosc_listen = '{}'\n", decks.at, decks.answers_to);
    let show = visuals.show(folder.path(), &ways);
    show.up();
    assert_eq!(visuals.next_title(), "", "it does not answer yet");
    fs::write(&file, "Air - Sexy Boy\n").unwrap();
    assert_eq!(visuals.next_title(), "Sexy Boy", "then the file is believed");
    decks.set(1, "Air", "Sexy Boy", true);
    decks.set(2, "Air", "Talisman", false);
    show.until("virtualdj_monitor", "it answers, of the same track", |state| {
        let sec = state["position_sec"].as_f64().unwrap_or_default();
        state["source"] == "osc" && sec > 90.0 && state["track"]["duration_sec"] == 200.0
    });
    decks.set(1, "Air", "Sexy Boy", false);
    decks.set(2, "Air", "Talisman", true);
    assert_eq!(visuals.next_title(), "Talisman", "and nothing was told twice");
    // The file says the same, late: nothing new.
    fs::write(&file, "Air - Talisman\n").unwrap();
    decks.values.lock().unwrap().clear();
    show.until("virtualdj_monitor", "it answers no more", |state| state["source"] == "files");
    fs::write(&file, "Air - Remember\n").unwrap();
    assert_eq!(visuals.next_title(), "Remember", "Talisman is told once, whoever tells of it");
    show.fine(&["down"]);
}

/// One tape drives the simulated folder and a real one: what is told is the same, and it is the truth.
#[test]
fn a_tape_tells_the_same_on_the_simulated_machine_and_on_a_real_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tapes/virtualdj.jsonl");
    let tape = PlayerTape::read(&path).unwrap();
    let stage = || Stage::new(1, Tapes::new()).with(ProcessName::VirtualDjMonitor, serde_json::json!({}));
    let simulated = vj_sim::driver::run(async {
        let world = stage().build();
        perform(&tape, &world).await;
        world.osc().lines()
    });
    let real = vj_sim::driver::run_real(async {
        let machine = RealMachine::new(Path::new(env!("CARGO_BIN_EXE_vj")), &stage()).unwrap();
        perform(&tape, &machine).await;
        machine.end().await.1
    });
    let truth: Vec<_> = tape.truth().map(str::to_owned).collect();
    assert_eq!(told(&simulated), truth);
    assert_eq!(told(&real.expect("it was not told to end")), truth);
}

async fn perform(tape: &PlayerTape, ground: &dyn Ground) {
    tape.prepare(ground);
    ground.start(ProcessName::ProcessManager);
    tape.play(ground).await;
    ground.clock().sleep(Duration::from_secs(4)).await;
}

fn told(osc: &[OscLine]) -> Vec<String> {
    let tracks = osc.iter().filter(|line| line.addr == "/karaoke/track" && line.args[0] == 1);
    let text = |line: &OscLine, at: usize| line.args[at].as_str().unwrap().to_owned();
    let both = |line| match text(line, 2).as_str() {
        "" => text(line, 3),
        artist => format!("{artist} - {}", text(line, 3)),
    };
    tracks.map(both).collect()
}
