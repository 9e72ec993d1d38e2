//! A web that is not there.

use vj_env::LocalBoxFuture;
use vj_workers::ports::{Web, WebAnswer, WebFailure, WebRequest};

/// Nobody answers on it.
pub struct NoWeb;

impl Web for NoWeb {
    fn ask(&self, _: WebRequest) -> LocalBoxFuture<'static, Result<WebAnswer, WebFailure>> {
        Box::pin(async { Err(WebFailure::Unreachable("there is no network on this machine".to_owned())) })
    }
}
