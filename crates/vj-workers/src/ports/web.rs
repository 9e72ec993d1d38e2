//! Services on the web, or on this machine, that are asked by HTTP.

use std::time::Duration;

use vj_env::LocalBoxFuture;

/// How something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It is only read.
    Get,
    /// It is sent the body.
    Post,
}

/// A question.
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    /// How.
    pub method: Method,
    /// The whole address, query included.
    pub url: String,
    /// Further headers. Their values may be secret: they are not printed.
    pub headers: Vec<(&'static str, String)>,
    /// The body; JSON, where there is one.
    pub body: Vec<u8>,
    /// From the first byte of the question to the last of the answer.
    pub timeout: Duration,
    /// An answer that is longer is none.
    pub bytes_max: usize,
}

impl std::fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.method, self.url)
    }
}

/// An answer, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, where it is there in seconds or as a date.
    pub retry_after: Option<Duration>,
    /// The body. Nothing compressed is asked for: a success that is compressed all the same is [`WebFailure::Broken`], and a
    /// refusal has no body then.
    pub body: Vec<u8>,
}

/// There was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebFailure {
    /// Nobody takes the connection: refused, no such host, no network.
    #[error("{0}")]
    Unreachable(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The connection broke, its encryption failed, or what came cannot be read.
    #[error("{0}")]
    Broken(String),
    /// The answer is longer than was allowed.
    #[error("an answer of more than {0} bytes")]
    TooLong(usize),
}

/// Whoever asks services by HTTP.
pub trait Web {
    /// Asks. Dropping the future gives the question up.
    fn ask(&self, request: WebRequest) -> LocalBoxFuture<'static, Result<WebAnswer, WebFailure>>;
}
