//! One question to a service.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use vj_env::Clock;

use crate::ports::{Method, Web, WebAnswer, WebFailure, WebRequest};

/// By which services know who asks. LRCLIB wishes for a name, a version and a home page.
pub(super) fn user_agent() -> String {
    let home = env!("CARGO_PKG_HOMEPAGE");
    let name = concat!("vj v", env!("CARGO_PKG_VERSION"));
    if home.is_empty() { name.to_owned() } else { format!("{name} ({home})") }
}

/// Something that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes it in; nothing but blanks is none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// As a header's value.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What is only read.
pub(super) fn get(url: String, timeout: Duration, bytes_max: usize) -> WebRequest {
    let headers = vec![("User-Agent", user_agent()), ("Accept", "application/json".to_owned())];
    WebRequest { method: Method::Get, url, headers, body: Vec::new(), timeout, bytes_max }
}

/// JSON is sent there.
pub(super) fn post(url: String, body: &Value, timeout: Duration, bytes_max: usize) -> WebRequest {
    let mut request = get(url, timeout, bytes_max);
    request.method = Method::Post;
    request.headers.push(("Content-Type", "application/json".to_owned()));
    request.body = body.to_string().into_bytes();
    request
}

/// Asks. Whatever stands behind the port, it takes no longer than it was allowed to.
pub(super) async fn ask(web: &dyn Web, clock: &Clock, request: WebRequest) -> Result<WebAnswer, WebFailure> {
    let (timeout, bytes_max) = (request.timeout, request.bytes_max);
    let answer =
        clock.timeout(timeout, web.ask(request)).await.unwrap_or(Err(WebFailure::TimedOut(timeout)))?;
    if answer.body.len() > bytes_max { Err(WebFailure::TooLong(bytes_max)) } else { Ok(answer) }
}
