//! What is told of the decks: beats and tempo. The visuals hear them while VirtualDJ is the current player, subscribers always.

use std::cell::Cell;
use std::rc::Rc;

use vj_bus::Emitter;
use vj_bus::osc::Osc;

use super::os2l::DeckBeat;

/// A tempo that differs by less is the same: VirtualDJ's numbers tremble in the last place.
const SAME_BPM: f32 = 0.005;

/// Tells of the decks.
pub(super) struct DeckVoice {
    out: Rc<Emitter>,
    /// Whether VirtualDJ is the current player.
    on_stage: Rc<Cell<bool>>,
    /// The tempo that was told last, and whether the visuals heard it.
    told: Cell<Option<(f32, bool)>>,
}

impl DeckVoice {
    /// Has told nothing yet.
    pub(super) fn new(out: Rc<Emitter>, on_stage: Rc<Cell<bool>>) -> Self {
        Self { out, on_stage, told: Cell::new(None) }
    }

    /// Tells a beat, and its tempo if that is another.
    pub(super) fn beat(&self, beat: DeckBeat) {
        self.send(&Osc::DeckBeat { number: beat.number, strength: beat.strength });
        if let Some(bpm) = beat.bpm {
            self.tempo(bpm);
        }
        self.out.end_of_tick();
    }

    /// Tells the tempo, if it is another than was told, or if the visuals have not heard it yet.
    pub(super) fn tempo(&self, bpm: f32) {
        let on_stage = self.on_stage.get();
        let is_told = self
            .told
            .get()
            .is_some_and(|(told, was_heard)| (told - bpm).abs() < SAME_BPM && (was_heard || !on_stage));
        if !is_told {
            self.told.set(Some((bpm, on_stage)));
            self.send(&Osc::DeckBpm(bpm));
            self.out.end_of_tick();
        }
    }

    fn send(&self, message: &Osc<'_>) {
        if self.on_stage.get() {
            self.out.emit(message);
        } else {
            self.out.emit_to_subscribers(message);
        }
    }
}
