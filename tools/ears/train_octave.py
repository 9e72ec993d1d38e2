#!/usr/bin/env python3
"""Trains the octave network: is the pulse that is followed the beat, twice as fast, half as fast, four for three beats, or
another wrong one?

Its inputs are not made here: README.md says how vj-audio writes them, and beat_rows.py what is in them. They are of four
runs over the same songs. Three take another tempo for the usual one: 110, 60 and 190 BPM. With 110 the pulse is mostly
right; with the others it is often at the wrong octave. The fourth hears no pulse but near 4/3 of the true tempo.
And the first is shown a second time, half a beat later. So the network sees the same music with a right and a wrong pulse,
and cannot hold to it that a tempo or a style is wrong as such.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from beat_rows import CELLS, CLASSES, FOLD, SIGNALS, songs, turned_fold
from network import Network, cosine

# Where the period lies, told by bells over octaves around half a second.
PERIOD_SEC = 0.5
BELLS = np.linspace(-1, 1, 7)
BELL_WIDTH = 0.25

# What the pulse is.
RIGHT, TWICE_TOO_FAST, HALF_TOO_SLOW, HALF_A_BEAT_OFF, FOUR_FOR_THREE, NEITHER = range(6)
# The outputs: logits of these five; then that the pulses of classes 0 and 2 are the beats, should it be twice too fast, and
# that those of class 0 are beats, should they be four for three.
OUTPUTS = [TWICE_TOO_FAST, HALF_TOO_SLOW, NEITHER, HALF_A_BEAT_OFF, FOUR_FOR_THREE]
OUTPUT_NAMES = ["twice too fast", "half too slow", "neither", "half a beat off", "four for three"]
EVEN, FOURTH = len(OUTPUTS), len(OUTPUTS) + 1
SIZES = [FOLD + SIGNALS + len(BELLS), 96, len(OUTPUTS) + 2]
RUNS = ["110", "60", "190", "x1.3333"]
SHIFTED_RUN = "110"

# What is left of a beat in the fold after one more (the constant of octave.rs), and how many beats it goes back here.
FORGETTING = 0.95
BACK = 60
# The beats before, by which it is told what the pulse is, and the first beat that is shown.
BEFORE = 8
FIRST = 5
# Their steps must be that equal: a share of their median, and so many true beats.
UNEQUAL_SHARE, UNEQUAL = 0.25, 0.02
# How far from a true beat, or from half of one, a beat may lie; and how far from 1, 1/2 or 2 true beats a step.
NEAR = 0.17
NEAR_HALVES = 0.3
NEAR_ONE, NEAR_HALF, NEAR_TWO, NEAR_THREE_QUARTERS = 0.08, 0.04, 0.16, 0.04
# A pulse so near to a true beat is that one: there are two pulses in it ...
IS_BEAT = 0.25
# ... or four in three.
IS_BEAT_OF_FOUR = 0.125
# Songs with fewer true beats are left out.
BEATS_MIN = 4

STEPS = 30_000
BATCH = 256
RATE = 3e-3
DECAY = 0.005
# Noise on the inputs, so that the few songs are not learnt by heart.
NOISE = 0.05
# How much each of the last two outputs counts, where it does.
WHICH_WEIGHT = 2
# An output is believed from here on when it is judged.
BELIEVED = 0.8


def pulse(positions):
    """What a pulse is whose beats lie at these positions, in true beats; None if it is not steady or not known."""
    if not np.isfinite(positions[0]) or not np.isfinite(positions[-1]):
        return None
    steps = np.diff(positions)
    step = np.median(steps)
    if np.max(np.abs(steps - step)) > UNEQUAL_SHARE * step + UNEQUAL:
        return None
    off = off_beat(positions)
    if abs(step - 1) < NEAR_ONE:
        if off.max() < NEAR:
            return RIGHT
        return HALF_A_BEAT_OFF if np.abs(off - 0.5).max() < NEAR else NEITHER
    if abs(step - 0.5) < NEAR_HALF:
        halves = 2 * positions
        return TWICE_TOO_FAST if np.abs(halves - np.round(halves)).max() < NEAR_HALVES else NEITHER
    if abs(step - 2) < NEAR_TWO:
        return HALF_TOO_SLOW if off.max() < NEAR else NEITHER
    return FOUR_FOR_THREE if abs(step - 0.75) < NEAR_THREE_QUARTERS else NEITHER


def off_beat(positions):
    """How far from the nearest true beat, in true beats."""
    return np.abs(positions - np.round(positions))


def folds(cells):
    """The cells of each beat and of those before it by class, the newest in class 0, as means that forget."""
    sums, weights = np.zeros((len(cells), CLASSES, CELLS, SIGNALS)), np.zeros((len(cells), CLASSES))
    # From the oldest on, as vj-audio adds them up.
    for back in range(min(BACK, len(cells) - 1), -1, -1):
        weight = FORGETTING**back
        sums[back:, -back % CLASSES] += weight * cells[: len(cells) - back]
        weights[back:, -back % CLASSES] += weight
    return sums / np.maximum(weights, 1e-6)[:, :, None, None]


def shifted(beats):
    """The same half a beat later."""
    cells = np.concatenate([beats.cells[:-1, CELLS // 2 :], beats.cells[1:, : CELLS // 2]], axis=1)
    return replace(beats, times=(beats.times[:-1] + beats.times[1:]) / 2, cells=cells)


def rows_of(beats):
    """[(fold and octave of the period, what the pulse is, where its newest beat lies in true ones), ...] of a song."""
    rows, positions, fold = [], beats.positions(), folds(beats.cells)
    for beat in range(FIRST, len(beats.times)):
        recent = slice(max(0, beat - BEFORE), beat + 1)
        found = pulse(positions[recent])
        if found is not None:
            octave = np.log2(np.median(np.diff(beats.times[recent])) / PERIOD_SEC)
            rows.append((np.append(fold[beat], octave), found, positions[beat]))
    return rows


def material(work, name):
    """Rows, pulses, where the newest beat lies, and the number of the song and run that each is of."""
    rows, song_of = [], []
    runs = [beats for run in RUNS for beats in songs(work, name, run).values()]
    runs += [shifted(beats) for beats in songs(work, name, SHIFTED_RUN).values()]
    for number, beats in enumerate(runs):
        if len(beats.truth["beats"]) >= BEATS_MIN:
            found = rows_of(beats)
            rows += found
            song_of += [number] * len(found)
    if not rows:
        return None
    features, pulses, newest = zip(*rows)
    return np.array(features, "float32"), np.array(pulses), np.array(newest), np.array(song_of)


def inputs(rows, turn):
    """What the network sees, with the classes moved on by `turn`."""
    fold, largest = turned_fold(rows[:, :FOLD], turn)
    bells = np.exp(-0.5 * ((rows[:, FOLD:] - BELLS) / BELL_WIDTH) ** 2)
    return np.concatenate([fold, largest, bells], axis=1).astype("float32")


def train(rows, pulses, newest, song_of, seed):
    """A network that was shown rows in all turns, long songs more often than short ones, but not as much as they are longer."""
    turns = [inputs(rows, turn) for turn in range(CLASSES)]
    wanted = np.stack([pulses == output for output in [*OUTPUTS, TWICE_TOO_FAST, FOUR_FOR_THREE]], 1).astype("float32")
    _, songs_seen, counts = np.unique(song_of, return_inverse=True, return_counts=True)
    shares = 1 / np.sqrt(counts[songs_seen])
    shares /= shares.sum()
    network, random = Network(SIZES, seed), np.random.default_rng(seed)
    for step in range(STEPS):
        batch = random.choice(len(rows), BATCH, p=shares)
        turn = int(random.integers(CLASSES))
        noisy = turns[turn][batch] + NOISE * random.standard_normal((BATCH, SIZES[0])).astype("float32")
        targets, weights = wanted[batch], np.ones((BATCH, SIZES[-1]), "float32")
        weights[:, EVEN:] = targets[:, EVEN:] * WHICH_WEIGHT
        # The newest beat has been moved to class `turn`.
        is_beat = off_beat(newest[batch]) < IS_BEAT
        targets[:, EVEN] = is_beat if turn % 2 == 0 else ~is_beat
        targets[:, FOURTH] = off_beat(newest[batch] - 0.75 * turn) < IS_BEAT_OF_FOUR
        network.step(noisy, targets, weights, RATE * cosine(step / STEPS), DECAY)
    return network


def judge(network, rows, pulses, newest, _song_of):
    """Lines: how often each output is believed where it is true and where the pulse is right, as the mean of the turns."""
    said = np.stack([1 / (1 + np.exp(-network.forward(inputs(rows, turn)))) for turn in range(CLASSES)])
    mean, even, fourth = said.mean(0), said[:, :, EVEN], said[:, :, FOURTH]
    newest_is_beat = (even[0] + even[2] + 2 - even[1] - even[3]) / CLASSES > 0.5
    lines = [f"{len(rows)} beats, pulse right at {(pulses == RIGHT).sum()}"]
    for output, name in enumerate(OUTPUT_NAMES):
        believed, true = mean[:, output] > BELIEVED, pulses == OUTPUTS[output]
        found = believed[true].mean() if true.any() else 0
        false = believed[pulses == RIGHT].mean()
        lines.append(f"{name}: {true.sum()} beats, found {found:.3f}, said of a right pulse {false:.4f}")
    right = (newest_is_beat == (off_beat(newest) < IS_BEAT))[pulses == TWICE_TOO_FAST].mean()
    lines.append(f"which of two is the beat, where twice too fast: right {right:.3f}")
    right = (off_beat(newest - 0.75 * fourth.argmax(0)) < IS_BEAT_OF_FOUR)[pulses == FOUR_FOR_THREE].mean()
    lines.append(f"which of four is a beat, where four for three: right {right:.3f}")
    return "\n  ".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work",
        required=True,
        type=Path,
        metavar="DIR",
        help="has beat_inputs/ and songs/, gets octave.bin",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", type=Path, metavar="FILE", help="only judge this octave.bin")
    arguments = parser.parse_args()
    if arguments.judge:
        network = Network.load(arguments.judge, SIZES)
    else:
        for run in RUNS:
            if not songs(arguments.work, "groove", run):
                parser.error(f"no beat_inputs/groove-{run}: README.md says how vj-audio writes them")
        training = material(arguments.work, "groove")
        print(f"{training[-1].max() + 1} runs over songs, {len(training[0])} beats", flush=True)
        started = time.time()
        network = train(*training, arguments.seed)
        network.save(arguments.work / "octave.bin")
        print(f"trained in {time.time() - started:.0f} s")
        print("groove:", judge(network, *training))
    test = material(arguments.work, "groove-test")
    if test:
        print("groove-test:", judge(network, *test))


if __name__ == "__main__":
    main()
