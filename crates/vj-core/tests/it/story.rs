//! The model's only memory: a list of what happened to a worker. Whatever the model wants to know (is there a process?
//! how silent is it? which restart is this?) it reads off the list anew.

use std::time::Duration;

use vj_core::supervision::{Exit, Health, Law, Reported, WorkerStatus};
use vj_core::{At, ProcessName};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fact {
    /// The wish changed.
    Wish(bool),
    /// A person laid hands on it: older restarts do not count.
    Cleared,
    /// A start was asked for, by the law after a crash or else by a person.
    Asked {
        by_law: bool,
    },
    /// The start failed.
    Failed,
    /// A process is there.
    Arrived {
        pid: u32,
        ours: bool,
    },
    /// It turned out to be the one that was asked for.
    Ours,
    Registered,
    Beat(Reported),
    /// It was silent for too long.
    FellSilent,
    Terminated,
    Killed,
    /// Its end is what a person wants.
    Meant,
    Gone {
        pid: u32,
        exit: Exit,
    },
    Crashed,
    GaveUp,
    /// A pending restart, or a given-up state, was called off.
    CalledOff,
    /// The manager saw nothing for so long.
    Froze(Duration),
}

/// One worker's list.
pub(crate) struct Story {
    pub(crate) name: ProcessName,
    pub(crate) facts: Vec<(At, Fact)>,
}

impl Story {
    pub(crate) fn add(&mut self, at: At, fact: Fact) {
        self.facts.push((at, fact));
    }

    pub(crate) fn last<T>(&self, pick: impl Fn(&Fact) -> Option<T>) -> Option<T> {
        self.facts.iter().rev().find_map(|(_, fact)| pick(fact))
    }

    pub(crate) fn wish(&self) -> bool {
        self.last(|fact| if let Fact::Wish(wish) = fact { Some(*wish) } else { None }).unwrap()
    }

    /// Everything since the arrival of the live process, its arrival first.
    pub(crate) fn life(&self) -> Option<&[(At, Fact)]> {
        let turn = |(_, fact): &(At, Fact)| matches!(fact, Fact::Arrived { .. } | Fact::Gone { .. });
        let from = self.facts.iter().rposition(turn)?;
        matches!(self.facts[from].1, Fact::Arrived { .. }).then(|| &self.facts[from..])
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.life().map(|life| if let Fact::Arrived { pid, .. } = life[0].1 { pid } else { unreachable!() })
    }

    pub(crate) fn lived(&self, fact: Fact) -> bool {
        self.life().is_some_and(|life| life.iter().any(|(_, it)| *it == fact))
    }

    /// What came of it, while there is no process.
    pub(crate) fn outcome(&self) -> Option<(usize, At, Fact)> {
        let is_outcome = |fact: &Fact| {
            let beginnings = matches!(fact, Fact::Asked { .. } | Fact::Failed | Fact::Arrived { .. });
            beginnings || matches!(fact, Fact::Gone { .. } | Fact::Crashed | Fact::GaveUp | Fact::CalledOff)
        };
        let at = self.facts.iter().rposition(|(_, fact)| is_outcome(fact))?;
        Some((at, self.facts[at].0, self.facts[at].1))
    }

    pub(crate) fn is_spawning(&self) -> bool {
        matches!(self.outcome(), Some((_, _, Fact::Asked { .. })))
    }

    pub(crate) fn is_given_up(&self) -> bool {
        matches!(self.outcome(), Some((_, _, Fact::GaveUp)))
    }

    pub(crate) fn next_restart(&self, law: &Law) -> Option<At> {
        let (index, at, Fact::Crashed) = self.outcome()? else { return None };
        let before = self.crashes_of_the_streak(index, law);
        Some(at + law.backoff[before.min(law.backoff.len() - 1)])
    }

    /// Crashes before this index, back to the last clearing or minute of health.
    pub(crate) fn crashes_of_the_streak(&self, until: usize, law: &Law) -> usize {
        let (mut crashes, mut healthy_since, mut registered) = (0, None, false);
        for (at, fact) in &self.facts[..until] {
            let minute = healthy_since.is_some_and(|since| at.since(since) >= law.healthy_resets_after);
            match fact {
                Fact::Arrived { .. } | Fact::Gone { .. } | Fact::FellSilent => {
                    crashes = if minute { 0 } else { crashes };
                    healthy_since = None;
                    registered &= *fact == Fact::FellSilent;
                }
                Fact::Registered => {
                    registered = true;
                    healthy_since = healthy_since.or(Some(*at));
                }
                Fact::Beat(_) if registered => healthy_since = healthy_since.or(Some(*at)),
                Fact::Cleared => crashes = 0,
                Fact::Crashed => crashes += 1,
                _ => {}
            }
        }
        crashes
    }

    pub(crate) fn restarts_in_window(&self, now: At, law: &Law) -> usize {
        let hands = self.facts.iter().rposition(|(_, fact)| *fact == Fact::Cleared).map_or(0, |at| at + 1);
        let in_window = |(at, fact): &&(At, Fact)| {
            *fact == Fact::Asked { by_law: true } && now.since(*at) <= law.restart_window
        };
        self.facts[hands..].iter().filter(in_window).count()
    }

    /// Since the fact that this picks in the current life: the moment, moved on by what the manager did not see.
    pub(crate) fn since_last(&self, pick: impl Fn(&Fact) -> bool) -> Option<At> {
        let life = self.life()?;
        let from = life.iter().rposition(|(_, fact)| pick(fact))?;
        let unseen = life[from..]
            .iter()
            .map(|(_, fact)| if let Fact::Froze(unseen) = fact { *unseen } else { Duration::ZERO });
        Some(life[from].0 + unseen.sum())
    }

    pub(crate) fn silent_since(&self) -> Option<At> {
        self.since_last(|fact| matches!(fact, Fact::Arrived { .. } | Fact::Registered | Fact::Beat(_)))
    }

    pub(crate) fn is_unhealthy(&self) -> bool {
        let voice = |fact: &Fact| match fact {
            Fact::FellSilent => Some(true),
            Fact::Arrived { .. } | Fact::Registered | Fact::Beat(_) => Some(false),
            _ => None,
        };
        self.life().is_some() && self.last(voice).unwrap()
    }

    pub(crate) fn deadline(&self, law: &Law) -> Option<At> {
        if self.life().is_none() {
            return self.next_restart(law);
        }
        if self.lived(Fact::Killed) {
            return None;
        }
        match self.since_last(|fact| *fact == Fact::Terminated) {
            Some(asked) => Some(asked + law.stop_grace),
            None => {
                let allowed = if self.is_unhealthy() { law.kill_after } else { law.unhealthy_after };
                Some(self.silent_since().unwrap() + allowed)
            }
        }
    }

    pub(crate) fn health(&self, law: &Law) -> Health {
        let reported = || {
            self.life().unwrap().iter().rev().find_map(|(_, fact)| match fact {
                Fact::Beat(status) => Some(*status),
                _ => None,
            })
        };
        match () {
            () if self.is_unhealthy() => Health::Unhealthy,
            () if self.lived(Fact::Registered) && reported() == Some(Reported::Degraded) => Health::Degraded,
            () if self.lived(Fact::Registered) => Health::Healthy,
            () if self.life().is_some() || self.is_spawning() => Health::Starting,
            () if self.is_given_up() => Health::GivenUp,
            () if self.next_restart(law).is_some() => Health::Backoff,
            () => Health::Stopped,
        }
    }

    pub(crate) fn status(&self, law: &Law) -> WorkerStatus {
        let ours = |fact: &Fact| match fact {
            Fact::Arrived { ours, .. } => Some(*ours),
            Fact::Ours => Some(true),
            _ => None,
        };
        let beats = |fact: &Fact| matches!(fact, Fact::Beat(_));
        let beat = self.life().and_then(|life| life.iter().rev().find(|(_, fact)| beats(fact)));
        WorkerStatus {
            enabled: self.wish(),
            running: self.life().is_some(),
            health: self.health(law),
            pid: self.pid(),
            adopted: self.life().is_some() && self.last(ours) == Some(false),
            restart_count: self.facts.iter().filter(|(_, fact)| *fact == Fact::Asked { by_law: true }).count()
                as u64,
            last_heartbeat: beat.map(|(at, _)| *at),
            next_restart: self.next_restart(law),
            last_exit: self.last(|fact| match fact {
                Fact::Gone { exit, .. } => Some(*exit),
                Fact::Failed => Some(Exit::NotStarted),
                _ => None,
            }),
        }
    }
}
