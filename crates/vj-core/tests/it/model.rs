//! The law once more, written the other way round: a court that keeps no state but each worker's [`Story`], and judges a
//! whole history from its beginning.

use vj_core::supervision::{Action, Event, Exit, Health, Law, Signal, WorkerStatus};
use vj_core::{At, ProcessName};

use crate::story::{Fact, Story};

/// What the law should have answered to the last event, and how things stand then.
pub(crate) struct Verdict {
    pub(crate) actions: Vec<Action>,
    pub(crate) statuses: Vec<WorkerStatus>,
    pub(crate) next_deadline: Option<At>,
}

/// Judges a whole history from its beginning.
pub(crate) fn judge(law: &Law, workers: &[(ProcessName, bool)], history: &[(At, Event)]) -> Vec<Verdict> {
    let stories =
        workers.iter().map(|(name, wish)| Story { name: *name, facts: vec![(At::ZERO, Fact::Wish(*wish))] });
    let mut court = Court { law, stories: stories.collect(), actions: Vec::new(), closing: false };
    let (mut last, mut promise) = (At::ZERO, None);
    let mut verdicts = Vec::new();
    for (now, event) in history {
        let before: Vec<Health> = court.stories.iter().map(|story| story.health(law)).collect();
        if promise.is_some_and(|promise| now.since(promise) > law.freeze_tolerance) {
            court.actions.push(Action::FreezeForgiven { unseen: now.since(last) });
            court.stories.iter_mut().for_each(|story| story.add(*now, Fact::Froze(now.since(last))));
        }
        court.hear(*now, *event);
        court.look_at_the_clock(*now);
        court.close(*now);
        for (story, before) in court.stories.iter().zip(before) {
            if story.health(law) != before {
                court.actions.push(Action::HealthChanged { worker: story.name, health: story.health(law) });
            }
        }
        let watch = court.stories.iter().any(|story| story.life().is_some()).then_some(*now + law.heartbeat);
        promise = court.stories.iter().filter_map(|story| story.deadline(law)).chain(watch).min();
        last = *now;
        verdicts.push(Verdict {
            actions: std::mem::take(&mut court.actions),
            statuses: court.stories.iter().map(|story| story.status(law)).collect(),
            next_deadline: promise,
        });
    }
    verdicts
}

struct Court<'a> {
    law: &'a Law,
    stories: Vec<Story>,
    actions: Vec<Action>,
    /// A shutdown of all has begun.
    closing: bool,
}

impl Court<'_> {
    fn hear(&mut self, now: At, event: Event) {
        let all = 0..self.stories.len();
        let one = |it: ProcessName| self.stories.iter().position(|story| story.name == it);
        match event {
            Event::Tick => {}
            Event::ShutdownAll => {
                self.closing = true;
                for story in &mut self.stories {
                    if story.next_restart(self.law).is_some() {
                        story.add(now, Fact::CalledOff);
                    }
                }
            }
            Event::Begin => {
                for index in all {
                    let story = &self.stories[index];
                    if !self.closing && story.wish() && story.health(self.law) == Health::Stopped {
                        self.ask(index, now, false);
                    }
                }
            }
            Event::StartRequested { worker } | Event::RestartRequested { worker } if !self.closing => {
                let index = one(worker).unwrap();
                self.wanted(index, now, matches!(event, Event::RestartRequested { .. }));
            }
            Event::StartRequested { .. } | Event::RestartRequested { .. } => {}
            Event::StopRequested { worker } => self.unwanted(one(worker).unwrap(), now),
            Event::Found { worker, pid } => {
                let index = one(worker).unwrap();
                if self.stories[index].pid() != Some(pid) {
                    self.arrive(index, now, pid);
                }
            }
            Event::Spawned { worker, pid } => self.spawned(one(worker).unwrap(), now, pid),
            Event::SpawnFailed { worker } => {
                let index = one(worker).unwrap();
                if self.stories[index].is_spawning() {
                    self.stories[index].add(now, Fact::Failed);
                    self.crash(index, now);
                }
            }
            Event::Registered { worker, pid } => {
                let index = one(worker).unwrap();
                let gone = self.stories[index]
                    .last(|it| if let Fact::Gone { pid, .. } = it { Some(*pid) } else { None });
                if self.stories[index].life().is_none() && gone != Some(pid) {
                    self.arrive(index, now, pid);
                }
                self.say(index, now, pid, Fact::Registered);
            }
            Event::Heartbeat { worker, pid, status } => {
                let index = one(worker).unwrap();
                if self.stories[index].lived(Fact::Registered) {
                    self.say(index, now, pid, Fact::Beat(status));
                }
            }
            Event::Exited { worker, pid, exit } => self.exited(one(worker).unwrap(), now, pid, exit),
        }
    }

    fn wanted(&mut self, index: usize, now: At, afresh: bool) {
        let story = &mut self.stories[index];
        story.add(now, Fact::Wish(true));
        story.add(now, Fact::Cleared);
        let being_ended = story.lived(Fact::Terminated) || story.lived(Fact::Killed);
        if being_ended {
            story.add(now, Fact::Meant);
        } else if story.life().is_some() {
            if afresh {
                self.end(index, now);
            }
        } else if !story.is_spawning() {
            self.ask(index, now, false);
        }
    }

    fn unwanted(&mut self, index: usize, now: At) {
        let story = &mut self.stories[index];
        story.add(now, Fact::Wish(false));
        if story.lived(Fact::Terminated) || story.lived(Fact::Killed) {
            story.add(now, Fact::Meant);
        } else if story.life().is_some() {
            self.end(index, now);
        } else if !story.is_spawning() {
            story.add(now, Fact::CalledOff);
        }
    }

    fn spawned(&mut self, index: usize, now: At, pid: u32) {
        let story = &mut self.stories[index];
        match story.pid() {
            Some(known) if known != pid => return,
            Some(_) => story.add(now, Fact::Ours),
            None => story.add(now, Fact::Arrived { pid, ours: true }),
        }
        if !story.wish() && !story.lived(Fact::Terminated) && !story.lived(Fact::Killed) {
            self.end(index, now);
        }
    }

    fn arrive(&mut self, index: usize, now: At, pid: u32) {
        let story = &mut self.stories[index];
        let unwelcome = (story.is_spawning() && !story.wish()) || story.lived(Fact::Meant);
        story.add(now, Fact::Arrived { pid, ours: false });
        if unwelcome {
            self.end(index, now);
        }
    }

    fn say(&mut self, index: usize, now: At, pid: u32, fact: Fact) {
        let story = &mut self.stories[index];
        if story.pid() == Some(pid) && !story.lived(Fact::Killed) {
            story.add(now, fact);
        }
    }

    fn exited(&mut self, index: usize, now: At, pid: u32, exit: Exit) {
        let story = &mut self.stories[index];
        if story.pid() != Some(pid) {
            return;
        }
        let meant = story.lived(Fact::Meant);
        story.add(now, Fact::Gone { pid, exit });
        if !meant {
            self.crash(index, now);
        } else if story.wish() && !self.closing {
            self.ask(index, now, false);
        }
    }

    fn crash(&mut self, index: usize, now: At) {
        let story = &mut self.stories[index];
        if story.wish() && !self.closing {
            let hopeless = story.restarts_in_window(now, self.law) >= self.law.max_restarts as usize;
            story.add(now, if hopeless { Fact::GaveUp } else { Fact::Crashed });
        }
    }

    fn ask(&mut self, index: usize, now: At, by_law: bool) {
        self.stories[index].add(now, Fact::Asked { by_law });
        self.actions.push(Action::Spawn { worker: self.stories[index].name });
    }

    fn end(&mut self, index: usize, now: At) {
        let at_once = self.stories[index].is_unhealthy() || self.law.stop_grace.is_zero();
        self.signal(index, now, if at_once { Signal::Kill } else { Signal::Terminate });
        self.stories[index].add(now, Fact::Meant);
    }

    fn signal(&mut self, index: usize, now: At, signal: Signal) {
        let story = &mut self.stories[index];
        let pid = story.pid().unwrap();
        self.actions.push(Action::Signal { worker: story.name, pid, signal });
        story.add(now, if signal == Signal::Kill { Fact::Killed } else { Fact::Terminated });
    }

    fn look_at_the_clock(&mut self, now: At) {
        for index in 0..self.stories.len() {
            // A deadline may bring the next one with it.
            while self.stories[index].deadline(self.law).is_some_and(|deadline| deadline <= now) {
                let story = &mut self.stories[index];
                if story.life().is_none() {
                    self.ask(index, now, true);
                } else if story.is_unhealthy() || story.lived(Fact::Terminated) {
                    self.signal(index, now, Signal::Kill);
                } else {
                    story.add(now, Fact::FellSilent);
                }
            }
        }
    }

    fn close(&mut self, now: At) {
        let turns = if self.closing { self.stories.len() } else { 0 };
        for index in (0..turns).rev() {
            let story = &self.stories[index];
            if story.life().is_some() && !story.lived(Fact::Terminated) && !story.lived(Fact::Killed) {
                self.end(index, now);
            }
            let story = &self.stories[index];
            if story.is_spawning() || (story.life().is_some() && !story.lived(Fact::Killed)) {
                return;
            }
        }
    }
}
