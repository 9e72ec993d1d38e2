//! Which line, line of the refrain and keywords are told as the active ones.

use vj_bus::Emitter;
use vj_bus::osc::Osc;
use vj_core::At;
use vj_lyrics::lrc::Line;
use vj_lyrics::timeline::Follower;

use super::ear::Place;
use super::outbox::{Outbox, TimedText};

/// Follows one song.
pub(super) struct Singing {
    follower: Follower,
    /// By the index of the line.
    refrain: Vec<Option<TimedText>>,
    keywords: Vec<Option<TimedText>>,
    told_line: i32,
    told_refrain: i32,
    told_keywords: i32,
    /// Somebody jumped since the last look.
    is_sought: bool,
    /// When the next line is due.
    pub(super) due: Option<At>,
}

impl Singing {
    /// After a reset: nothing is active.
    pub(super) fn new(lines: &[Line], offset_ms: i32) -> Self {
        Self {
            follower: Follower::new(lines, offset_ms),
            refrain: vec![None; lines.len()],
            keywords: vec![None; lines.len()],
            told_line: -1,
            told_refrain: -1,
            told_keywords: -1,
            is_sought: false,
            due: None,
        }
    }

    /// What the visuals have been told of the refrain; they have nothing active of it.
    pub(super) fn set_refrain(&mut self, lines: &[(usize, TimedText)]) {
        set(&mut self.refrain, lines);
        self.told_refrain = -1;
    }

    /// What they have been told of the keywords.
    pub(super) fn set_keywords(&mut self, lines: &[(usize, TimedText)]) {
        set(&mut self.keywords, lines);
        self.told_keywords = -1;
    }

    pub(super) fn set_offset_ms(&mut self, offset_ms: i32) {
        self.follower.set_offset_ms(offset_ms);
    }

    pub(super) fn sought(&mut self) {
        self.is_sought = true;
    }

    /// The line that is told as active.
    pub(super) fn active(&self) -> i32 {
        self.told_line
    }

    /// Tells what has changed by now.
    pub(super) fn follow(&mut self, out: &Emitter, outbox: &Outbox, place: &Place, now: At) {
        let sought = std::mem::take(&mut self.is_sought);
        let at = self.follower.follow(place.sec(now), place.is_playing, sought);
        let takes_sec = at.next_in_sec.map(|sec| place.takes_at_most(now, sec));
        self.due = takes_sec.map(|sec| now + std::time::Duration::from_secs_f64(sec));
        // A line is not active before the visuals have it.
        if at.active != self.told_line && (at.active < 0 || outbox.has_told(at.active)) {
            self.told_line = at.active;
            tell(out, &Osc::LineActive(at.active));
        }
        if outbox.is_empty() {
            let of = |lines: &[Option<TimedText>]| -> (i32, String) {
                let line = usize::try_from(self.told_line).ok().and_then(|at| lines.get(at)?.as_ref());
                line.map_or((-1, String::new()), |line| (line.index, line.text.clone()))
            };
            let (refrain, keywords) = (of(&self.refrain), of(&self.keywords));
            if refrain.0 != self.told_refrain {
                self.told_refrain = refrain.0;
                tell(out, &Osc::RefrainActive(refrain.0, &refrain.1));
            }
            if keywords.0 != self.told_keywords {
                self.told_keywords = keywords.0;
                tell(out, &Osc::KeywordsActive(keywords.0, &keywords.1));
            }
        }
    }
}

/// One at a time also where bundles are wanted: texts are long, and a datagram has its limit.
fn tell(out: &Emitter, osc: &Osc<'_>) {
    out.emit(osc);
    out.end_of_tick();
}

fn set(by_line: &mut [Option<TimedText>], lines: &[(usize, TimedText)]) {
    by_line.fill(None);
    for (at, text) in lines {
        if let Some(place) = by_line.get_mut(*at) {
            *place = Some(text.clone());
        }
    }
}
