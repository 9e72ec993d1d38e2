//! The user's account at Spotify: what is playing, with the sign-in kept good.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use vj_core::At;
use vj_env::Env;

use super::answer::Answer;
use super::failure::Failure;
use super::kept_rest;
use super::token::Token;
use super::token_file::{Found, TokenFile};
use super::web_api::WebApi;

/// What is said where nobody has signed in.
const NOT_CONFIGURED: &str = "not configured: run `vj spotify login`";

/// A service that refuses for a reason that takes hours or a person to change is asked so seldom.
const REFUSED_FOR: Duration = Duration::from_secs(300);

/// One account and its sign-in, for as long as the process lives; what asks may come and go.
pub struct Account {
    file: TokenFile,
    env: Env,
    sign_in: RefCell<SignIn>,
    /// Until then nobody is asked anything, whoever wants to know; and why.
    rest: RefCell<Option<(At, Failure)>>,
    /// Whether the rest that the process before this one was told of is known.
    has_recalled: Cell<bool>,
    /// Renewals one after the other: a refresh token may be good for a single one.
    turn: Mutex<()>,
}

#[derive(Default)]
struct SignIn {
    token: Option<Token>,
    /// The file's bytes when it was last read or written.
    known: Option<Vec<u8>>,
    /// Why the file is no sign-in.
    damaged: Option<String>,
    /// A sign-in that could not be written down yet.
    is_unwritten: bool,
    /// How often in a row the accounts service has refused to renew this sign-in.
    refusals: u32,
    /// Why nobody needs to be asked any more with this sign-in.
    ended: Option<String>,
}

impl Account {
    /// The account whose sign-in stands in the state directory.
    #[must_use]
    pub fn new(state: &Path, env: &Env) -> Rc<Self> {
        Rc::new(Self {
            file: TokenFile::new(state),
            env: env.clone(),
            sign_in: RefCell::default(),
            rest: RefCell::default(),
            has_recalled: Cell::new(false),
            turn: Mutex::new(()),
        })
    }

    /// Other settings may let be good what was not with the old ones. A service that asked for rest still gets it.
    pub fn try_again(&self) {
        let mut sign_in = self.sign_in.borrow_mut();
        (sign_in.refusals, sign_in.ended) = (0, None);
        self.end_refusal();
    }

    /// What is playing; none if nothing is.
    ///
    /// # Errors
    /// Why there is no answer. Nobody is asked while the service wants rest, nor once it is certain that the user must sign
    /// in, until another sign-in is there.
    pub async fn playing(self: &Rc<Self>, api: &Rc<WebApi>) -> Result<Option<Answer>, Failure> {
        let token = self.token()?;
        if !self.has_recalled.replace(true)
            && let Some((wait, failure)) = kept_rest::recall(&self.env).await
        {
            self.rest_for(wait, &failure);
        }
        if let Some(failure) = self.resting() {
            return Err(failure);
        }
        let answer = self.ask(api, token).await;
        match &answer {
            Err(failure @ Failure::Wait { wait, .. }) => {
                self.rest_for(*wait, failure);
                // Before anybody hears of it: a process that dies now must not ask again when it is back.
                kept_rest::keep(&self.env, *wait, failure).await;
            }
            Err(failure @ Failure::Refused(_)) => self.rest_for(REFUSED_FOR, failure),
            _ => {}
        }
        answer
    }

    async fn ask(self: &Rc<Self>, api: &Rc<WebApi>, mut token: Token) -> Result<Option<Answer>, Failure> {
        if token.is_stale(self.env.clock.wall_now()) && api.can_renew(&token).is_ok() {
            token = self.renewed(api, token).await?;
        }
        match api.playing(&token).await {
            Err(Failure::Expired) => {}
            answer => return answer,
        }
        let token = self.renewed(api, token).await?;
        match api.playing(&token).await {
            Err(Failure::Expired) => Err(Failure::Transient(
                "Spotify does not take the access token that it has just given".to_owned(),
            )),
            answer => answer,
        }
    }

    fn rest_for(&self, wait: Duration, failure: &Failure) {
        *self.rest.borrow_mut() = Some((self.env.clock.now() + wait, failure.clone()));
    }

    fn resting(&self) -> Option<Failure> {
        let rest = self.rest.borrow();
        let (until, failure) = rest.as_ref()?;
        let left = until.since(self.env.clock.now());
        match failure {
            _ if left.is_zero() => None,
            Failure::Wait { why, is_limit, .. } => {
                Some(Failure::Wait { wait: left, why: why.clone(), is_limit: *is_limit })
            }
            other => Some(other.clone()),
        }
    }

    fn end_refusal(&self) {
        let mut rest = self.rest.borrow_mut();
        if matches!(&*rest, Some((_, Failure::Refused(_)))) {
            *rest = None;
        }
    }

    /// The sign-in as it stands.
    fn token(&self) -> Result<Token, Failure> {
        self.look();
        let sign_in = self.sign_in.borrow();
        if let Some(why) = sign_in.damaged.as_ref().map(|why| format!("{why}: run `vj spotify login`")) {
            return Err(Failure::SignIn(why));
        }
        match (&sign_in.ended, &sign_in.token) {
            (Some(why), _) => Err(Failure::SignIn(why.clone())),
            (None, Some(token)) => Ok(token.clone()),
            (None, None) => Err(Failure::NotConfigured(NOT_CONFIGURED.to_owned())),
        }
    }

    /// Takes up what somebody has put into the file, or taken out of it.
    fn look(&self) {
        let mut sign_in = self.sign_in.borrow_mut();
        match self.file.look(&mut sign_in.known) {
            Found::Unchanged => {
                if sign_in.is_unwritten {
                    self.write(&mut sign_in);
                }
            }
            Found::New(token) => {
                let known = sign_in.known.take();
                *sign_in = SignIn { token: Some(token), known, ..SignIn::default() };
                self.end_refusal();
            }
            // What could not be written yet is not taken away by nobody having written it.
            Found::Nothing if sign_in.is_unwritten => self.write(&mut sign_in),
            Found::Nothing => *sign_in = SignIn::default(),
            // What is known stays good, whatever the disk has.
            Found::Unreadable(_) if sign_in.token.is_some() => {}
            Found::Damaged(why) | Found::Unreadable(why) => {
                let known = sign_in.known.take();
                *sign_in = SignIn { damaged: Some(why), known, ..SignIn::default() };
            }
        }
    }

    /// A fresh access token in place of `stale`. It is got by a task of the process, which goes on if whoever asks goes away:
    /// an answer that nobody hears could hold the one refresh token that is good.
    async fn renewed(self: &Rc<Self>, api: &Rc<WebApi>, stale: Token) -> Result<Token, Failure> {
        let (tell, told) = oneshot::channel();
        let (account, api) = (self.clone(), api.clone());
        self.env.scope.spawn(async move {
            // Whoever asked may have gone.
            let _ = tell.send(account.renew(&api, stale).await);
        });
        told.await.unwrap_or_else(|_| {
            Err(Failure::Transient("the renewal of Spotify's sign-in was stopped".to_owned()))
        })
    }

    async fn renew(&self, api: &WebApi, stale: Token) -> Result<Token, Failure> {
        let _turn = self.turn.lock().await;
        // Somebody may have done it meanwhile, or signed in again.
        let current = self.token()?;
        if current != stale {
            return Ok(current);
        }
        if let Err(why) = api.can_renew(&stale) {
            return Err(self.end(why));
        }
        let renewed = api.refreshed(&stale, &self.env.clock).await;
        let before = self.token();
        if let Ok(other) = &before
            && *other != stale
        {
            // Who signs in by hand while a renewal is under way means the new sign-in.
            return before;
        }
        match renewed {
            Ok(token) => {
                let mut sign_in = self.sign_in.borrow_mut();
                let known = sign_in.known.take();
                *sign_in = SignIn { token: Some(token.clone()), known, ..SignIn::default() };
                self.write(&mut sign_in);
                Ok(token)
            }
            Err(Failure::SignIn(why)) => {
                let refusals = self.sign_in.borrow().refusals + 1;
                self.sign_in.borrow_mut().refusals = refusals;
                // In an outage the service has said this of sign-ins that were good.
                if refusals == 1 {
                    Err(Failure::Transient(format!("{why} (trying once more)")))
                } else {
                    Err(self.end(why))
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Asks nobody any more with this sign-in.
    fn end(&self, why: String) -> Failure {
        self.sign_in.borrow_mut().ended = Some(why.clone());
        Failure::SignIn(why)
    }

    /// Writes the sign-in down; where that fails it is tried again at each look.
    fn write(&self, sign_in: &mut SignIn) {
        let Some(token) = &sign_in.token else { return };
        match self.file.write(token) {
            Ok(bytes) => (sign_in.known, sign_in.is_unwritten) = (Some(bytes), false),
            Err(error) => {
                if !sign_in.is_unwritten {
                    self.env.log.warn(format!(
                        "Spotify's sign-in is kept in memory only, for it cannot be written: {error}"
                    ));
                }
                sign_in.is_unwritten = true;
            }
        }
    }
}
