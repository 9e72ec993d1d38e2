//! Hands on a rehearsal in real time: pause, jumps, speed and a section that is looped, by keys or by flags.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use clap::builder::FalseyValueParser;
use vj_console::terminal::{Key, KeyPress, Keyboard};
use vj_env::Clock;
use vj_env::real::real_clock;
use vj_sim::rehearsal::Hands;
use vj_sim::transport::{SECTION_SEC_MIN, SPEEDS, Transport};

/// Between two drawings of the line that says where it is.
const DRAWN: Duration = Duration::from_millis(100);

/// Between two looks whether the sound has begun, so that one can jump in it.
const LOOK: Duration = Duration::from_millis(50);

/// What an arrow jumps over, and what a page does. Seconds.
const STEP_SEC: f64 = 5.0;
const PAGE_SEC: f64 = 30.0;

const KEYS: &str =
    "space pause  \u{2190} \u{2192} 5 s  PgUp PgDn 30 s  - + speed  [ ] loop  \\ no loop  q end";

/// How a rehearsal in real time is moved.
#[derive(Debug, Clone, Args)]
pub(crate) struct HandsArgs {
    /// With --realtime: how fast, 0.25 to 8 (the keys - and + change it)
    #[arg(long, env = "VJ_SPEED", value_name = "X", value_parser = speed)]
    speed: Option<f64>,
    /// With --realtime: begin at this second of the sound
    #[arg(long, env = "VJ_FROM", value_name = "SEC", value_parser = second, allow_negative_numbers = true)]
    from: Option<f64>,
    /// With --realtime: play this section again and again, in seconds of the sound
    #[arg(long, env = "VJ_SECTION", value_name = "FROM-TO", value_parser = section)]
    section: Option<(f64, f64)>,
    /// With --realtime: hear the sound on the default output
    #[arg(long, env = "VJ_SOUND", value_parser = FalseyValueParser::new())]
    sound: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    let (least, most) = (SPEEDS[0], SPEEDS[SPEEDS.len() - 1]);
    let speed = text.parse().ok().filter(|speed| (least..=most).contains(speed));
    speed.ok_or_else(|| format!("allowed: {least} to {most}"))
}

fn second(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|sec: &f64| *sec >= 0.0 && sec.is_finite()).ok_or("allowed: seconds from 0 on")
}

fn section(text: &str) -> Result<(f64, f64), String> {
    let bounds = text.split_once('-').and_then(|(from, to)| Some((second(from).ok()?, second(to).ok()?)));
    bounds.filter(|(from, to)| to - from >= SECTION_SEC_MIN).ok_or_else(|| {
        format!("allowed: two seconds of the sound, as 30-45.5, at least {SECTION_SEC_MIN} s apart")
    })
}

impl HandsArgs {
    /// Whether anything is asked for.
    pub(super) fn is_given(&self) -> bool {
        self.speed.is_some() || self.moves() || self.sound
    }

    /// Whether not all of the set is played, or not once.
    pub(super) fn moves(&self) -> bool {
        self.from.is_some() || self.section.is_some()
    }

    /// The hands on a rehearsal in real time: those at the keyboard, if there is somebody and `by_keys`, and what the flags
    /// say. None where nobody could move anything.
    pub(super) fn hands(&self, sound: &Path, by_keys: bool) -> Result<Option<Hands>> {
        let ear = self.sound.then(|| Ear::open(sound)).transpose().map_err(|why| anyhow!(why))?;
        let is_somebody = by_keys && stdin().is_terminal() && stderr().is_terminal();
        let keyboard = is_somebody.then(Keyboard::take).transpose();
        let keyboard = keyboard.context("failed to take the keyboard")?;
        if keyboard.is_none() && !self.is_given() {
            return Ok(None);
        }
        let flags = self.clone();
        Ok(Some(Box::new(move |transport| {
            Box::pin(async move {
                // The hands move in the machine's own time, not in that of the show, which may stand still.
                let clock = real_clock();
                flags.apply(&transport, &clock).await;
                let moved = async {
                    match keyboard {
                        Some(keyboard) => play(&transport, &clock, keyboard).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    () = moved => {}
                    () = heard(ear, &transport, &clock) => {}
                }
            })
        })))
    }

    async fn apply(&self, transport: &Transport, clock: &Clock) {
        let mut said = Ok(());
        if let Some(speed) = self.speed {
            said = transport.set_speed(speed).map_err(|error| error.to_string());
        }
        transport.set_section(self.section);
        if let Some(from) = self.from.or(self.section.map(|(from, _)| from)).filter(|from| *from > 0.0) {
            while transport.position_sec() <= 0.0 {
                clock.sleep(LOOK).await;
            }
            said = said.and(transport.jump(from).await);
        }
        if let Err(why) = said {
            let _ = writeln!(stderr(), "{why}\r");
        }
    }
}

#[cfg(feature = "live-capture")]
type Ear = vj_adapters::Speaker;

/// Without sound cards nothing can be heard.
#[cfg(not(feature = "live-capture"))]
struct Ear;

#[cfg(not(feature = "live-capture"))]
impl Ear {
    fn open(_: &Path) -> Result<Self, String> {
        Err("--sound: this build has no sound cards".to_owned())
    }

    fn follow(&self, _: f64, _: f64) {}

    fn failure(&self) -> Option<String> {
        None
    }
}

/// Lets the sound be heard where the rehearsal is; for ever.
async fn heard(ear: Option<Ear>, transport: &Transport, clock: &Clock) {
    let Some(ear) = ear else { return std::future::pending().await };
    let mut said = false;
    loop {
        let begins = transport.position_sec() > 0.0;
        let speed = if transport.is_paused() || !begins { 0.0 } else { transport.speed() };
        ear.follow(transport.position_sec(), speed);
        if let Some(why) = ear.failure().filter(|_| !said) {
            said = true;
            let _ = write!(stderr(), "\r{why}\x1b[K\r\n");
        }
        clock.sleep(LOOK).await;
    }
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Pause,
    Jump(f64),
    ToStart,
    Faster(bool),
    SectionBegins,
    SectionEnds,
    NoSection,
    End,
}

fn deed(press: KeyPress) -> Option<Deed> {
    if press.control {
        return (press.key == Key::Char('c')).then_some(Deed::End);
    }
    Some(match press.key {
        Key::Char(' ') => Deed::Pause,
        Key::Left => Deed::Jump(-STEP_SEC),
        Key::Right => Deed::Jump(STEP_SEC),
        Key::PageUp => Deed::Jump(-PAGE_SEC),
        Key::PageDown => Deed::Jump(PAGE_SEC),
        Key::Home => Deed::ToStart,
        Key::Char('-' | '_') => Deed::Faster(false),
        Key::Char('+' | '=') => Deed::Faster(true),
        Key::Char('[') => Deed::SectionBegins,
        Key::Char(']') => Deed::SectionEnds,
        Key::Char('\\') => Deed::NoSection,
        Key::Char('q') => Deed::End,
        _ => return None,
    })
}

async fn play(transport: &Rc<Transport>, clock: &Clock, mut keyboard: Keyboard) {
    let (mut section_from, mut said) = (0.0, String::new());
    loop {
        draw(transport, &said);
        tokio::select! {
            biased;
            press = keyboard.next() => {
                let Some(press) = press else { return std::future::pending().await };
                let Some(deed) = deed(press) else { continue };
                let done = match deed {
                    Deed::End => break,
                    Deed::Pause => transport.pause(!transport.is_paused()).map_err(|error| error.to_string()),
                    Deed::Jump(by) => transport.jump(transport.position_sec() + by).await,
                    Deed::ToStart => transport.jump(0.0).await,
                    Deed::Faster(faster) => transport.change_speed(faster).map_err(|error| error.to_string()),
                    Deed::SectionBegins => {
                        section_from = transport.position_sec();
                        Ok(())
                    }
                    Deed::SectionEnds => {
                        transport.set_section(Some((section_from, transport.position_sec())));
                        transport.section().map(|_| ()).ok_or_else(|| "[ first, then ] a little later".to_owned())
                    }
                    Deed::NoSection => {
                        transport.set_section(None);
                        Ok(())
                    }
                };
                said = done.err().unwrap_or_default();
            }
            () = clock.sleep(DRAWN) => {}
        }
    }
    let _ = write!(stderr(), "\r\x1b[K");
}

fn draw(transport: &Transport, said: &str) {
    let line =
        line(transport.position_sec(), transport.length_sec(), transport.speed(), transport.is_paused());
    let section = transport.section().map(|(from, to)| format!("  loop {}-{}", time(from), time(to)));
    let beside = if said.is_empty() { KEYS } else { said };
    let _ = write!(stderr(), "\r{line}{}   {beside}\x1b[K", section.unwrap_or_default());
    let _ = stderr().flush();
}

fn line(position_sec: f64, length_sec: Option<f64>, speed: f64, is_paused: bool) -> String {
    let mark = if is_paused { "\u{2016}" } else { "\u{25b6}" };
    let length = length_sec.map(|sec| format!(" / {}", time(sec))).unwrap_or_default();
    format!("{mark} {}{length}  {speed}x", time(position_sec))
}

/// Minutes, seconds and tenths.
fn time(sec: f64) -> String {
    let tenths = (sec * 10.0).floor() as u64;
    format!("{:02}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_line_says() {
        let press = |key| KeyPress { key, control: false };
        for (key, expected) in [
            (Key::Char(' '), Some(Deed::Pause)),
            (Key::Left, Some(Deed::Jump(-5.0))),
            (Key::PageDown, Some(Deed::Jump(30.0))),
            (Key::Char('='), Some(Deed::Faster(true))),
            (Key::Char('['), Some(Deed::SectionBegins)),
            (Key::Char('x'), None),
        ] {
            assert_eq!(deed(press(key)), expected, "{key:?}");
        }
        assert_eq!(deed(KeyPress { key: Key::Char('c'), control: true }), Some(Deed::End));
        assert_eq!(deed(KeyPress { key: Key::Char('q'), control: true }), None);
    }

    #[test]
    fn flags_are_taken_or_refused_with_what_is_allowed() {
        assert_eq!((speed("0.25"), speed("8")), (Ok(0.25), Ok(8.0)));
        assert_eq!(speed("9").unwrap_err(), "allowed: 0.25 to 8");
        assert_eq!(section("30-45.5"), Ok((30.0, 45.5)));
        for wrong in ["45-30", "30", "a-b", "30-30.2"] {
            assert!(section(wrong).unwrap_err().starts_with("allowed: two seconds"), "{wrong}");
        }
    }

    #[test]
    fn the_line_says_where_it_is() {
        assert_eq!(line(83.46, Some(123.0), 0.5, false), "\u{25b6} 01:23.4 / 02:03.0  0.5x");
        assert_eq!(line(0.0, None, 1.0, true), "\u{2016} 00:00.0  1x");
    }
}
