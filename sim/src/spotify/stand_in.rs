//! The fake service for a whole show: behind the port of the worker in virtual time, on a port of this machine over real
//! processes.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use serde_json::Value;
use vj_env::{Clock, Scope};
use vj_workers::ports::OpenPlayback;

use super::port::FakePlayer;
use super::said_port::SaidPlayer;
use super::service::{Asked, Service};
use super::tape::Tape;
use super::wire::first_token;
use crate::ground::{Driver, Ground};
use crate::http::{Server, TapeTime};

/// The file of the state directory in which a sign-in is kept.
pub const TOKEN_FILE: &str = "spotify_token.json";

/// A service with its tape. Somebody is signed in to it.
pub struct StandIn {
    service: Rc<RefCell<Service>>,
    /// The clock of the run, once there is one.
    clock: Rc<RefCell<Option<Clock>>>,
    /// By how much its tape is ahead of that.
    ahead_sec: Rc<Cell<f64>>,
    server: Option<Server>,
    /// What it says behind the port, where it plays a recording.
    said: Option<SaidPlayer>,
}

impl StandIn {
    /// A service that plays `tape`, whose second 0 is that of the run.
    ///
    /// # Errors
    /// A real one needs a port, and the system had none.
    pub fn new(driver: &Driver, tape: Tape) -> io::Result<Self> {
        let server = driver.is_real().then(Server::bind).transpose()?;
        let (said, clock) = (tape.said(), Rc::<RefCell<Option<Clock>>>::default());
        let said = (!said.is_empty()).then(|| SaidPlayer::new(said, clock.clone()));
        let (service, ahead_sec) = (Rc::new(RefCell::new(Service::new(tape))), Rc::default());
        Ok(Self { service, clock, ahead_sec, server, said })
    }

    /// The tape is so far ahead of the run from now on. Where it was moved back, what has happened on it has not.
    pub fn jump(&self, ahead_sec: f64) {
        self.ahead_sec.set(ahead_sec);
        self.service.borrow_mut().rewind();
    }

    /// The worker's table, with where the service is and the app that somebody is signed in with.
    #[must_use]
    pub fn table(&self, mut table: Value) -> Value {
        table["source"] = "web_api".into();
        table["client_id"] = "app-1".into();
        if let Some(at) = self.server.as_ref().map(Server::address) {
            table["api_base_url"] = format!("http://{at}/v1/").into();
            table["auth_base_url"] = format!("http://{at}/").into();
        }
        table
    }

    /// The player behind the worker's port.
    #[must_use]
    pub fn open(&self) -> OpenPlayback {
        match &self.said {
            Some(said) => said.open(),
            None => FakePlayer::new(self.service.clone(), self.time()).open(),
        }
    }

    /// The run begins: somebody is signed in, and the service serves until `onlookers` are gone.
    ///
    /// # Errors
    /// What the system refused.
    pub fn begin(&self, ground: &dyn Ground, onlookers: &Scope) -> io::Result<()> {
        *self.clock.borrow_mut() = Some(ground.clock().clone());
        let token = {
            let service = self.service.borrow();
            first_token(&service.access_token(), &service.refresh_token())
        };
        ground.put_state_file(TOKEN_FILE, token.to_string().as_bytes());
        let Some(server) = &self.server else { return Ok(()) };
        server.serve(self.service.clone(), self.time(), ground.clock().clone(), onlookers)
    }

    /// Whether the file of the sign-in holds the refresh token that is good; in virtual time there is no such file.
    #[must_use]
    pub fn is_kept(&self, ground: &dyn Ground) -> bool {
        let good = self.service.borrow().refresh_token();
        let file = ground.state_file(TOKEN_FILE).unwrap_or_default();
        self.server.is_none() || String::from_utf8_lossy(&file).contains(&format!("{good:?}"))
    }

    /// The questions so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.service.borrow().asked().to_vec()
    }

    fn time(&self) -> TapeTime {
        let (read, ahead) = (self.clock.clone(), self.ahead_sec.clone());
        Rc::new(move || read.borrow().as_ref().map_or(0.0, |clock| clock.now().as_secs_f64() + ahead.get()))
    }
}
