//! A block of lines that comes back.

use super::matrix::Matrix;
use super::sung_line::SungLine;

/// Longest block that is looked for; a longer refrain is found by its part.
const LENGTH_MAX: usize = 16;

/// A block that comes just twice must have this many lines: a couplet may come back by chance.
const LENGTH_OF_TWO_MIN: usize = 3;

/// How much coming back counts against length. With these, four lines three times beat eight lines twice, of which
/// the first half is a pre-chorus that the last time leaves out.
const TIMES_POWER: f32 = 1.3;
const LENGTH_POWER: f32 = 0.8;

/// A line after the block belongs to it if it comes at this share of its times; one before it, where a pre-chorus
/// stands, only if it (nearly) always comes; one in the next stanza only if it always comes.
const AFTER_SHARE_MIN: f32 = 0.6;
const BEFORE_SHARE_MIN: f32 = 0.8;

/// A block and where it comes.
pub(super) struct Block {
    length: usize,
    /// The first line of each time, in order, not overlapping.
    starts: Vec<usize>,
}

impl Block {
    /// The block that is most likely the refrain.
    pub(super) fn best(lines: &[SungLine], matrix: &Matrix) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for start in 0..matrix.size() {
            for length in 2..=LENGTH_MAX.min(matrix.size() - start) {
                if lines[start].stanza != lines[start + length - 1].stanza {
                    break;
                }
                let block = Self::at(start, length, matrix);
                if block.starts.len() < 2 {
                    break;
                }
                let Some(score) = block.score(matrix) else { continue };
                // Among equals the later one: a pre-chorus comes before the refrain.
                if best.as_ref().is_none_or(|(most, _)| score >= *most - 1e-3) {
                    best = Some((score, block));
                }
            }
        }
        best.map(|(_, block)| block.trimmed(lines, matrix))
    }

    fn at(start: usize, length: usize, matrix: &Matrix) -> Self {
        let mut starts = Vec::new();
        let mut free_from = 0;
        for at in 0..matrix.size() {
            // The block itself must be one of its times.
            let is_in_the_way = at < start && at + length > start;
            if at >= free_from && !is_in_the_way && matrix.is_same_block(start, at, length) {
                starts.push(at);
                free_from = at + length;
            }
        }
        Self { length, starts }
    }

    /// Without stanzas nothing says where the verse ends. A line that the verses sing elsewhere too is theirs.
    fn trimmed(mut self, lines: &[SungLine], matrix: &Matrix) -> Self {
        let has_stanzas = lines.last().is_some_and(|line| line.stanza > 0);
        while !has_stanzas
            && self.length > LENGTH_OF_TWO_MIN
            && self.is_sung_elsewhere(self.starts[0], matrix)
        {
            self.starts.iter_mut().for_each(|start| *start += 1);
            self.length -= 1;
        }
        self
    }

    /// Whether a line comes twice or more outside of the block.
    fn is_sung_elsewhere(&self, line: usize, matrix: &Matrix) -> bool {
        let is_outside =
            |at: &usize| !self.starts.iter().any(|start| (*start..start + self.length).contains(at));
        (0..matrix.size()).filter(is_outside).filter(|at| matrix.is_same(line, *at)).count() >= 2
    }

    /// Times that follow each other at once are one.
    fn times(&self) -> Vec<(usize, usize)> {
        let mut times: Vec<(usize, usize)> = Vec::new();
        for start in &self.starts {
            match times.last_mut() {
                Some((_, end)) if *start <= *end + 1 => *end = start + self.length,
                _ => times.push((*start, start + self.length)),
            }
        }
        times
    }

    /// `None` if it cannot be a refrain.
    fn score(&self, matrix: &Matrix) -> Option<f32> {
        let times = self.times();
        let (first, last) = (times.first()?, times.last()?);
        let is_reprise = times.len() == 2 && first.0 <= 1 && last.1 + 1 >= matrix.size();
        let is_enough = times.len() >= 3 || times.len() == 2 && self.length >= LENGTH_OF_TWO_MIN;
        if !is_enough || is_reprise {
            return None;
        }
        let (times, length) = ((times.len() - 1) as f32, self.length as f32);
        Some(libm::powf(times, TIMES_POWER) * libm::powf(length, LENGTH_POWER))
    }

    /// All lines of all its times: with those that come along before and after it, and half ones.
    pub(super) fn all_lines(&self, lines: &[SungLine], matrix: &Matrix) -> Vec<usize> {
        let size = matrix.size();
        let mut is_in = vec![false; size];
        for (start, end) in self.times() {
            is_in[start..end].fill(true);
        }
        let mut models: Vec<usize> = (self.starts[0]..self.starts[0] + self.length).collect();
        models.extend(self.reach_after(lines, matrix, &mut is_in));
        models.extend(self.reach_before(lines, matrix, &mut is_in));
        self.mark_halves(matrix, &mut is_in);
        // What goes on right after it with its lines, or parts of them, in the same breath.
        for at in 1..size {
            let is_echo = |model: &usize| matrix.is_same(*model, at) || lines[at].is_part_of(&lines[*model]);
            is_in[at] |= is_in[at - 1] && models.iter().any(is_echo);
        }
        mark_stanzas(lines, matrix, &models, &mut is_in);
        (0..size).filter(|at| is_in[*at]).collect()
    }

    /// Marks the lines after it that belong to it; gives one of each. A line that is another one each time belongs to
    /// it if the one behind it comes back.
    fn reach_after(&self, lines: &[SungLine], matrix: &Matrix, is_in: &mut [bool]) -> Vec<usize> {
        let ends: Vec<usize> = self.times().iter().map(|(_, end)| *end).collect();
        let mut models = Vec::new();
        let mut reach = 0;
        while reach < LENGTH_MAX {
            let wanted = |skip: usize| {
                let beside: Vec<(usize, usize)> =
                    ends.iter().map(|end| (end - 1, end + reach + skip)).collect();
                let is_within = |at: usize| !is_in[at];
                most_common(&beside, lines, matrix, AFTER_SHARE_MIN).filter(|(model, crosses)| {
                    is_within(*model) && (skip == 0 || !crosses && matrix.times_of(*model) <= ends.len())
                })
            };
            let Some((skip, (model, _))) = (0..=1).find_map(|skip| Some((skip, wanted(skip)?))) else {
                break;
            };
            for end in &ends {
                if matrix.is_same(model, end + reach + skip) {
                    is_in[end + reach..=end + reach + skip].fill(true);
                }
            }
            models.push(model);
            reach += skip + 1;
        }
        models
    }

    /// The same for the lines before it, but within its stanza alone, and not for lines that come elsewhere too.
    fn reach_before(&self, lines: &[SungLine], matrix: &Matrix, is_in: &mut [bool]) -> Vec<usize> {
        let starts: Vec<usize> = self.times().iter().map(|(start, _)| *start).collect();
        let mut models = Vec::new();
        for reach in 1..LENGTH_MAX {
            let beside = starts.iter().filter_map(|start| Some((*start, start.checked_sub(reach)?)));
            let beside: Vec<(usize, usize)> = beside.collect();
            let found = most_common(&beside, lines, matrix, BEFORE_SHARE_MIN);
            let Some((model, false)) = found else { break };
            if is_in[model] || matrix.times_of(model) > starts.len() {
                break;
            }
            beside.iter().filter(|(_, at)| matrix.is_same(model, *at)).for_each(|(_, at)| is_in[*at] = true);
            models.push(model);
        }
        models
    }

    /// Half of it, and two lines at least, also counts where it comes alone.
    fn mark_halves(&self, matrix: &Matrix, is_in: &mut [bool]) {
        let model = self.starts[0];
        let half = self.length.div_ceil(2).max(2);
        for offset in 0..self.length {
            for length in (half..=self.length - offset).rev() {
                for at in 0..=is_in.len().saturating_sub(length) {
                    if matrix.is_same_block(model + offset, at, length) {
                        is_in[at..at + length].fill(true);
                    }
                }
            }
        }
    }
}

/// Of lines beside a block (each with the block's line that it stands beside) the one that comes most, and whether it
/// stands in another stanza, if it comes twice at least and at this share of the times, or always if it stands in
/// another stanza.
fn most_common(
    beside: &[(usize, usize)],
    lines: &[SungLine],
    matrix: &Matrix,
    share_min: f32,
) -> Option<(usize, bool)> {
    let inside = || beside.iter().copied().filter(|(_, at)| *at < matrix.size());
    let count = |model: usize| inside().filter(|(_, at)| matrix.is_same(model, *at)).count();
    let (edge, model) = inside().max_by_key(|(_, at)| count(*at))?;
    let crosses = lines[edge].stanza != lines[model].stanza;
    let share_min = if crosses { 1.0 } else { share_min };
    let is_enough = count(model) >= 2 && count(model) as f32 >= share_min * beside.len() as f32;
    is_enough.then_some((model, crosses))
}

/// A stanza of nothing but its lines is part of it; and so is the one line that a stanza has besides, at its end,
/// after three of its lines: the last line is the one that is changed most.
fn mark_stanzas(lines: &[SungLine], matrix: &Matrix, models: &[usize], is_in: &mut [bool]) {
    let mut from = 0;
    for stanza in lines.chunk_by(|one, two| one.stanza == two.stanza) {
        let range = from..from + stanza.len();
        from = range.end;
        if stanza.len() == lines.len() {
            return;
        }
        let is_of_it = |at: usize| models.iter().any(|model| matrix.is_same(*model, at));
        let is_all_but_last = range.len() >= 4 && range.clone().rev().skip(1).all(|at| is_in[at]);
        if is_all_but_last || range.clone().all(is_of_it) {
            is_in[range].fill(true);
        }
    }
}
