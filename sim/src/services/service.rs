//! What all services have in common: a tape, outages, limits, answers that break.

use std::time::Duration;

use super::exchange::Exchanges;
use super::tape::{Event, Lines, Way, Weather};
use crate::http::{Asked, Manner, Reply, Site};

/// What is special to one service.
pub trait Nature {
    /// What can happen to it alone.
    type Event: Clone;

    /// It happens.
    fn happens(&mut self, at_sec: f64, event: Self::Event);

    /// Answers a question.
    fn answer(&mut self, asked: &Asked) -> Reply;

    /// Says that too much is asked of it.
    fn limited(&self) -> Reply;
}

/// A question that was asked, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The question.
    pub asked: Asked,
    /// What was said to it, whether it arrived or not.
    pub reply: Reply,
}

/// A service with its tape.
#[derive(Debug)]
pub struct Service<N: Nature> {
    nature: N,
    tape: Lines<N::Event>,
    /// Lines of the tape that have happened.
    played: usize,
    way: Way,
    takes: Duration,
    limited_until_sec: f64,
    seen: Vec<Seen>,
    /// What was asked and said on the night of a recording: then it knows nothing else.
    night: Exchanges,
    /// What was asked, and not on that night.
    unknown: Vec<String>,
}

impl<N: Nature> Service<N> {
    /// The service at the start of its tape.
    #[must_use]
    pub fn new(nature: N, tape: Lines<N::Event>) -> Self {
        let (played, way, takes, limited_until_sec, seen, unknown) = Default::default();
        let mut night = Exchanges::default();
        for (_, event) in &tape {
            if let Event::Exchange { exchange } = event {
                night.push(exchange.clone());
            }
        }
        Self { nature, tape, played, way, takes, limited_until_sec, seen, night, unknown }
    }

    /// Back to the start of the tape.
    pub fn rewind(&mut self)
    where
        N: Default,
    {
        let (tape, seen) = (std::mem::take(&mut self.tape), std::mem::take(&mut self.seen));
        let unknown = std::mem::take(&mut self.unknown);
        *self = Self { seen, unknown, ..Self::new(N::default(), tape) };
    }

    /// Every question so far.
    #[must_use]
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Questions that were not asked on the night of the recording that it plays.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    fn play_to(&mut self, at_sec: f64) {
        while let Some((t, event)) = self.tape.get(self.played).filter(|(t, _)| *t <= at_sec).cloned() {
            self.played += 1;
            match event {
                Event::Own(event) => self.nature.happens(t, event),
                Event::Weather(Weather::Answers(way)) => self.way = way,
                Event::Weather(Weather::Limit(sec)) => self.limited_until_sec = t + sec,
                Event::Weather(Weather::Takes(sec)) => {
                    self.takes = Duration::try_from_secs_f64(sec).unwrap_or_default();
                }
                Event::Weather(Weather::Down | Weather::Up) | Event::Exchange { .. } => {}
            }
        }
    }

    fn reply(&mut self, asked: &Asked) -> Reply {
        if !self.night.is_empty() {
            return self.night.answer(asked).unwrap_or_else(|| {
                self.unknown.push(format!("{} {}", asked.method, asked.path));
                Reply::new(503, "", "").manner(Manner::Reset)
            });
        }
        let left_sec = self.limited_until_sec - asked.at_sec;
        if left_sec > 0.0 {
            return self.nature.limited().rest(left_sec.ceil() as u64);
        }
        match self.way {
            Way::Page => return Reply::page(200, "sign in to this wifi"),
            Way::Status(status) => return Reply::page(status, &status.to_string()),
            Way::Empty => return Reply::new(200, "application/json", ""),
            Way::Well | Way::Cut | Way::Reset | Way::Stall | Way::Trickle => {}
        }
        // Whether the answer arrives or not, the service has heard the question.
        let reply = self.nature.answer(asked);
        let wait = reply.wait + self.takes;
        reply.after(wait).manner(match self.way {
            Way::Cut => Manner::Cut,
            Way::Reset => Manner::Reset,
            Way::Stall => Manner::Stalled,
            Way::Trickle => Manner::Trickled,
            _ => Manner::Whole,
        })
    }
}

impl<N: Nature> Site for Service<N> {
    fn answer(&mut self, asked: &Asked) -> Reply {
        self.play_to(asked.at_sec);
        let reply = self.reply(asked);
        self.seen.push(Seen { asked: asked.clone(), reply: reply.clone() });
        reply
    }

    fn is_up(&self, at_sec: f64) -> bool {
        let happened = self.tape.iter().take_while(|(t, _)| *t <= at_sec);
        let last = happened
            .filter_map(|(_, event)| match event {
                Event::Weather(Weather::Down) => Some(false),
                Event::Weather(Weather::Up) => Some(true),
                _ => None,
            })
            .last();
        last.unwrap_or(!self.tape.is_empty())
    }
}
