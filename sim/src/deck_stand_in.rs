//! VirtualDJ's decks for a whole show: behind the port of the worker in virtual time, on ports of this machine over real
//! processes.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use serde_json::Value;
use vj_bus::osc;
use vj_core::At;
use vj_env::{Clock, Scope};
use vj_workers::ports::{Network, StreamPart};

use crate::deck_network::{Answers, DeckNetwork};
use crate::deck_newest::{DeckNewest, asked_for};
use crate::deck_sockets::DeckSockets;
use crate::deck_tape::{DeckEvent, DeckSaid, DeckTape};
use crate::ground::{Driver, Ground};
use crate::no_network::NoNetwork;

/// A VirtualDJ that has told nothing for so long is taken to be gone, where its answers stand on the tape: sooner than the worker
/// takes it so (3 s), so that whoever is told again has not forgotten.
const SILENT_SEC: f64 = 2.5;

/// Decks with their tape. Cloning gives the same ones.
#[derive(Clone)]
pub struct DeckStandIn {
    voice: Voice,
    line: Line,
}

#[derive(Clone)]
enum Line {
    Simulated(DeckNetwork),
    Real(Rc<DeckSockets>),
}

/// What they answer.
#[derive(Clone)]
struct Voice {
    tape: Rc<DeckTape>,
    newest: Rc<RefCell<DeckNewest>>,
    /// The clock of the run, once there is one.
    clock: Rc<RefCell<Option<Clock>>>,
    /// By how much the tape is ahead of that.
    ahead_sec: Rc<Cell<f64>>,
}

impl Voice {
    fn now_sec(&self) -> f64 {
        self.clock.borrow().as_ref().map_or(0.0, |clock| clock.now().as_secs_f64() + self.ahead_sec.get())
    }

    fn answers(&self) -> Answers {
        let voice = self.clone();
        Rc::new(move |question| voice.answer(question))
    }

    /// Whoever subscribes, as a worker does when it begins, is told how everything is. Questions for now are answered where
    /// the answers do not stand on the tape anyway.
    fn answer(&self, question: &[u8]) -> Vec<Vec<u8>> {
        let (now_sec, newest, has_answers) = (self.now_sec(), self.newest.borrow(), self.tape.has_answers());
        let is_there = newest.heard_sec().is_some_and(|sec| !has_answers || now_sec - sec < SILENT_SEC);
        let asked = osc::messages(question).unwrap_or_default();
        let answers = asked.iter().filter_map(|message| {
            let (word, addr) = asked_for(&message.addr)?;
            let is_answered = is_there && (word == "subscribe" || !has_answers);
            is_answered.then(|| newest.datagram(&addr, now_sec)).flatten()
        });
        answers.collect()
    }
}

impl DeckStandIn {
    /// Decks that play `tape`, whose second 0 is that of the run.
    ///
    /// # Errors
    /// Real ones need ports, and the system had none.
    pub fn new(driver: &Driver, tape: DeckTape) -> io::Result<Self> {
        let (newest, clock, ahead_sec) = Default::default();
        let voice = Voice { tape: Rc::new(tape), newest, clock, ahead_sec };
        let line = if driver.is_real() {
            Line::Real(Rc::new(DeckSockets::bind()?))
        } else {
            Line::Simulated(DeckNetwork::answering(voice.answers()))
        };
        Ok(Self { voice, line })
    }

    /// The worker's table, with the ways on which the tape has anything, and where they are.
    #[must_use]
    pub fn table(&self, mut table: Value) -> Value {
        let tape = &self.voice.tape;
        (table["osc"], table["os2l"]) = (tape.has_osc().into(), tape.has_os2l().into());
        if let Line::Real(sockets) = &self.line {
            let [osc_send, osc_listen, os2l_listen] = sockets.addresses().map(|at| at.to_string().into());
            (table["osc_send"], table["osc_listen"], table["os2l_listen"]) =
                (osc_send, osc_listen, os2l_listen);
        }
        table
    }

    /// The network behind the worker's port.
    #[must_use]
    pub fn network(&self) -> Rc<dyn Network> {
        match &self.line {
            Line::Simulated(network) => Rc::new(network.clone()),
            Line::Real(_) => Rc::new(NoNetwork),
        }
    }

    /// The run begins: they answer until `onlookers` are gone, and tell once somebody [plays](Self::play_on) them.
    pub fn begin(&self, ground: &dyn Ground, onlookers: &Scope) {
        *self.voice.clock.borrow_mut() = Some(ground.clock().clone());
        if let Line::Real(sockets) = &self.line {
            onlookers.spawn(sockets.clone().answer(self.voice.answers(), ground.clock().clone()));
            onlookers.spawn(sockets.clone().stay_connected(ground.clock().clone()));
        }
    }

    /// Tells what stands on the tape, each thing at its time, where the tape is so far ahead of the run. After a jump the worker
    /// is told first how everything is there.
    pub async fn play_on(&self, ahead_sec: f64) {
        let Some(clock) = self.voice.clock.borrow().clone() else { return };
        self.voice.ahead_sec.set(ahead_sec);
        let (events, now_sec) = (self.voice.tape.events(), self.voice.now_sec());
        let past = if ahead_sec == 0.0 { 0 } else { events.partition_point(|event| event.t <= now_sec) };
        if ahead_sec != 0.0 {
            self.go_to(&events[..past], now_sec);
        }
        for event in &events[past..] {
            clock.sleep_until(At::from_secs_f64(event.t - ahead_sec)).await;
            self.voice.newest.borrow_mut().hear(event);
            self.say(&event.said);
        }
    }

    fn go_to(&self, past: &[DeckEvent], now_sec: f64) {
        let newest = DeckNewest::after(past);
        let before = self.voice.newest.replace(newest.clone());
        let closed = before.streams().difference(newest.streams()).map(|it| StreamPart::Closed(*it));
        let opened = newest.streams().difference(before.streams()).map(|it| StreamPart::Opened(*it));
        closed.chain(opened).for_each(|part| self.say(&DeckSaid::Stream(part)));
        let told = newest.silences(&before).into_iter().chain(newest.datagrams(now_sec));
        told.for_each(|datagram| self.say(&DeckSaid::Datagram(datagram)));
    }

    fn say(&self, said: &DeckSaid) {
        match (&self.line, said) {
            (Line::Simulated(network), DeckSaid::Stream(part)) => network.part(part.clone()),
            (Line::Simulated(network), DeckSaid::Datagram(datagram)) => network.datagram(datagram.clone()),
            (Line::Real(sockets), DeckSaid::Stream(part)) => sockets.part(part),
            (Line::Real(sockets), DeckSaid::Datagram(datagram)) => sockets.datagram(datagram),
        }
    }
}
