//! Signing in: the authorization code flow with PKCE, which needs no secret of the app.
//!
//! The user says yes in a browser, which comes back to a port of this machine; where the browser is on another machine, the
//! user pastes the address that it could not reach. Source: RFC 7636, and RFC 8252 on programs without a server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rspotify::OAuth;
use rspotify::http::Form;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;
use vj_env::{Clock, Scope};

use super::failure::Failure;
use super::redirect::{Redirect, answer, asked, loopback};
use super::token::Token;
use super::web_api::{Service, client, grant, no_token};

/// What is asked for: to see what plays. Nothing can be changed with it.
const SCOPES: [&str; 2] = ["user-read-currently-playing", "user-read-playback-state"];

/// Who has not said yes by then has gone away.
const DECIDES_WITHIN: Duration = Duration::from_secs(600);

/// Requests that wait to be looked at: a browser sends one, perhaps with another for an icon.
const REQUESTS_MAX: usize = 8;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The app has no name yet.
    #[error(
        "no app is named: make one at https://developer.spotify.com/dashboard (Web API, redirect URI {redirect_uri}) and set \
         spotify_monitor.client_id to its client ID"
    )]
    NoClient {
        /// What to register there.
        redirect_uri: String,
    },
    /// The browser could not come back.
    #[error("spotify_monitor.redirect_uri = {0}")]
    Redirect(String),
    /// Another program has the port.
    #[error(
        "{at} is taken ({error}): set spotify_monitor.redirect_uri to another port, and register it for the app"
    )]
    Taken {
        /// The port.
        at: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// rspotify could not make the address.
    #[error("spotify_monitor.auth_base_url: {0}")]
    Address(String),
    /// The user, or Spotify, said no.
    #[error("Spotify says no: {0}")]
    Denied(String),
    /// Nobody came back.
    #[error("nobody has said yes within {} minutes", DECIDES_WITHIN.as_secs() / 60)]
    TooLate,
    /// The code gave no token.
    #[error("{0}")]
    Failed(Failure),
}

/// A sign-in under way.
pub struct Login {
    client: rspotify::AuthCodePkceSpotify,
    redirect: Url,
    /// What the user must visit.
    url: String,
    listener: TcpListener,
    clock: Clock,
    scope: Scope,
}

impl Login {
    /// Opens the port that the browser will come back to. Must be called where tasks can be spawned on `scope`.
    ///
    /// # Errors
    /// What has to be set first.
    pub async fn begin(
        service: &Service,
        redirect_uri: &str,
        clock: Clock,
        scope: Scope,
    ) -> Result<Self, LoginError> {
        if service.client_id.is_empty() {
            return Err(LoginError::NoClient { redirect_uri: redirect_uri.to_owned() });
        }
        let (redirect, at) = loopback(redirect_uri).map_err(LoginError::Redirect)?;
        let listener = TcpListener::bind(at).await.map_err(|error| LoginError::Taken { at, error })?;
        let scopes = SCOPES.map(str::to_owned).into_iter().collect();
        let oauth = OAuth { redirect_uri: redirect_uri.to_owned(), scopes, ..OAuth::default() };
        let mut client = client(service, oauth);
        let url = client.get_authorize_url(None).map_err(|error| LoginError::Address(error.to_string()))?;
        Ok(Self { client, redirect, url, listener, clock, scope })
    }

    /// The page on which the user says yes.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the browser, or for an address that the user pastes, and gets the token.
    ///
    /// `pasted` brings lines that the user types. `say` is told what came and was not taken.
    ///
    /// # Errors
    /// Why there is no token.
    pub async fn finish(
        self,
        mut pasted: mpsc::Receiver<String>,
        mut say: impl FnMut(&str),
    ) -> Result<Token, LoginError> {
        let came = self.clock.timeout(DECIDES_WITHIN, self.code(&mut pasted, &mut say)).await;
        let (code, browser) = came.map_err(|_| LoginError::TooLate)??;
        let token = self.token_for(&code).await;
        if let Some(browser) = browser {
            match &token {
                Ok(_) => answer(browser, "200 OK", "vj is signed in. You can close this page.").await,
                Err(_) => {
                    answer(browser, "502 Bad Gateway", "That did not work: the terminal says why.").await;
                }
            }
        }
        token
    }

    /// The code, and the browser that waits for an answer.
    async fn code(
        &self,
        pasted: &mut mpsc::Receiver<String>,
        say: &mut impl FnMut(&str),
    ) -> Result<(String, Option<TcpStream>), LoginError> {
        let (asks, mut asking) = mpsc::channel(REQUESTS_MAX);
        loop {
            tokio::select! {
                biased;
                Some((address, stream)) = asking.recv() => match self.read(&address) {
                    Redirect::Code(code) => return Ok((code, Some(stream))),
                    Redirect::Denied(why) => {
                        answer(stream, "200 OK", "vj is not signed in. You can close this page.").await;
                        return Err(LoginError::Denied(why));
                    }
                    Redirect::Foreign(why) => {
                        if address.path() == self.redirect.path() {
                            say(&format!("a redirect was ignored: {why}"));
                        }
                        answer(stream, "404 Not Found", "This belongs to no sign-in that is under way.").await;
                    }
                },
                Ok((stream, _)) = self.listener.accept() => self.hear(stream, asks.clone()),
                Some(line) = pasted.recv() => {
                    let line = line.trim();
                    match Url::parse(line).map(|address| self.read(&address)) {
                        Ok(Redirect::Code(code)) => return Ok((code, None)),
                        Ok(Redirect::Denied(why)) => return Err(LoginError::Denied(why)),
                        Ok(Redirect::Foreign(why)) => say(&format!("that address does not help: {why}")),
                        Err(_) if line.is_empty() => {}
                        Err(error) => say(&format!("that is no address: {error}")),
                    }
                }
            }
        }
    }

    fn read(&self, address: &Url) -> Redirect {
        Redirect::read(address, &self.redirect, &self.client.oauth.state)
    }

    /// Hears one connection out, beside the others: browsers open some on suspicion and say nothing.
    fn hear(&self, mut stream: TcpStream, asks: mpsc::Sender<(Url, TcpStream)>) {
        let (expected, clock) = (self.redirect.clone(), self.clock.clone());
        self.scope.spawn(async move {
            if let Some(address) = asked(&mut stream, &expected, &clock).await {
                // Where the sign-in is over nobody waits for this.
                let _ = asks.send((address, stream)).await;
            }
        });
    }

    async fn token_for(&self, code: &str) -> Result<Token, LoginError> {
        let verifier = self.client.verifier.as_deref().unwrap_or_default();
        let form = Form::from([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.client.oauth.redirect_uri),
            ("client_id", &self.client.creds.id),
            ("code_verifier", verifier),
        ]);
        let answer = grant(&self.client, &form).await.map_err(LoginError::Failed)?;
        Token::granted(&answer, None, self.clock.wall_now()).map_err(|why| LoginError::Failed(no_token(why)))
    }
}
