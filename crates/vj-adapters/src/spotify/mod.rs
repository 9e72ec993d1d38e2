//! What Spotify plays: over its Web API, or from the player on this machine.
//!
//! - `answer`: what the Web API says, read tolerantly.
//! - `failure`: why it did not say it, and what to do about that.
//! - `token`, `token_file`: the sign-in, and where it is kept.
//! - `web_api`: the client, through rspotify.
//! - `account`: what is playing, with the sign-in kept good.
//! - `kept_rest`: for how long nobody may be asked, also after a crash.
//! - `login`, `redirect`: signing in.
//! - `local`: the player on this machine.
//! - `player`: all of it behind the port, as the monitor asks.

mod account;
mod answer;
mod failure;
mod kept_rest;
pub mod local;
mod login;
mod player;
mod redirect;
mod token;
mod token_file;
mod web_api;

pub use account::Account;
pub use answer::{Answer, Item, ItemKind};
pub use failure::{Failure, Unsuccessful};
pub use kept_rest::left as rest_left;
pub use login::{Login, LoginError};
pub use player::SpotifyPlayer;
pub use token::Token;
pub use token_file::{Found, TokenFile};
pub use web_api::{Service, WebApi};
