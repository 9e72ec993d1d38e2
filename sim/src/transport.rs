//! Where a rehearsal over real processes is on its tapes, and whoever moves it: pause, speed, jumps, a section that is looped.
//!
//! The speed is that of all clocks of the show: at half of it everything takes twice as long, heartbeats, questions and lines of
//! lyrics like the sound. A jump leaves the clocks alone and moves the tapes: the sound, what the players do, what services
//! answer, and the faults.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;
use vj_bus::Client;
use vj_core::ProcessName;
use vj_env::real::Pacemaker;

use crate::ground::Ground;
use crate::history::What;

/// The speeds that can be had.
pub const SPEEDS: [f64; 9] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0, 8.0];

/// The shortest section that can be looped.
pub const SECTION_SEC_MIN: f64 = 0.5;

/// Between two looks whether the end of the section has come.
const LOOK: Duration = Duration::from_millis(10);

/// The mark of a jump.
pub const JUMPED: &str = "jumped";

/// Moves a rehearsal.
pub struct Transport {
    ground: Rc<dyn Ground>,
    pacemaker: Rc<Pacemaker>,
    /// When the sound begins, in seconds of the show, where that is fixed.
    begins: Option<f64>,
    /// By how much the tapes are ahead of the show.
    ahead_sec: Cell<f64>,
    speed: Cell<f64>,
    is_paused: Cell<bool>,
    section: Cell<Option<(f64, f64)>>,
    length_sec: Cell<Option<f64>>,
    /// Counts the jumps, and tells of each.
    jumps: watch::Sender<u64>,
}

impl Transport {
    /// At the beginning, at the ordinary speed.
    #[must_use]
    pub fn new(ground: Rc<dyn Ground>, pacemaker: Rc<Pacemaker>, begins: Option<f64>) -> Self {
        let (speed, is_paused, jumps) = (Cell::new(1.0), Cell::new(false), watch::Sender::new(0));
        let (ahead_sec, section, length_sec) = Default::default();
        Self { ground, pacemaker, begins, ahead_sec, speed, is_paused, section, length_sec, jumps }
    }

    /// By how much the tapes are ahead of the show.
    #[must_use]
    pub fn ahead_sec(&self) -> f64 {
        self.ahead_sec.get()
    }

    /// When the sound began, in seconds of the show; none: it has not yet.
    fn sound_began_sec(&self) -> Option<f64> {
        let name = ProcessName::AudioAnalyzer.as_str();
        if self.begins.is_some() {
            return self.begins;
        }
        self.ground.history().with(|all| {
            all.iter().find_map(|entry| match &entry.what {
                What::Bound { process, .. } if process == name => Some(entry.t),
                _ => None,
            })
        })
    }

    /// Seconds into the sound.
    #[must_use]
    pub fn position_sec(&self) -> f64 {
        self.sound_began_sec().map_or(0.0, |began| {
            (self.ground.clock().now().as_secs_f64() + self.ahead_sec.get() - began).max(0.0)
        })
    }

    /// Seconds of the whole sound, once that is known.
    #[must_use]
    pub fn length_sec(&self) -> Option<f64> {
        self.length_sec.get()
    }

    pub(crate) fn set_length_sec(&self, sec: Option<f64>) {
        self.length_sec.set(sec);
    }

    /// The speed at which it runs when it is not paused.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed.get()
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.is_paused.get()
    }

    /// The section that is looped, in seconds of the sound.
    #[must_use]
    pub fn section(&self) -> Option<(f64, f64)> {
        self.section.get()
    }

    /// Lets it stand still, or go on.
    ///
    /// # Errors
    /// What the system said.
    pub fn pause(&self, is_paused: bool) -> std::io::Result<()> {
        self.is_paused.set(is_paused);
        self.pacemaker.set_rate(if is_paused { 0.0 } else { self.speed.get() })
    }

    /// Sets the speed, within what can be had.
    ///
    /// # Errors
    /// What the system said.
    pub fn set_speed(&self, speed: f64) -> std::io::Result<()> {
        self.speed.set(speed.clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]));
        self.pause(self.is_paused.get())
    }

    /// The next speed above the present one, or below it.
    ///
    /// # Errors
    /// What the system said.
    pub fn change_speed(&self, faster: bool) -> std::io::Result<()> {
        let now = self.speed.get();
        let next = if faster {
            SPEEDS.into_iter().find(|speed| *speed > now)
        } else {
            SPEEDS.into_iter().rev().find(|speed| *speed < now)
        };
        next.map_or(Ok(()), |speed| self.set_speed(speed))
    }

    /// Loops a section, or none any more. One that is too short is none.
    pub fn set_section(&self, section: Option<(f64, f64)>) {
        self.section.set(section.filter(|(from, to)| to - from >= SECTION_SEC_MIN));
    }

    /// Goes to this second of the sound, with all that is on the tapes.
    ///
    /// # Errors
    /// Why the audio worker did not: then nothing was moved.
    pub async fn jump(&self, to_sec: f64) -> Result<(), String> {
        let began = self.sound_began_sec().ok_or("the sound has not begun yet")?;
        let to_sec = to_sec.max(0.0);
        let to_sec = self.length_sec.get().map_or(to_sec, |length| to_sec.min(length));
        let mut client =
            Client::connect(&*self.ground.control(), self.ground.clock(), ProcessName::AudioAnalyzer)
                .await
                .map_err(|error| error.to_string())?;
        let answer = client.call("seek", serde_json::json!({"position_sec": to_sec})).await;
        answer.ok()?;
        self.ahead_sec.set(began + to_sec - self.ground.clock().now().as_secs_f64());
        self.ground
            .note(What::Mark { name: JUMPED.to_owned(), detail: format!("to {to_sec:.3} s of the sound") });
        self.jumps.send_modify(|jumps| *jumps += 1);
        Ok(())
    }

    /// Tells of each jump from now on.
    #[must_use]
    pub fn jumps(&self) -> watch::Receiver<u64> {
        self.jumps.subscribe()
    }

    /// Jumps back to the beginning of the section whenever its end has come; for ever.
    pub async fn keep_looping(&self) {
        loop {
            self.ground.clock().sleep(LOOK).await;
            let Some((from, to)) = self.section.get() else { continue };
            if self.position_sec() >= to && self.jump(from).await.is_err() {
                // A worker that is just being started again is asked once more.
                self.ground.clock().sleep(LOOK).await;
            }
        }
    }
}
