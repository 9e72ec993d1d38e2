//! The fake service as a site: its paths, and what each answers.

use super::service::{Granted, Manner, Says, Service};
use super::wire;
use crate::http::{self, Asked, Reply, Site};

/// The fewest letters of a code verifier, by RFC 7636.
const VERIFIER_LEN_MIN: usize = 43;

impl Site for Service {
    fn answer(&mut self, asked: &Asked) -> Reply {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/v1/me/player/currently-playing") => {
                let types = asked.parameter("additional_types").unwrap_or_default();
                let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
                let says = self.say(asked.at_sec, token);
                playing(&says, asked.at_sec, types.contains("episode"))
            }
            ("POST", "/api/token") => {
                let (status, _, body) = wire::grant(&token_for(self, asked));
                Reply::new(status, "application/json", body)
            }
            _ => Reply::new(404, "application/json", ""),
        }
    }
}

fn token_for(service: &mut Service, asked: &Asked) -> Granted {
    let form = asked.form();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match field("grant_type") {
        Some("refresh_token") if field("client_id").is_some() => {
            service.grant(asked.at_sec, field("refresh_token").unwrap_or_default())
        }
        Some("authorization_code")
            if field("code_verifier").is_some_and(|it| it.len() >= VERIFIER_LEN_MIN)
                && field("code") == Some("good-code") =>
        {
            Granted::Tokens { access: service.access_token(), refresh: Some(service.refresh_token()) }
        }
        _ => Granted::Invalid,
    }
}

fn playing(says: &Says, at_sec: f64, with_episodes: bool) -> Reply {
    let (status, rest_sec, mut body) = wire::answer(says, at_sec);
    if !with_episodes && body.contains("\"episode\"") {
        // The service shows episodes only to those who ask for them.
        body = body.replace("\"item\":{", "\"hidden\":{").replacen('{', "{\"item\":null,", 1);
    }
    let reply = Reply::new(status, "application/json; charset=utf-8", body);
    match says {
        Says::Playing(_, Manner::Page) => Reply::page(200, "sign in to this wifi"),
        Says::Playing(_, Manner::Cut) => reply.manner(http::Manner::Cut),
        Says::Playing(_, Manner::Reset) => reply.manner(http::Manner::Reset),
        Says::Playing(_, Manner::Stalled) => reply.manner(http::Manner::Stalled),
        Says::Playing(_, Manner::Trickled) => reply.manner(http::Manner::Trickled),
        _ => Reply { retry_after_sec: rest_sec, ..reply },
    }
}
