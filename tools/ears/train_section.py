#!/usr/bin/env python3
"""Trains the section network: build-up and breakdown, from what vj-audio hears of rendered songs.

Its inputs are not made here: README.md says how vj-audio writes them. DIR/section_inputs/SET/NAME.f32 holds the 24
numbers of `SectionEvidence::inputs` as little-endian floats, ten rows a second, the first at 0.1 s.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from network import Network, cosine

SIZES = [24, 16, 2]
ROWS_PER_SECOND = 10
OUTPUT_OF = {"buildup": 0, "breakdown": 1}
# Songs of the onset set, every second one, that are shown as songs without a build-up.
SONGS_WITHOUT = 45
# Every fourth song is kept out when the training is judged.
KEPT_OUT = 4

# Around its ends a section counts little: what has just begun cannot be known.
BEGINNING = (-0.2, 1.5)
ENDING = (0.0, 0.7)
AT_ENDS = 0.1
# The same for the first seconds of a song.
EARLY_SEC, EARLY = 6, 0.2

EPOCHS = 20
BATCH = 512
RATE, RATE_MIN = 3e-3, 1e-5
DECAY = 3e-3
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
    inputs = np.fromfile(file, "<f4").reshape(-1, SIZES[0])
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


def train(training, epochs=EPOCHS, seed=0):
    """A network that was shown all songs so many times."""
    inputs, wanted, weights = (np.concatenate(part) for part in zip(*training))
    network, random = Network(SIZES, seed), np.random.default_rng(seed)
    batches = epochs * (len(inputs) // BATCH)
    for _ in range(epochs):
        order = random.permutation(len(inputs))
        for begin in range(0, len(inputs) - BATCH, BATCH):
            batch = order[begin : begin + BATCH]
            noisy = inputs[batch] + random.normal(0, NOISE, (BATCH, SIZES[0])).astype("float32")
            rate = RATE * cosine(network.steps / batches) + RATE_MIN
            network.step(noisy, wanted[batch], weights[batch], rate, DECAY)
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


def judge(network, test):
    """Frame F of build-up and breakdown, each over the songs that have one, and the share of false build-up."""
    hits, told, wanted_rows, false, rows = np.zeros(2), np.zeros(2), np.zeros(2), 0, 0
    for inputs, wanted, _ in test:
        found, wanted = flags(network.forward(inputs)), wanted > 0
        has = wanted.any(0)
        hits += has * (found & wanted).sum(0)
        told += has * found.sum(0)
        wanted_rows += has * wanted.sum(0)
        false += (found & ~wanted)[:, OUTPUT_OF["buildup"]].sum()
        rows += len(inputs)
    build_up, breakdown = 2 * hits / np.maximum(told + wanted_rows, 1)
    return f"build-up F {build_up:.3f}, breakdown F {breakdown:.3f}, false build-up {100 * false / max(rows, 1):.2f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work",
        required=True,
        type=Path,
        metavar="DIR",
        help="has section_inputs/ and songs/, gets section.bin",
    )
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found = list(songs(arguments.work, "section").values())
    without = list(songs_without(arguments.work).values())
    if not found:
        parser.error("no section_inputs/section: README.md says how vj-audio writes them")
    print(f"{len(found)} songs and {len(without)} without sections")
    kept_out, kept_out_without = found[::KEPT_OUT], without[::KEPT_OUT]
    shown = [song for i, song in enumerate(found) if i % KEPT_OUT]
    shown += [song for i, song in enumerate(without) if i % KEPT_OUT]
    network = train(shown, arguments.epochs, arguments.seed)
    print("kept out:", judge(network, kept_out))
    print("kept out, without sections:", judge(network, kept_out_without))
    network = train(found + without, arguments.epochs, arguments.seed)
    print("all:", judge(network, found))
    network.save(arguments.work / "section.bin")


if __name__ == "__main__":
    main()
