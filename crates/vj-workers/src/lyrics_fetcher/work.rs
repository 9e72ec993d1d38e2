//! What the loop is asked to do beside itself, and what comes of it.

use std::io;

use vj_bus::Responder;
use vj_env::LocalBoxFuture;

use super::analyst::Analysed;
use super::limits::{KEEPS_MAX, LOOKUPS_MAX, ORDERS_MAX};
use super::lookup::Looked;
use super::orders::Order;

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The lyrics of the song, or of one that is over.
    Lookup,
    /// A model looks at the song.
    Analysis,
    /// ComfyUI paints it.
    Painting,
    /// Lyrics that somebody asked for.
    Order,
    /// Something is written down.
    Keep,
    /// Somebody looks who is there, or takes something back.
    Errand,
}

impl Kind {
    /// How many at once.
    pub(super) const fn limit(self) -> usize {
        match self {
            Self::Lookup => LOOKUPS_MAX,
            Self::Analysis | Self::Painting => 1,
            Self::Order => ORDERS_MAX,
            Self::Keep | Self::Errand => KEEPS_MAX,
        }
    }

    /// Whether the oldest makes room for a new one; else the new one is left out.
    pub(super) const fn is_newest_first(self) -> bool {
        !matches!(self, Self::Order | Self::Keep | Self::Errand)
    }
}

/// What came of it.
pub(super) enum Done {
    Looked {
        attempt: u64,
        looked: Looked,
    },
    Analysed {
        number: u64,
        analysed: Analysed,
    },
    Painted {
        number: u64,
        result: Result<String, String>,
    },
    /// And why it could not be kept, if so.
    Ordered {
        order: Order,
        looked: Looked,
        unkept: Option<String>,
    },
    Kept(io::Result<()>),
    OffsetKept(Responder, io::Result<()>),
    /// Nothing to speak of.
    Errand,
}

/// What is to be done.
pub(super) enum Work {
    Start(Kind, LocalBoxFuture<'static, Done>),
    GiveUp(Kind),
}
