//! A session bus of the test's own, and a player on it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use tempfile::TempDir;
use vj_env::Scope;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MessageStream, Variant, conn};

const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";

/// Whether the user left these tests out.
pub(super) fn is_left_out() -> bool {
    std::env::var("VJ_WITHOUT").unwrap_or_default().split(',').any(|it| it == "dbus-daemon")
}

/// A bus, ended with the test.
pub(super) struct SessionBus {
    daemon: Child,
    pub(super) address: String,
    _temp: TempDir,
}

impl SessionBus {
    /// Starts one, and waits until it can be asked.
    pub(super) fn start() -> Self {
        let temp = TempDir::new().unwrap();
        let socket = format!("unix:path={}", temp.path().join("bus").display());
        let mut command = Command::new("dbus-daemon");
        command
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .arg(format!("--address={socket}"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut daemon = command.spawn().expect("dbus-daemon is missing: cargo xtask setup");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned(), _temp: temp }
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Drop for SessionBus {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(super) type Properties = BTreeMap<&'static str, Variant<'static>>;

/// A player on the bus. It leaves with [`leave`](Self::leave).
pub(super) struct BusPlayer {
    bus: Connection,
    shown: Rc<RefCell<Properties>>,
    answers: Rc<RefCell<bool>>,
}

impl BusPlayer {
    /// Puts it on the bus under this name.
    pub(super) async fn start(bus: &SessionBus, name: &str, scope: &Scope) -> Self {
        let connection = conn::Builder::address(bus.address.as_str()).build().await.unwrap();
        let (shown, answers) = (Rc::<RefCell<Properties>>::default(), Rc::new(RefCell::new(true)));
        let mut calls = MessageStream::from(&connection);
        let (on, of, may) = (connection.clone(), shown.clone(), answers.clone());
        scope.spawn(async move {
            while let Some(call) = std::future::poll_fn(|cx| Pin::new(&mut calls).poll_next(cx)).await {
                let Ok(call) = call else { return };
                let header = call.header();
                let is_question = header.member().is_some_and(|it| it.as_str() == "GetAll");
                if is_question && *may.borrow() {
                    let properties =
                        of.borrow().iter().map(|(k, v)| (*k, v.try_clone().unwrap())).collect::<Properties>();
                    on.reply(&header, &properties).await.unwrap();
                }
            }
        });
        connection.request_name(format!("org.mpris.MediaPlayer2.{name}")).await.unwrap();
        Self { bus: connection, shown, answers }
    }

    /// It is like this from now on, and says so.
    pub(super) async fn show(&self, properties: Properties) {
        let changed: Properties = properties.iter().map(|(k, v)| (*k, v.try_clone().unwrap())).collect();
        *self.shown.borrow_mut() = properties;
        let nothing_else: Vec<&str> = Vec::new();
        let interface = "org.freedesktop.DBus.Properties";
        let to_all: Option<&str> = None;
        let news = &(PLAYER, changed, nothing_else);
        self.bus.emit_signal(to_all, PATH, interface, "PropertiesChanged", news).await.unwrap();
    }

    /// Whether it answers.
    pub(super) fn let_answer(&self, answers: bool) {
        *self.answers.borrow_mut() = answers;
    }

    /// Its program ends.
    pub(super) async fn leave(self) {
        self.bus.close().await.unwrap();
    }
}
