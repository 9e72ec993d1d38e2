//! Somebody in front of a console, and what the history is told of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use vj_env::Scope;

use super::show::mark;
use crate::checkers;
use crate::console::{Console, is_complete};
use crate::ground::Ground;
use crate::history::What;

/// Between two looks at a screen.
const LOOKS: Duration = Duration::from_millis(10);

/// A console by name.
pub(super) struct Onlooker {
    ground: Rc<dyn Ground>,
    name: String,
    console: RefCell<Box<dyn Console>>,
    is_dead: Cell<bool>,
}

impl Onlooker {
    /// Opens a console and watches its screen.
    pub(super) fn open(ground: &Rc<dyn Ground>, onlookers: &Scope, name: &str) -> Rc<Self> {
        mark(&**ground, checkers::OPENED, name);
        let console = RefCell::new(ground.console());
        let (ground, is_dead) = (ground.clone(), Cell::new(false));
        let onlooker = Rc::new(Self { ground, name: name.to_owned(), console, is_dead });
        onlookers.spawn(onlooker.clone().watch());
        onlooker
    }

    /// Tells of each change between complete and not.
    async fn watch(self: Rc<Self>) {
        let mut was_complete = false;
        while !self.is_dead.get() {
            let now = is_complete(&self.text());
            if now != was_complete {
                let name = if now { checkers::COMPLETE } else { checkers::INCOMPLETE };
                mark(&*self.ground, name, &self.name);
                was_complete = now;
            }
            self.ground.clock().sleep(LOOKS).await;
        }
    }

    /// Types.
    pub(super) fn keys(&self, keys: &str) {
        self.console.borrow_mut().keys(keys);
    }

    /// Wishes for a setting, through the palette.
    pub(super) fn set(&self, worker: &str, key: &str, value: u64) {
        mark(&*self.ground, checkers::WISHED, &format!("{} {value}", self.name));
        self.keys(&format!(":set {worker} {key} {value}\r"));
    }

    pub(super) fn text(&self) -> String {
        self.console.borrow().text()
    }

    /// Waits until the screen shows this; whether it came to.
    pub(super) async fn shows(&self, limit: Duration, is_so: impl Fn(&str) -> bool) -> bool {
        let until = self.ground.clock().now() + limit;
        loop {
            if is_so(&self.text()) {
                return true;
            }
            if self.ground.clock().now() >= until {
                return false;
            }
            self.ground.clock().sleep(LOOKS).await;
        }
    }

    /// Waits until all that runs is in sight.
    pub(super) async fn complete(&self, limit: Duration) -> bool {
        self.shows(limit, is_complete).await
    }

    /// Waits until a wish is shown in this way, and tells of it.
    pub(super) async fn shows_wish(&self, limit: Duration, words: &str) {
        if self.shows(limit, |text| text.contains(words)).await {
            mark(&*self.ground, checkers::STAGE, &format!("{} {words}", self.name));
        }
    }

    /// What the screen shows of a setting, by what the palette offers; tells of it.
    pub(super) async fn note_shown(&self, limit: Duration, worker: &str, key: &str) {
        let offer = format!("set {worker} {key} ");
        self.keys(&format!(":{offer}"));
        // The line that is typed is the other one: it has nothing behind it.
        let shown = |text: &str| {
            let offers = text.lines().filter_map(|line| Some(line.split_once(&offer)?.1.to_owned()));
            offers.filter_map(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).next()
        };
        self.shows(limit, |text| shown(text).is_some()).await;
        let value = shown(&self.text()).map_or("nothing".to_owned(), |value| value.to_string());
        mark(&*self.ground, checkers::SHOWN, &format!("{} {value}", self.name));
        self.keys("\x1b");
    }

    /// SIGKILL.
    pub(super) fn kill(&self) {
        let (kind, target) = ("kill".to_owned(), checkers::CONSOLE.to_owned());
        self.ground.note(What::Fault { kind, target, detail: self.name.clone() });
        self.is_dead.set(true);
        self.console.borrow_mut().kill();
    }

    /// Tells how its commands ended, where that can be seen.
    pub(super) fn note_answers(&self) {
        if let Some(answers) = self.console.borrow().answers() {
            mark(&*self.ground, checkers::ANSWERS, &format!("{} {}", self.name, checkers::answers(&answers)));
        }
    }
}
