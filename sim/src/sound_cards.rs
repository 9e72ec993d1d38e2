//! The simulated machine's audio inputs: what they hear, and what may happen to them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use vj_core::At;
use vj_env::{Clock, LocalBoxFuture};
use vj_workers::ports::{AudioBackend, AudioError, InputInfo, SoundFile, SoundFormat, SoundInput};

use crate::history::What;
use crate::tape::Tapes;
use crate::world::World;

/// What a sound system takes to open an input.
const OPENS_AFTER: Duration = Duration::from_millis(200);

/// Buffers that a device delivers in a second.
const BLOCKS_PER_SEC: u64 = 100;

/// What a device keeps for a listener that does not fetch it, in buffers.
const BLOCKS_KEPT: u64 = 50;

/// What a device that is plugged in does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Drums, without end.
    Sound,
    /// Exact zeros.
    Zeros,
    /// Nothing: its callback has stopped, and nobody says so.
    Nothing,
    /// It is listed, and whoever opens it waits for ever.
    NoAnswer,
}

struct Card {
    rate_hz: u32,
    channels: u16,
    is_loopback: bool,
    /// Counts how often it was plugged in; a stream of an earlier time is dead.
    plugged: u32,
    is_there: bool,
    gives: Gives,
}

/// The audio inputs of a machine, by name. Cloning gives the same ones.
#[derive(Clone, Default)]
pub struct SoundCards {
    cards: Rc<RefCell<BTreeMap<String, Card>>>,
}

impl SoundCards {
    /// Puts a device there before the show, or another one beside it. The first loopback is the preferred one, else the
    /// first of all, by name.
    pub fn add(&self, name: &str, rate_hz: u32, channels: u16, is_loopback: bool) {
        let card = Card { rate_hz, channels, is_loopback, plugged: 1, is_there: true, gives: Gives::Sound };
        self.cards.borrow_mut().insert(name.to_owned(), card);
    }

    /// All there are: name, rate and channels.
    #[must_use]
    pub fn list(&self) -> Vec<(String, u32, u16)> {
        let cards = self.cards.borrow();
        cards.iter().map(|(name, card)| (name.clone(), card.rate_hz, card.channels)).collect()
    }

    /// Pulls the plug.
    pub fn unplug(&self, world: &World, name: &str) {
        self.with(name, |card| card.is_there = false);
        fault(world, "unplug", name);
    }

    /// Plugs it in again; it may have another format now.
    pub fn plug(&self, world: &World, name: &str, rate_hz: u32, channels: u16) {
        self.with(name, |card| {
            (card.rate_hz, card.channels) = (rate_hz, channels);
            (card.is_there, card.gives) = (true, Gives::Sound);
            card.plugged += 1;
        });
        mended(world, "unplug", name);
    }

    /// What it does from now on.
    pub fn let_give(&self, world: &World, name: &str, gives: Gives) {
        self.with(name, |card| card.gives = gives);
        match gives {
            Gives::Sound => mended(world, "sound", name),
            Gives::Zeros => fault(world, "zeros", name),
            Gives::Nothing => fault(world, "stall", name),
            Gives::NoAnswer => fault(world, "no_answer", name),
        }
    }

    /// What a process on this machine can hear: these devices, and the files of `files`.
    #[must_use]
    pub fn backend(&self, files: Rc<dyn AudioBackend>, clock: Clock) -> Rc<dyn AudioBackend> {
        if self.cards.borrow().is_empty() {
            return files;
        }
        Rc::new(Hearing { cards: self.clone(), files, clock, drums: Tapes::new() })
    }

    fn with(&self, name: &str, change: impl FnOnce(&mut Card)) {
        self.cards.borrow_mut().get_mut(name).map(change);
    }

    /// The device to open: that of the name, or the preferred one.
    fn pick(&self, name: &str) -> Result<String, String> {
        let cards = self.cards.borrow();
        let there = |card: &Card| card.is_there;
        if !name.is_empty() {
            let is_there = cards.get(name).is_some_and(there);
            return is_there
                .then(|| name.to_owned())
                .ok_or_else(|| format!("the audio input \"{name}\" is not there: waiting for it"));
        }
        let mut live = cards.iter().filter(|(_, card)| there(card));
        let preferred = live.clone().find(|(_, card)| card.is_loopback).or_else(|| live.next());
        preferred
            .map(|(name, _)| name.clone())
            .ok_or_else(|| "there is no audio input: waiting for one".to_owned())
    }
}

fn fault(world: &World, kind: &str, name: &str) {
    let detail = String::new();
    world.note(What::Fault { kind: kind.to_owned(), target: name.to_owned(), detail });
}

fn mended(world: &World, kind: &str, name: &str) {
    world.note(What::Mended { kind: kind.to_owned(), target: name.to_owned() });
}

struct Hearing {
    cards: SoundCards,
    files: Rc<dyn AudioBackend>,
    clock: Clock,
    drums: Rc<Tapes>,
}

impl AudioBackend for Hearing {
    fn open_file(&self, path: &Path) -> Result<Box<dyn SoundFile>, AudioError> {
        self.files.open_file(path)
    }

    fn inputs(&self) -> Result<Vec<InputInfo>, AudioError> {
        let preferred = self.cards.pick("").ok();
        let cards = self.cards.cards.borrow();
        let there = cards.iter().filter(|(_, card)| card.is_there);
        let inputs = there.map(|(name, card)| InputInfo {
            name: name.clone(),
            id: name.clone(),
            is_loopback: card.is_loopback,
            is_preferred: preferred.as_ref() == Some(name),
            format: format_of(card),
        });
        Ok(inputs.collect())
    }

    fn open_input(&self, name: &str) -> LocalBoxFuture<'static, Result<Box<dyn SoundInput>, AudioError>> {
        let (cards, clock, drums, name) =
            (self.cards.clone(), self.clock.clone(), self.drums.clone(), name.to_owned());
        Box::pin(async move {
            clock.sleep(OPENS_AFTER).await;
            let device = cards.pick(&name).map_err(AudioError::Retry)?;
            let (format, plugged, gives) = {
                let cards = cards.cards.borrow();
                let card = &cards[&device];
                (format_of(card), card.plugged, card.gives)
            };
            if gives == Gives::NoAnswer {
                std::future::pending::<()>().await;
            }
            let (opened, blocks, overruns) = (clock.now(), 0, 0);
            let input = Input { cards, clock, drums, device, format, plugged, opened, blocks, overruns };
            Ok(Box::new(input) as Box<dyn SoundInput>)
        })
    }
}

fn format_of(card: &Card) -> SoundFormat {
    SoundFormat { sample_rate_hz: card.rate_hz, channels: card.channels, frames: None }
}

/// One opening of a device. Its buffers come by the machine's clock: number *n* ends `n / 100` s after the opening.
struct Input {
    cards: SoundCards,
    clock: Clock,
    drums: Rc<Tapes>,
    device: String,
    format: SoundFormat,
    plugged: u32,
    opened: At,
    /// Buffers that were fetched, or passed over.
    blocks: u64,
    overruns: u64,
}

impl Input {
    fn ends(&self, block: u64) -> At {
        self.opened + Duration::from_nanos(block * 1_000_000_000 / BLOCKS_PER_SEC)
    }

    fn frames_before(&self, block: u64) -> u64 {
        block * u64::from(self.format.sample_rate_hz) / BLOCKS_PER_SEC
    }
}

impl SoundInput for Input {
    fn device(&self) -> &str {
        &self.device
    }

    fn format(&self) -> SoundFormat {
        self.format
    }

    fn changed(&mut self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.clock.sleep_until(self.ends(self.blocks + 1)))
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<Option<At>, AudioError> {
        let (is_there, gives) = {
            let cards = self.cards.cards.borrow();
            let card = &cards[&self.device];
            (card.is_there && card.plugged == self.plugged, card.gives)
        };
        if !is_there {
            let why = format!("the audio input \"{}\" is gone: waiting for it", self.device);
            return Err(AudioError::Retry(why));
        }
        let since = self.clock.now().since(self.opened).as_nanos() as u64;
        let due = since * BLOCKS_PER_SEC / 1_000_000_000;
        let mut from = self.blocks;
        self.blocks = due;
        if matches!(gives, Gives::Nothing | Gives::NoAnswer) || due == from {
            return Ok(None);
        }
        let kept_from = due.saturating_sub(BLOCKS_KEPT);
        let channels = usize::from(self.format.channels);
        if kept_from > from {
            let lost = self.frames_before(kept_from) - self.frames_before(from);
            self.overruns += lost * channels as u64;
            from = kept_from;
        }
        for frame in self.frames_before(from)..self.frames_before(due) {
            let sample = match gives {
                Gives::Sound => self.drums.drums_at(self.opened, frame, self.format.sample_rate_hz),
                _ => 0.0,
            };
            out.extend(std::iter::repeat_n(sample, channels));
        }
        Ok(Some(self.ends(from + 1)))
    }

    fn overruns(&self) -> u64 {
        self.overruns
    }
}
