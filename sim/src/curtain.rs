//! The end of a script, for the clients that keep asking beside it.

use std::cell::Cell;

use tokio::sync::Notify;

/// Falls when the script is over: from then on nobody asks anything new, and what was asked is heard out. Without that
/// the show would end between some question and its answer, and a checker could not tell that from an answer that was lost.
#[derive(Default)]
pub struct Curtain {
    fallen: Cell<bool>,
    open_questions: Cell<usize>,
    answered: Notify,
}

impl Curtain {
    /// Whether the script is over.
    #[must_use]
    pub fn has_fallen(&self) -> bool {
        self.fallen.get()
    }

    /// The script is over; waits until every question that is still open has ended, as each does when its client has
    /// waited for long enough.
    pub async fn fall(&self) {
        self.fallen.set(true);
        while self.open_questions.get() > 0 {
            self.answered.notified().await;
        }
    }

    /// A question is open until what this gives is dropped.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        self.open_questions.set(self.open_questions.get() + 1);
        Question { curtain: self }
    }
}

/// A question that has not ended.
pub struct Question<'a> {
    curtain: &'a Curtain,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.curtain.open_questions.set(self.curtain.open_questions.get() - 1);
        self.curtain.answered.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Duration;

    use vj_core::At;
    use vj_env::Scope;

    use crate::driver;
    use crate::ground::Ground;
    use crate::stage::Stage;
    use crate::tape::Tapes;

    #[test]
    fn it_has_fallen_once_all_that_was_asked_is_heard() {
        driver::run(async {
            let world = Rc::new(Stage::new(1, Tapes::new()).build());
            let onlookers = Scope::new();
            for sec in [1, 3, 2] {
                let world = world.clone();
                onlookers.spawn(async move {
                    let _open = world.curtain().question();
                    Ground::clock(&*world).sleep(Duration::from_secs(sec)).await;
                });
            }
            tokio::task::yield_now().await;
            assert!(!world.curtain().has_fallen());
            world.curtain().fall().await;
            assert!(world.curtain().has_fallen());
            assert_eq!(Ground::clock(&*world).now(), At::from_secs_f64(3.0));
        });
    }
}
