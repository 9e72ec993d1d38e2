//! Who else gets a copy of the telemetry, of which addresses, and until when.

use std::net::SocketAddr;

use rosc::address::{Matcher, OscAddress};
use vj_core::At;
use vj_core::limits::PATTERN_BYTES_MAX;

use super::address_book::ADDRESS_BOOK;

/// An OSC 1.0 address pattern. As an extension, one that ends in `/*` also matches everything below: `/*` is all, and
/// `/audio/*` includes `/audio/beat/phase`.
#[derive(Debug, Clone)]
pub struct Pattern {
    matcher: Matcher,
    /// A star stands for no character, too. rosc's wants one; the last, which people write, is also tried as none.
    without_star: Option<Matcher>,
    /// What everything below begins with.
    below: Option<String>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("a pattern is longer than {PATTERN_BYTES_MAX} bytes"));
        }
        let below = text.strip_suffix('*').filter(|start| start.ends_with('/'));
        let plain = |start: &str| !start.contains(['?', '*', '[', ']', '{', '}']);
        let below = below.filter(|start| plain(start)).map(str::to_owned);
        let matcher = Matcher::new(text).map_err(|_| format!("'{text}' is not an OSC address pattern"))?;
        let without_star = text.strip_suffix('*').and_then(|start| Matcher::new(start).ok());
        Ok(Self { matcher, without_star, below })
    }

    /// Whether it matches `address`.
    #[must_use]
    pub fn matches(&self, address: &str) -> bool {
        if self.below.as_ref().is_some_and(|start| address.starts_with(start.as_str())) {
            return true;
        }
        let Ok(address) = OscAddress::new(address.to_owned()) else { return false };
        let matches = |matcher: &Matcher| matcher.match_address(&address);
        matches(&self.matcher) || self.without_star.as_ref().is_some_and(matches)
    }
}

/// One lease.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) to: SocketAddr,
    pub(crate) until: At,
    /// Only what the fixed targets get, too.
    pub(crate) only_for_visuals: bool,
    patterns: Vec<Pattern>,
    /// For each line of the address book whether it is wanted; none where that depends on the name in the address.
    wanted: Vec<Option<bool>>,
}

impl Subscription {
    pub(crate) fn new(to: SocketAddr, until: At, patterns: Vec<Pattern>) -> Self {
        let wanted = ADDRESS_BOOK.iter().map(|entry| {
            let fixed = !entry.address.ends_with("NAME");
            fixed.then(|| patterns.iter().any(|pattern| pattern.matches(entry.address)))
        });
        let wanted = wanted.collect();
        Self { to, until, only_for_visuals: false, patterns, wanted }
    }

    pub(crate) fn wants(&self, line: usize, address: &str) -> bool {
        self.wanted[line].unwrap_or_else(|| self.wants_address(address))
    }

    pub(crate) fn wants_address(&self, address: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_osc_says_and_a_trailing_star_means_all_below() {
        for (pattern, address, expect) in [
            ("/*", "/audio/beat/phase", true),
            ("/audio/*", "/audio/levels", true),
            ("/audio/*", "/audio/beat/phase", true),
            ("/audio/*", "/audiology/levels", false),
            ("/audio/beat", "/audio/beat", true),
            ("/audio/beat", "/audio/beat/phase", false),
            ("/audio/{bpm,beat}", "/audio/bpm", true),
            ("/audio/{bpm,beat}", "/audio/pitch", false),
            ("/audio/b?at", "/audio/beat", true),
            ("/audio/b*", "/audio/beat", true),
            ("/audio/bpm*", "/audio/bpm", true),
            ("/audio/bpm*", "/audio/bp", false),
            ("/vj/worker/*", "/vj/worker/audio_analyzer", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(address), expect, "{pattern} {address}");
        }
    }

    #[test]
    fn a_bad_pattern_is_named() {
        for text in ["", "audio", "/audio/[", &"/a".repeat(200)] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
