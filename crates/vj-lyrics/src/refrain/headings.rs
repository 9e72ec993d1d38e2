//! Headings over stanzas, as contributors write them: `[Chorus]`, `Refrain:`, `[Verse 2: both]`.

use crate::words::fold;

/// First words of headings over a refrain, folded.
const REFRAIN: [&str; 13] = [
    "chorus",
    "refrain",
    "hook",
    "estribillo",
    "coro",
    "refrao",
    "refran",
    "ritornello",
    "kehrvers",
    "kehrreim",
    "refrein",
    "choeur",
    "tagline",
];

/// First words of other headings.
const OTHER: [&str; 24] = [
    "verse",
    "bridge",
    "intro",
    "outro",
    "pre",
    "prechorus",
    "post",
    "postchorus",
    "interlude",
    "solo",
    "instrumental",
    "break",
    "breakdown",
    "strophe",
    "vers",
    "couplet",
    "pont",
    "puente",
    "estrofa",
    "verso",
    "part",
    "spoken",
    "drop",
    "coda",
];

#[derive(Clone, Copy, PartialEq)]
enum Heading {
    Refrain,
    Other,
}

/// The lines under headings of refrains, if there are any.
pub(super) fn find(lines: &[&str]) -> Option<Vec<usize>> {
    let headings: Vec<Option<Heading>> = lines.iter().map(|line| read(line)).collect();
    if !headings.contains(&Some(Heading::Refrain)) {
        return None;
    }
    // Where nothing else has a heading, a stanza's end ends the refrain.
    let are_all_headed = headings.contains(&Some(Heading::Other));
    let mut found = Vec::new();
    let mut is_refrain = false;
    for (index, (line, heading)) in lines.iter().zip(&headings).enumerate() {
        if let Some(heading) = heading {
            is_refrain = *heading == Heading::Refrain;
        } else if line.trim().is_empty() {
            let is_under_its_heading = index > 0 && headings[index - 1].is_some();
            is_refrain &= are_all_headed || is_under_its_heading;
        } else if is_refrain {
            found.push(index);
        }
    }
    (!found.is_empty()).then_some(found)
}

/// A heading stands in brackets or before a colon, and is short.
fn read(line: &str) -> Option<Heading> {
    let line = line.trim();
    let inside = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let inside = inside.or_else(|| line.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')));
    let inside = inside.or_else(|| line.strip_suffix(':'))?;
    let folded = fold(inside);
    let mut words = folded.split(' ');
    let first = words.next()?.trim_end_matches(|c: char| c.is_ascii_digit());
    if words.count() > 6 {
        return None;
    }
    let is_one = |known: &[&str]| known.contains(&first);
    if is_one(&REFRAIN) { Some(Heading::Refrain) } else { is_one(&OTHER).then_some(Heading::Other) }
}
