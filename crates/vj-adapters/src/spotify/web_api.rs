//! Spotify's Web API, through rspotify: its client knows the addresses, the forms and the headers, and the bodies are read by
//! types of our own.
//!
//! Two things of rspotify 0.16 must not reach anybody: its own types lose an item that lacks `external_ids`, and it takes a
//! refresh that comes without a refresh token for the loss of it.

use std::error::Error;

use rspotify::clients::BaseClient;
use rspotify::http::{Form, HttpError, Query};
use rspotify::{AuthCodePkceSpotify, ClientError, Config, Credentials, OAuth};
use vj_core::settings::Settings;
use vj_env::Clock;

use super::answer::Answer;
use super::failure::{Failure, Unsuccessful};
use super::token::Token;

/// Without this an episode is an answer without an item.
const WITH_EPISODES: (&str, &str) = ("additional_types", "track,episode");

/// What is read of the body of an error: its first words tell everything.
const ERROR_BYTES_MAX: usize = 4_096;

/// Where the two services are, and which app asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The Web API, as in `https://api.spotify.com/v1`.
    pub api_base_url: String,
    /// The accounts service, as in `https://accounts.spotify.com`.
    pub auth_base_url: String,
    /// The app, as Spotify's dashboard calls it.
    pub client_id: String,
}

impl Service {
    /// What the settings of `spotify_monitor` say.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let text = |key| settings.text(key);
        Self {
            api_base_url: text("api_base_url"),
            auth_base_url: text("auth_base_url"),
            client_id: text("client_id"),
        }
    }
}

/// A client of the two services. It keeps no token.
pub struct WebApi {
    client: AuthCodePkceSpotify,
}

impl WebApi {
    /// A client that has asked nothing yet.
    #[must_use]
    pub fn new(service: &Service) -> Self {
        Self { client: client(service, OAuth::default()) }
    }

    /// What is playing; none if nothing is. An answer that takes longer than 10 s is given up.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn playing(&self, token: &Token) -> Result<Option<Answer>, Failure> {
        let access_token = token.access_token().to_owned();
        let held = rspotify::Token { access_token, ..rspotify::Token::default() };
        *self
            .client
            .token
            .lock()
            .await
            .map_err(|_| Failure::Transient("rspotify is in disorder".to_owned()))? = Some(held);
        let payload = Query::from([WITH_EPISODES]);
        let body = match self.client.api_get("me/player/currently-playing", &payload).await {
            Ok(body) => body,
            Err(error) => return Err(read(error, Unsuccessful::of_the_player).await),
        };
        Answer::parse(&body)
            .map_err(|error| Failure::Transient(format!("Spotify's answer cannot be read: {error}")))
    }

    /// Whether this sign-in can be renewed at all.
    ///
    /// # Errors
    /// What the user has to do.
    pub fn can_renew(&self, token: &Token) -> Result<(), String> {
        if token.refresh_token().is_none() {
            Err("Spotify's sign-in has run out: run `vj spotify login`".to_owned())
        } else if self.client.creds.id.is_empty() {
            Err("Spotify's sign-in cannot be renewed: set spotify_monitor.client_id to the app that it was made with".to_owned())
        } else {
            Ok(())
        }
    }

    /// A fresh access token.
    ///
    /// # Errors
    /// Why there is none; [`Failure::SignIn`] if the refresh token is not, or no longer, good.
    pub async fn refreshed(&self, token: &Token, clock: &Clock) -> Result<Token, Failure> {
        let refresh_token = token.refresh_token().unwrap_or_default();
        let form = Form::from([
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", &self.client.creds.id),
        ]);
        let answer = grant(&self.client, &form).await?;
        Token::granted(&answer, Some(token), clock.wall_now()).map_err(no_token)
    }
}

/// rspotify's client. It renews nothing and keeps nothing by itself.
pub(super) fn client(service: &Service, oauth: OAuth) -> AuthCodePkceSpotify {
    let config = Config {
        api_base_url: service.api_base_url.clone(),
        auth_base_url: service.auth_base_url.clone(),
        token_cached: false,
        token_refreshing: false,
        ..Config::default()
    };
    AuthCodePkceSpotify::with_config(Credentials::new_pkce(&service.client_id), oauth, config)
}

/// Asks the accounts service for a token.
pub(super) async fn grant(client: &AuthCodePkceSpotify, form: &Form<'_>) -> Result<String, Failure> {
    match client.auth_post("api/token", None, form).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(read(error, Unsuccessful::of_the_accounts).await),
    }
}

pub(super) fn no_token(why: String) -> Failure {
    Failure::Transient(format!("Spotify's answer gives no token: {why}"))
}

async fn read(error: ClientError, as_answer: fn(&Unsuccessful) -> Failure) -> Failure {
    let ClientError::Http(error) = error else {
        return Failure::Transient(format!("Spotify cannot be asked: {error}"));
    };
    match *error {
        HttpError::StatusCode(mut response) => {
            let status = response.status().as_u16();
            let retry_after =
                response.headers().get("retry-after").and_then(|it| it.to_str().ok()).map(str::to_owned);
            let mut body = Vec::new();
            // A body that breaks off says what it can.
            while let Ok(Some(chunk)) = response.chunk().await
                && body.len() < ERROR_BYTES_MAX
            {
                body.extend_from_slice(&chunk);
            }
            let body = String::from_utf8_lossy(&body).into_owned();
            as_answer(&Unsuccessful { status, retry_after, body })
        }
        HttpError::Client(error) => {
            let why = if error.is_timeout() {
                "does not answer".to_owned()
            } else if error.is_connect() {
                format!("cannot be reached: {}", deepest(&error))
            } else {
                format!("broke off its answer: {}", deepest(&error))
            };
            Failure::Transient(format!("Spotify {why}"))
        }
    }
}

/// The cause that names the thing: what stands above it says only that a request failed, and with which address.
fn deepest(mut error: &dyn Error) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
