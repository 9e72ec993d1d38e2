//! The burden: a single line that ends the stanzas.

use super::matrix::Matrix;
use super::sung_line::SungLine;

/// It must come this often.
const TIMES_MIN: usize = 3;

/// With this many other lines between.
const LINES_BETWEEN_MIN: usize = 2;

/// At this share of its times it must end a stanza.
const ENDS_SHARE_MIN: f32 = 0.75;

/// The line that is one, each time that it comes.
pub(super) fn find(lines: &[SungLine], matrix: &Matrix) -> Option<Vec<usize>> {
    let candidates =
        (0..matrix.size()).map(|line| (0..matrix.size()).filter(|at| matrix.is_same(line, *at)).collect());
    let burdens = candidates.filter(|places: &Vec<usize>| is_burden(places, lines));
    burdens.max_by_key(Vec::len)
}

fn is_burden(places: &[usize], lines: &[SungLine]) -> bool {
    let are_apart = places.windows(2).all(|pair| pair[1] - pair[0] > LINES_BETWEEN_MIN);
    places.len() >= TIMES_MIN
        && are_apart
        && if has_stanzas(lines) { ends_stanzas(places, lines) } else { ends_song(places, lines) }
}

fn has_stanzas(lines: &[SungLine]) -> bool {
    lines.last().is_some_and(|line| line.stanza > 0)
}

fn ends_stanzas(places: &[usize], lines: &[SungLine]) -> bool {
    let ends =
        places.iter().filter(|at| lines.get(**at + 1).is_none_or(|next| next.stanza != lines[**at].stanza));
    ends.count() as f32 >= ENDS_SHARE_MIN * places.len() as f32
}

/// Without stanzas the song's own end tells a line that ends them from one that begins them.
fn ends_song(places: &[usize], lines: &[SungLine]) -> bool {
    places.first().is_some_and(|first| *first >= LINES_BETWEEN_MIN)
        && places.last() == Some(&(lines.len() - 1))
}
