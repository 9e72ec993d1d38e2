//! What an album says of its tracks.

use crate::words::fold;

/// Whether its tracks are live ones, though their titles may not say so. `Live Through This` is no live album.
pub(super) fn is_live(album: &str) -> bool {
    const PHRASES: [&str; 11] = [
        " live at ",
        " live in ",
        " live from ",
        " live on ",
        " unplugged ",
        " en vivo ",
        " in concert ",
        " en directo ",
        " en concert ",
        " ao vivo ",
        " live album ",
    ];
    let folded = format!(" {} ", fold(album));
    let is_said = PHRASES.iter().any(|phrase| folded.contains(phrase));
    is_said || album.to_lowercase().contains("(live)") || folded.trim_end().ends_with(" live")
}
