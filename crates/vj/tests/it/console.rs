//! The console as a user sits in front of it: the program in a real terminal, keys typed, the screen read.

use std::fs;
use std::net::UdpSocket;
use std::time::Duration;

use portable_pty::CommandBuilder;
use serde_json::json;
use vj_console::terminal::RealTerminal;
use vj_sim::console::is_complete;
use vj_sim::pty::Pty;

use crate::real_show::{Show, signal};

/// Nothing here should take longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(40);

const ROWS: u16 = 30;
const COLUMNS: u16 = 100;

/// `vj console` on this show.
fn open_with(show: &Show, args: &[&str]) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vj"));
    command.arg("console");
    command.args(args);
    command.env_clear();
    let asked = show.command(&[]);
    for (name, value) in std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("VJ_")) {
        command.env(name, value);
    }
    for (name, value) in asked.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    command.env("TERM", "xterm-256color");
    command.cwd(show.temp.path());
    Pty::start(command, ROWS, COLUMNS).unwrap()
}

fn open(show: &Show) -> Pty {
    open_with(show, &["--theme", "plain"])
}

fn sees(console: &Pty, text: &str) {
    assert!(console.shows(PATIENCE, text), "'{text}' is not to be seen:\n{}", console.text());
}

fn is_whole(console: &Pty) {
    assert!(console.wait(PATIENCE, |screen| is_complete(&screen.contents())), "{}", console.text());
}

/// A show with the debugger, on a port of its own.
fn show() -> Show {
    let mut show = Show::of_a_file();
    show.env.retain(|(name, _)| name != "VJ_OSC_DEBUGGER_ENABLED");
    let free = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap();
    show.env.push(("VJ_OSC_DEBUGGER_LISTEN".to_owned(), free.to_string()));
    show
}

/// D37, D38, D39: the Python console showed no worker, no sound and no OSC, since it used none of the workers.
#[test]
fn d37_d38_d39_it_shows_the_workers_what_they_hear_and_what_they_send() {
    let show = show();
    show.up();
    let mut console = open(&show);
    is_whole(&console);
    for name in ["process_manager", "audio_analyzer", "osc_debugger", "healthy"] {
        sees(&console, name);
    }
    sees(&console, &show.pid("audio_analyzer").to_string());
    console.keys("5");
    sees(&console, "drums.wav");
    // The tempo that the worker tells, on the head line of every screen.
    let hears = |screen: &vt100::Screen| {
        let head = screen.contents().lines().next().unwrap_or_default().to_owned();
        head.split_whitespace().any(|word| word.parse::<f64>().is_ok_and(|bpm| (60.0..200.0).contains(&bpm)))
    };
    assert!(console.wait(PATIENCE, hears), "{}", console.text());
    console.keys("2");
    sees(&console, "/audio/levels");
    console.keys("4");
    sees(&console, "registered with the process manager");
    console.keys("q");
    let (code, left) = console.wait_for_end(PATIENCE).unwrap();
    assert_eq!((code, left.trim()), (0, ""), "the terminal is what it was");
    assert!(!console.with_screen(vt100::Screen::alternate_screen));
    assert!(!console.with_screen(vt100::Screen::hide_cursor));
}

#[test]
fn it_starts_the_show_when_nobody_has_and_leaves_it_when_it_ends() {
    let show = show();
    let mut console = open(&show);
    sees(&console, "u starts the show");
    console.keys("u");
    sees(&console, "Start the show?");
    console.keys("y");
    is_whole(&console);
    console.keys("q");
    assert_eq!(console.wait_for_end(PATIENCE).unwrap().0, 0);
    assert!(show.state("audio_analyzer").is_some(), "the show goes on");
}

#[test]
fn stopping_asks_once_and_starting_does_not() {
    let show = show();
    show.up();
    let mut console = open(&show);
    is_whole(&console);
    // The manager is the first line, the audio worker the next.
    console.keys("jx");
    sees(&console, "Stop audio_analyzer?");
    console.keys("\x1b");
    sees(&console, "left as it is");
    console.keys("xy");
    show.until("process_manager", "it is stopped", |state| {
        state["workers"]["audio_analyzer"]["health"] == "stopped"
    });
    sees(&console, "stopped");
    console.keys("s");
    show.until("process_manager", "it is healthy", |state| {
        state["workers"]["audio_analyzer"]["health"] == "healthy"
    });
    is_whole(&console);
}

#[test]
fn a_setting_is_changed_from_the_palette_and_a_wrong_one_is_refused_by_the_worker() {
    let show = show();
    show.up();
    let mut console = open(&show);
    is_whole(&console);
    console.keys(":set audio_analyzer enable_pitch false\r");
    show.until("audio_analyzer", "pitch is off", |state| state["config"]["enable_pitch"] == false);
    sees(&console, "enable_pitch is false");
    console.keys("5p");
    show.until("audio_analyzer", "pitch is on", |state| state["config"]["enable_pitch"] == true);
    console.keys(":set audio_analyzer latency_ms 5000\r");
    sees(&console, "refused");
    let state = show.state("audio_analyzer").unwrap();
    assert_eq!(state["config"]["latency_ms"], json!(0));
}

/// D40: the Python system's log lines were printed over its screen. Here the workers complain all the time (the file is not
/// there), and each line of the screen is where it belongs.
#[test]
fn d40_nothing_is_printed_over_the_screen() {
    let show = show();
    let config = fs::read_to_string(show.path("config.toml")).unwrap();
    fs::write(show.path("config.toml"), config.replace("drums.wav", "gone.wav")).unwrap();
    show.vj(&["up", "--detach"]);
    let mut console = open(&show);
    is_whole(&console);
    sees(&console, "gone.wav");
    console.keys("4");
    sees(&console, "gone.wav");
    let text = console.text();
    let head = text.lines().next().unwrap_or_default();
    assert!(head.starts_with(" 1 Master  2 OSC ") && head.contains("connected"), "{text}");
    assert!(text.lines().count() <= usize::from(ROWS), "nothing has scrolled");
}

/// D41: the Python console stood still while a service did not answer: 830 ms from a key to the screen. Here a worker is stopped
/// in the middle of everything, and each key is answered.
#[test]
fn d41_a_worker_that_hangs_holds_up_no_key() {
    let show = show();
    show.up();
    let mut console = open(&show);
    is_whole(&console);
    for worker in ["audio_analyzer", "osc_debugger"] {
        signal(show.pid(worker), "-STOP");
    }
    // It must have noticed, so that what follows is typed while questions are open.
    assert!(console.wait(PATIENCE, |screen| screen.contents().contains("incomplete")), "{}", console.text());
    for (key, text) in [("3", "Song"), ("5", "Tempo"), ("6", "Sets"), ("1", "Workers"), ("?", "Everywhere")] {
        console.keys(key);
        sees(&console, text);
    }
    for worker in ["audio_analyzer", "osc_debugger"] {
        signal(show.pid(worker), "-CONT");
    }
    console.keys("\x1b");
    is_whole(&console);
}

#[test]
fn it_follows_the_size_of_the_terminal_and_says_when_that_is_too_small() {
    let show = show();
    let console = open(&show);
    sees(&console, "u starts the show");
    console.resize(20, 70).unwrap();
    sees(&console, "80");
    assert!(!console.text().contains("u starts the show"), "{}", console.text());
    console.resize(50, 160).unwrap();
    sees(&console, "u starts the show");
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let show = show();
    for name in ["-TERM", "-INT", "-HUP"] {
        let mut console = open(&show);
        sees(&console, "u starts the show");
        assert!(console.with_screen(vt100::Screen::alternate_screen));
        signal(console.pid().unwrap(), name);
        let (code, left) = console.wait_for_end(PATIENCE).unwrap();
        assert_eq!((code, left.trim()), (0, ""), "{name}");
        assert!(!console.with_screen(vt100::Screen::alternate_screen), "{name}");
        assert!(!console.with_screen(vt100::Screen::hide_cursor), "{name}");
    }
}

/// Whether the test below is to panic.
const PANICS: &str = "A_TEST_PANICS_IN_A_TERMINAL";

#[test]
fn a_panic_gives_the_terminal_back_and_is_then_printed() {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "console::panics_in_a_terminal_if_it_is_told_to", "--nocapture"]);
    command.env(PANICS, "1");
    command.env("TERM", "xterm-256color");
    let mut terminal = Pty::start(command, ROWS, COLUMNS).unwrap();
    let (code, left) = terminal.wait_for_end(PATIENCE).unwrap();
    assert!(code != 0 && left.contains("a mistake of ours"), "{code}: {left}");
    assert!(!terminal.with_screen(vt100::Screen::alternate_screen));
    assert!(!terminal.with_screen(vt100::Screen::hide_cursor));
}

#[test]
fn panics_in_a_terminal_if_it_is_told_to() {
    if std::env::var_os(PANICS).is_some() {
        let _terminal = RealTerminal::enter().unwrap();
        panic!("a mistake of ours");
    }
}

#[test]
fn without_a_terminal_it_says_so_in_one_line() {
    let output = show().vj(&["console"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("needs a terminal") && output.stdout.is_empty(), "{said}");
}

/// The colours come from the theme, and with NO_COLOR there are none.
#[test]
fn a_theme_has_colours_and_no_color_has_none() {
    let mut show = show();
    show.up();
    let coloured = |console: &Pty| {
        is_whole(console);
        console.with_screen(|screen| {
            let (rows, columns) = screen.size();
            let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
            let cells = cells.filter_map(|(row, column)| screen.cell(row, column));
            cells
                .filter(|cell| {
                    cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
                })
                .count()
        })
    };
    assert!(coloured(&open_with(&show, &["--theme", "dark"])) > 20);
    assert_eq!(coloured(&open_with(&show, &["--theme", "plain"])), 0);
    show.env.push(("NO_COLOR".to_owned(), "1".to_owned()));
    assert_eq!(coloured(&open_with(&show, &[])), 0);
}

/// A recording is a process of its own: it outlives the console that began it, and any console ends it.
#[test]
fn a_recording_is_begun_in_one_console_and_ended_in_the_next() {
    let show = show();
    show.up();
    let mut console = open(&show);
    is_whole(&console);
    console.keys("6");
    sees(&console, "none runs");
    console.keys("R");
    sees(&console, "R ends it");
    sees(&console, "recording ...");
    console.keys("q");
    assert_eq!(console.wait_for_end(PATIENCE).unwrap().0, 0);
    let mut next = open(&show);
    next.keys("6");
    sees(&next, "R ends it");
    next.keys("R");
    sees(&next, "End the recording");
    next.keys("y");
    sees(&next, "none runs");
    let sets = fs::read_dir(show.path("state").join("sets")).unwrap();
    let [set] = sets.map(|set| set.unwrap().path()).collect::<Vec<_>>().try_into().unwrap();
    let about = fs::read_to_string(set.join("set.toml")).unwrap();
    assert!(about.contains("length_sec"), "it has ended well: {about}");
    assert!(!set.join("recording.lock").exists());
}
