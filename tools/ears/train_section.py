#!/usr/bin/env python3
"""Trains the networks for build-up and breakdown, from what vj-audio hears of rendered songs.

Each is trained to tell both, since what is learnt of one helps the other, and only its own output is written. They are two
because more songs made build-ups better, but breakdowns of plain grooves.

Its inputs are not made here: README.md says how vj-audio writes them. DIR/section_inputs/SET/NAME.f32 holds the 24
numbers of `SectionEvidence::inputs` as little-endian floats, ten rows a second, the first at 0.1 s.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from network import Network, cosine

INPUTS = 24
ROWS_PER_SECOND = 10
OUTPUT_OF = {"buildup": 0, "breakdown": 1}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: its file, its output, and its size; the songs of lower numbers that it is shown, and how often."""

    file: str
    output: str
    hidden: int
    songs: int
    epochs: int
    decay: float


RECIPES = [
    Recipe("build_up.bin", "buildup", hidden=32, songs=312, epochs=40, decay=1e-3),
    Recipe("breakdown.bin", "breakdown", hidden=16, songs=52, epochs=20, decay=3e-3),
]
# Songs of the onset set, every second one, that are shown as songs without a build-up.
SONGS_WITHOUT = 45

# Around its ends a section counts little: what has just begun cannot be known.
BEGINNING = (-0.2, 1.5)
ENDING = (0.0, 0.7)
AT_ENDS = 0.1
# The same for the first seconds of a song.
EARLY_SEC, EARLY = 6, 0.2

BATCH = 512
RATE, RATE_MIN = 3e-3, 1e-5
# Noise on the inputs, so that the few songs are not learnt by heart.
NOISE = 0.06
# Added to the build-up's logit at the end: a false one is worse than a late one.
BUILD_UP_BIAS = -0.5

# How vj-audio makes flags of it: the constants of structure.rs.
CONFIDENCE_PER_SAMPLE = 0.2
RAISE_AT, LOWER_AT = 0.6, 0.35
HEARD_SEC_MIN = 6


def row_times(rows):
    """When each row ends, in seconds."""
    return np.arange(1, rows + 1) / ROWS_PER_SECOND


def song(file, truth):
    """Inputs, targets and weights of a song."""
    inputs = np.fromfile(file, "<f4").reshape(-1, INPUTS)
    now = row_times(len(inputs))
    wanted, weights = np.zeros((len(inputs), 2), "float32"), np.ones((len(inputs), 2), "float32")
    for section in truth["structure"]:
        if section["type"] in OUTPUT_OF:
            start, end = section["start"], section["end"]
            wanted[(now >= start) & (now < end), OUTPUT_OF[section["type"]]] = 1
            for at, (before, after) in ((start, BEGINNING), (end, ENDING)):
                weights[(now >= at + before) & (now < at + after)] = AT_ENDS
    # A plain song's bridge or intro without bass is no breakdown that visuals must know, nor certainly none.
    if truth["name"].startswith("song"):
        ends = [start for _, start in truth["sections"][1:]] + [np.inf]
        for (name, start), end in zip(truth["sections"], ends):
            if name in ("intro", "bridge"):
                weights[(now >= start) & (now < end), OUTPUT_OF["breakdown"]] = 0
    weights[now < EARLY_SEC] *= EARLY
    return inputs, wanted, weights


def songs(work, name):
    """{song: (inputs, targets, weights)} of a set."""
    files = sorted((work / "section_inputs" / name).glob("*.f32"))
    truths = [json.loads((work / "songs" / name / f"{file.stem}.json").read_text()) for file in files]
    return {file.stem: song(file, truth) for file, truth in zip(files, truths)}


def songs_without(work):
    """Every second song of the onset set: they have no build-up, and nothing is claimed about breakdowns."""
    every_second = sorted(file.stem for file in (work / "songs" / "onset").glob("*.json"))[::2]
    found = songs(work, "onset")
    found = {name: found[name] for name in every_second[:SONGS_WITHOUT] if name in found}
    for _, _, weights in found.values():
        weights[:, OUTPUT_OF["breakdown"]] = 0
    return found


def train(training, recipe, seed=0):
    """A network that was shown all songs as often as the recipe says."""
    inputs, wanted, weights = (np.concatenate(part) for part in zip(*training))
    network, random = Network([INPUTS, recipe.hidden, 2], seed), np.random.default_rng(seed)
    batches = recipe.epochs * (len(inputs) // BATCH)
    for _ in range(recipe.epochs):
        order = random.permutation(len(inputs))
        for begin in range(0, len(inputs) - BATCH, BATCH):
            batch = order[begin : begin + BATCH]
            noisy = inputs[batch] + random.normal(0, NOISE, (BATCH, INPUTS)).astype("float32")
            rate = RATE * cosine(network.steps / batches) + RATE_MIN
            network.step(noisy, wanted[batch], weights[batch], rate, recipe.decay)
    network.parameters[-1][OUTPUT_OF["buildup"]] += BUILD_UP_BIAS
    return network


def flags(logits):
    """Build-up and breakdown as vj-audio flags them, row by row."""
    heard = (1 / (1 + np.exp(-logits))) * (row_times(len(logits)) >= HEARD_SEC_MIN)[:, None]
    confidence, flag, found = np.zeros(2), np.zeros(2, bool), np.zeros(logits.shape, bool)
    for row, target in enumerate(heard):
        confidence += CONFIDENCE_PER_SAMPLE * (target - confidence)
        flag = confidence >= np.where(flag, LOWER_AT, RAISE_AT)
        found[row] = flag
    return found


def judge(network, test, recipe):
    """Frame F of the recipe's section over the songs that have one, and the share of the time of all where it is false."""
    hits, told, wanted_rows, false, rows = 0, 0, 0, 0, 0
    output = OUTPUT_OF[recipe.output]
    for inputs, wanted, _ in test:
        found, wanted = flags(network.forward(inputs))[:, output], wanted[:, output] > 0
        if wanted.any():
            hits += (found & wanted).sum()
            told += found.sum()
            wanted_rows += wanted.sum()
        false += (found & ~wanted).sum()
        rows += len(inputs)
    f, share = 2 * hits / max(told + wanted_rows, 1), 100 * false / max(rows, 1)
    return f"{recipe.output} F {f:.3f}, false for {share:.2f} % of the time"


def only(network, output):
    """The network with only this output."""
    single = Network([INPUTS, network.parameters[1].size, 1])
    *hidden, weights, biases = network.parameters
    single.parameters = [*hidden, weights[:, output : output + 1], biases[output : output + 1]]
    return single


def number(name):
    """The number of a song, with which its name ends."""
    return int(name.rpartition("_")[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work",
        required=True,
        type=Path,
        metavar="DIR",
        help="has section_inputs/ and songs/, gets build_up.bin and breakdown.bin",
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found, test = (songs(arguments.work, name) for name in ("section", "section-test"))
    without = list(songs_without(arguments.work).values())
    if not found:
        parser.error("no section_inputs/section: README.md says how vj-audio writes them")
    for recipe in RECIPES:
        shown = [song for name, song in found.items() if number(name) < recipe.songs]
        network = train(shown + without, recipe, arguments.seed)
        print(f"{recipe.output}: {len(shown)} songs and {len(without)} without a build-up")
        if test:
            print(f"{len(test)} test songs: {judge(network, test.values(), recipe)}")
        only(network, OUTPUT_OF[recipe.output]).save(arguments.work / recipe.file)


if __name__ == "__main__":
    main()
