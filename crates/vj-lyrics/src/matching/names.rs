//! Artist and title together: each says something of the other.

use super::{Artist, Title};
use crate::words::fold;

/// Takes both apart. A title may name guests, and may begin with the artist (`Adele - Hello`), as files without tags do.
pub(crate) fn read_names(artist: &str, title: &str) -> (Artist, Title) {
    let (artist, title) = untangled(artist, title);
    let title = Title::read(title);
    (Artist::read(artist, &title.featuring), title)
}

/// The artist and the title, of which the title does not begin with the artist.
pub(super) fn untangled<'n>(artist: &'n str, title: &'n str) -> (&'n str, &'n str) {
    match title.split_once(" - ") {
        Some((first, rest)) if artist.trim().is_empty() && !fold(first).is_empty() => (first, rest),
        Some((first, rest)) if fold(first) == fold(artist) && !fold(rest).is_empty() => (artist, rest),
        _ => (artist, title),
    }
}
