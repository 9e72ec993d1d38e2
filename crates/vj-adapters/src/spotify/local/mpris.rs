//! A player on the session bus.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use vj_core::playback::Playback;
use vj_env::{Clock, Env, LocalBoxFuture, Scope};
use vj_workers::ports::SourceError;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MatchRule, MessageStream, OwnedVariant, conn};

use super::{LocalPlayer, metadata};

const PREFIX: &str = "org.mpris.MediaPlayer2.";
const PATH: &str = "/org/mpris/MediaPlayer2";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";

/// Players of Spotify, the service's own first. Some have their process number behind the name.
const PLAYERS: [&str; 4] = ["spotify", "spotifyd", "spotify_player", "ncspot"];

/// A player that takes longer to answer hangs.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1_500);

/// A player that changes tells so in several messages: they are heard out, and answered by one question.
const HEARD_OUT: Duration = Duration::from_millis(30);

/// Signals that wait to be heard; of more than one it only matters that there was one.
const SIGNALS_KEPT: NonZeroUsize = NonZeroUsize::new(16).expect("sixteen is not zero");

/// Whatever player of Spotify stands on the session bus.
pub struct Mpris {
    /// Another bus than the session's.
    address: Option<String>,
    clock: Clock,
    scope: Scope,
    bus: RefCell<Option<Connection>>,
    news: Rc<Notify>,
}

impl Mpris {
    /// Asks on the session bus that the environment names.
    #[must_use]
    pub fn new(env: &Env) -> Self {
        Self {
            address: None,
            clock: env.clock.clone(),
            scope: env.scope.clone(),
            bus: RefCell::default(),
            news: Rc::default(),
        }
    }

    /// Asks on the bus at this address.
    #[must_use]
    pub fn on_bus(env: &Env, address: &str) -> Self {
        Self { address: Some(address.to_owned()), ..Self::new(env) }
    }

    async fn ask(&self) -> Result<Option<Playback>, SourceError> {
        let bus = match self.connected().await {
            Ok(bus) => bus,
            Err(error) => {
                return Err(SourceError::NotConfigured(format!("there is no session bus here ({error})")));
            }
        };
        let asked = self.clock.timeout(ANSWERS_WITHIN, properties(&bus)).await;
        match asked {
            Ok(Ok(properties)) => Ok(properties.map(|properties| metadata::read(&properties))),
            Ok(Err(error)) => {
                // Next time over a fresh connection, whatever was wrong with this one.
                self.bus.borrow_mut().take();
                Err(SourceError::Transient(format!("the player on this machine cannot be asked: {error}")))
            }
            Err(_) => Err(SourceError::Transient("the player on this machine does not answer".to_owned())),
        }
    }

    async fn connected(&self) -> zbus::Result<Connection> {
        if let Some(bus) = self.bus.borrow().clone().filter(|bus| !bus.is_closed()) {
            return Ok(bus);
        }
        let builder = match &self.address {
            Some(address) => conn::Builder::address(address.as_str()),
            None => conn::Builder::session(),
        };
        let opened = async {
            let bus = builder.build().await?;
            let rule = MatchRule::builder()
                .msg_type(zbus::message::Type::Signal)
                .interface(PROPERTIES)
                .path(PATH)
                .arg(0, PLAYER)
                .build()?;
            let signals = MessageStream::for_match_rule(rule, &bus, Some(SIGNALS_KEPT)).await?;
            Ok::<_, zbus::Error>((bus, signals))
        };
        let within = self.clock.timeout(ANSWERS_WITHIN, opened).await;
        let (bus, signals) = within.map_err(|_| zbus::Error::Failure("it does not answer".to_owned()))??;
        self.hear(signals);
        *self.bus.borrow_mut() = Some(bus.clone());
        Ok(bus)
    }

    /// Passes on that something changed, until the bus is gone.
    fn hear(&self, mut signals: MessageStream) {
        let (news, clock) = (self.news.clone(), self.clock.clone());
        self.scope.spawn(async move {
            while next(&mut signals).await {
                clock.sleep(HEARD_OUT).await;
                news.notify_one();
            }
            news.notify_one();
        });
    }
}

/// Waits for the next signal; false when there will be none.
async fn next(signals: &mut MessageStream) -> bool {
    let mut next = std::future::poll_fn(|cx| Pin::new(&mut *signals).poll_next(cx));
    (&mut next).await.is_some_and(|signal| signal.is_ok())
}

/// The properties of the player, if there is one.
async fn properties(bus: &Connection) -> zbus::Result<Option<BTreeMap<String, OwnedVariant>>> {
    let dbus = "org.freedesktop.DBus";
    let answer = bus.call_method(Some(dbus), "/org/freedesktop/DBus", Some(dbus), "ListNames", &()).await?;
    let names: Vec<String> = answer.body().deserialize()?;
    let Some(player) = choose(&names) else { return Ok(None) };
    match bus.call_method(Some(player), PATH, Some(PROPERTIES), "GetAll", &(PLAYER,)).await {
        Ok(answer) => answer.body().deserialize().map(Some),
        // It has left between the two questions.
        Err(zbus::Error::FDO(error)) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_gone(error: &zbus::fdo::Error) -> bool {
    use zbus::fdo::Error::{NameHasNoOwner, NoReply, ServiceUnknown};
    matches!(error, ServiceUnknown(_) | NameHasNoOwner(_) | NoReply(_))
}

/// The name of the player to ask.
fn choose(names: &[String]) -> Option<&str> {
    let is = |name: &str, player: &str| {
        name.strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_prefix(player))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    PLAYERS.iter().find_map(|player| names.iter().map(String::as_str).find(|name| is(name, player)))
}

impl LocalPlayer for Mpris {
    fn name(&self) -> &'static str {
        "mpris"
    }

    fn playing(&self) -> LocalBoxFuture<'_, Result<Option<Playback>, SourceError>> {
        Box::pin(self.ask())
    }

    fn changed(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.news.notified())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spotifys_own_player_is_asked_before_others_and_other_players_never() {
        let names = |names: &[&str]| names.iter().map(|it| format!("{PREFIX}{it}")).collect::<Vec<_>>();
        for (there, chosen) in [
            (&["vlc", "spotifyd.instance7", "spotify"][..], Some("spotify")),
            (&["spotifyd.instance7", "firefox.instance_1"], Some("spotifyd.instance7")),
            (&["ncspot.instance12", "spotify_player"], Some("spotify_player")),
            (&["spotify-controls", "vlc"], None),
            (&[], None),
        ] {
            let there = names(there);
            assert_eq!(choose(&there), chosen.map(|it| format!("{PREFIX}{it}")).as_deref());
        }
    }
}
