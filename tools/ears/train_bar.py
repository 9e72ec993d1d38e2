#!/usr/bin/env python3
"""Trains the bar network: is class 0 of four the one that a bar begins with?

vj-audio folds what it hears of the beats into four classes, turns the fold in each of the four ways, and takes the turn
of which the network is surest. Only songs that count to four are shown. Its inputs are not made here: README.md says how
vj-audio writes them, and beat_rows.py what is in them.
"""

import argparse
from pathlib import Path

import numpy as np

from beat_rows import CELLS, CHANGES, CLASSES, FOLD, SIGNALS, songs, turned_fold
from network import Network, cosine

SIZES = [FOLD + SIGNALS + CLASSES * CHANGES, 64, 1]
USUAL_BPM = 110
# Sets of songs to train on, and to judge by.
TRAINING, TESTS = ("groove", "band"), ("groove-test", "band-test")

# What is left of a beat in the fold after one more: the constants of bar.rs.
FORGETTING = 0.96
# Changes of harmony count as multiples of the usual one, which follows them slowly.
USUAL_PER_BEAT = 0.1
CHANGE_MIN = 0.005
CHANGE_MAX = 3.0
# The changes of a beat are known two beats later.
CHANGE_LATE = 2

# A row is shown if this many beats up to it were true ones in a row: so near to a true beat, and so far from the last.
TRUE_BEATS = 9
NEAR = 0.2
NEAR_STEP = 0.25
# Songs with fewer true beats or bars are left out.
BEATS_MIN, BARS_MIN = 8, 3

STEPS = 20_000
BATCH = 128
RATE = 3e-3
DECAY = 0.03
# Noise on the inputs, so that the few songs are not learnt by heart. With much of it, music of other making is told better:
# F on 25 annotated excerpts was 0.69 with 0.05, 0.73 to 0.74 with 0.15, and 0.74 to 0.78 with 0.2 and 0.25.
NOISE = 0.2


def is_beat(positions, beat):
    """Whether a beat that was told is a true one, and one true beat after the last."""
    here, last = positions[beat], positions[beat - 1] if beat else np.nan
    if not np.isfinite(here) or abs(here - round(here)) >= NEAR:
        return False
    return not np.isfinite(last) or abs(here - last - 1) < NEAR_STEP


def rows_of(beats):
    """What the network sees of a song, turned so that class 0 begins the bar."""
    rows, in_a_row, usual = [], 0, np.zeros(CHANGES)
    cells, cell_weights = np.zeros((CLASSES, CELLS, SIGNALS)), np.zeros(CLASSES)
    changes, change_weights = np.zeros((CLASSES, CHANGES)), np.zeros(CLASSES)
    true_beats, bars = np.array(beats.truth["beats"]), beats.truth["downbeats"]
    positions = beats.positions() - np.searchsorted(true_beats, bars[0] - 1e-3)
    for beat in range(len(beats.times)):
        in_a_row = in_a_row + 1 if is_beat(positions, beat) else 0
        cells *= FORGETTING
        cell_weights *= FORGETTING
        cells[beat % CLASSES] += beats.cells[beat]
        cell_weights[beat % CLASSES] += 1
        if beats.changes[beat].any():
            change = beats.changes[beat]
            # Of the first there is nothing usual yet to compare it with.
            against_usual = np.minimum(change / (usual + CHANGE_MIN) - 1, CHANGE_MAX) if usual[0] > 0 else 0 * change
            usual += USUAL_PER_BEAT * (change - usual)
            changes *= FORGETTING
            change_weights *= FORGETTING
            changes[(beat - CHANGE_LATE) % CLASSES] += against_usual
            change_weights[(beat - CHANGE_LATE) % CLASSES] += 1
        if in_a_row >= TRUE_BEATS:
            first = int((beat - round(positions[beat])) % CLASSES)
            fold = cells / np.maximum(cell_weights, 1e-6)[:, None, None]
            change_fold = changes / np.maximum(change_weights, 1e-6)[:, None]
            rows.append(np.concatenate([np.roll(part, -first, 0).ravel() for part in (fold, change_fold)]))
    return rows


def material(work, names):
    """Rows of all songs of some sets that count to four, and the number of the song that each is of."""
    rows, song_of = [], []
    heard = [beats for name in names for beats in songs(work, name, USUAL_BPM).values()]
    for number, beats in enumerate(heard):
        truth = beats.truth
        if truth["meter"] != CLASSES or len(truth["beats"]) < BEATS_MIN or len(truth["downbeats"]) < BARS_MIN:
            continue
        found = rows_of(beats)
        rows += found
        song_of += [number] * len(found)
    return np.array(rows, "float32"), np.array(song_of)


def inputs(rows, turn):
    """What the network sees, with the classes moved on by `turn`."""
    fold, largest = turned_fold(rows[:, :FOLD], turn)
    changes = np.roll(rows[:, FOLD:].reshape(-1, CLASSES, CHANGES), turn, 1).reshape(len(rows), -1)
    return np.concatenate([fold, largest, changes], axis=1).astype("float32")


def train(rows, song_of, seed):
    """A network that was shown each row right and turned wrongly, all songs equally often."""
    turns = [inputs(rows, turn) for turn in range(CLASSES)]
    _, songs_seen, counts = np.unique(song_of, return_inverse=True, return_counts=True)
    shares = 1 / counts[songs_seen]
    cumulative = np.cumsum(shares / shares.sum())
    wanted = np.repeat(np.array([1, 0, 0, 0], "float32"), BATCH)[:, None]
    network, random = Network(SIZES, seed), np.random.default_rng(seed)
    for step in range(STEPS):
        batch = np.searchsorted(cumulative, random.random(BATCH))
        shown = np.concatenate([turn[batch] for turn in turns])
        noisy = shown + NOISE * random.standard_normal(shown.shape).astype("float32")
        network.step(noisy, wanted, np.ones_like(wanted), RATE * cosine(step / STEPS), DECAY)
    return network


def judge(network, rows, song_of):
    """How often the right turn of the four looks best: over all beats, and the mean of the songs."""
    logits = np.stack([network.forward(inputs(rows, turn))[:, 0] for turn in range(CLASSES)], 1)
    right = logits.argmax(1) == 0
    by_song = [right[song_of == song].mean() for song in np.unique(song_of)]
    return (
        f"{len(by_song)} songs, {len(rows)} beats: right {right.mean():.3f}, by song {np.mean(by_song):.3f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work",
        required=True,
        type=Path,
        metavar="DIR",
        help="has beat_inputs/ and songs/, gets bar.bin",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", type=Path, metavar="FILE", help="only judge this bar.bin")
    arguments = parser.parse_args()
    if arguments.judge:
        network = Network.load(arguments.judge, SIZES)
    else:
        for name in TRAINING:
            if not songs(arguments.work, name, USUAL_BPM):
                parser.error(f"no beat_inputs/{name}-{USUAL_BPM}: README.md says how vj-audio writes them")
        rows, song_of = material(arguments.work, TRAINING)
        network = train(rows, song_of, arguments.seed)
        network.save(arguments.work / "bar.bin")
        print("training:", judge(network, rows, song_of))
    for name in TESTS:
        rows, song_of = material(arguments.work, [name])
        if len(rows):
            print(f"{name}:", judge(network, rows, song_of))


if __name__ == "__main__":
    main()
