"""What vj-audio writes of each beat that it tells, and what is made of it for the networks of octave and bar.

A row holds 29 little-endian floats: the beat's time and the period in seconds, 24 cells, and three changes of harmony. The
cells are the four quarters of the beat that ends there (0, 1/4, 1/2 and 3/4 of it), each with what six signals reached
around it. The changes of harmony (of two beats against the two before, of one beat against the one before, and of its bass) belong to
the beat two rows before; they are 0 as long as they are not known.
"""

import json
from dataclasses import dataclass

import numpy as np

# Kick, snare, hat, onset likelihood, low flux, middle flux.
SIGNALS = 6
CELLS = 4
CHANGES = 3
COLUMNS = 2 + CELLS * SIGNALS + CHANGES
# Beats are counted to four: beats whose numbers differ by a multiple of it are of one class.
CLASSES = 4
FOLD = CLASSES * CELLS * SIGNALS
# A song of which fewer beats were told is left out.
BEATS_MIN = 9


@dataclass
class Beats:
    """The beats that were told of a song, and what is true of it."""

    times: np.ndarray
    cells: np.ndarray
    changes: np.ndarray
    truth: dict

    def positions(self):
        """Where the beats lie, in true beats since the first one; not a number where no true beat is known."""
        beats = np.array(self.truth["beats"])
        return np.interp(self.times, beats, np.arange(len(beats)), left=np.nan, right=np.nan)


def songs(work, name, run):
    """{song: Beats} of a set, as told in this run: README.md says what runs there are."""
    found = {}
    for file in sorted((work / "beat_inputs" / f"{name}-{run}").glob("*.f32")):
        numbers = np.fromfile(file, "<f4")
        if len(numbers) % COLUMNS:
            raise ValueError(f"{file} does not hold rows of {COLUMNS} numbers: is it of another version of vj-audio?")
        rows = numbers.reshape(-1, COLUMNS).astype(float)
        if len(rows) >= BEATS_MIN:
            truth = json.loads((work / "songs" / name / f"{file.stem}.json").read_text())
            cells = rows[:, 2:-CHANGES].reshape(-1, CELLS, SIGNALS)
            found[file.stem] = Beats(rows[:, 0], cells, rows[:, -CHANGES:], truth)
    return found


def turned_fold(fold, turn):
    """Rows of folded cells with the classes moved on by `turn`, over each signal's largest; and these largest."""
    fold = np.roll(fold.reshape(-1, CLASSES, CELLS, SIGNALS), turn, 1)
    largest = fold.max((1, 2), keepdims=True)
    scaled = fold / (largest + 0.1)
    return scaled.reshape(len(fold), -1), largest.reshape(len(fold), -1)
