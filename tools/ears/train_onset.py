#!/usr/bin/env python3
"""Trains the onset network and judges it on songs with drum kits that it has not heard."""

import argparse
import json
import time
from pathlib import Path

import mir_eval
import numpy as np

from network import Network, cosine
from onset_features import BANDS, LAGS, STEPS_PER_SECOND, with_past
from song import SOFT_CLASSES

SIZES = [len(LAGS) * BANDS, 32, 16, 4]
STEP_SEC = 1 / STEPS_PER_SECOND
# Which output a hit belongs to; output 0 is any onset.
OUTPUT_OF = {
    "kick": 1,
    "snare": 2,
    "clap": 2,
    "rim": 2,
    "hat": 3,
    "open_hat": 3,
    "ride": 3,
    "cymbal": 3,
    "percussion": 3,
}

# A hit counts from the step that ends so long after it: before, its window holds too little of it.
HEARD_AFTER = 0.004
# The first step from there on counts fully, those until COUNTS_HALF half, those until COUNTS_NOT neither way.
COUNTS_HALF = 0.019
COUNTS_NOT = 0.034
# Nor does the step before the next hit.
BEFORE_NEXT = 0.002
# For so long after a soft note, silence of the network counts only this much: who is to say?
SOFT_SEC = 0.04
SOFT_WEIGHT = {"soft": 0.5, "synthbass": 0.5, "bass": 0.15}

# Steps around an event that are all taken; of the others this share, which then counts more.
AROUND = range(-3, 14)
KEPT_ELSEWHERE = 0.25
WEIGHT_ELSEWHERE = 2.5
# A step with an onset counts this much against one without.
ONSET_WEIGHT = 3

EPOCHS = 3
BATCH = 1_024
RATE, RATE_MIN = 4e-3, 2e-5
DECAY = 3e-5

# How vj-audio picks onsets: the constants of onset.rs, and its ticks.
THRESHOLD = 1.5
STEPS_BETWEEN = 6
DELAY_SEC = 0.0065
TICKS_PER_SECOND = 60


def songs(work, name):
    """{song: (band spectra, truth)} of a set."""
    found = {}
    for file in sorted((work / "onset_features" / name).glob("*.npy")):
        truth = json.loads((work / "songs" / name / f"{file.stem}.json").read_text())
        found[file.stem] = np.load(file), truth
    return found


def since_and_until(times, steps):
    """For each step the seconds since the last of the times, and until the next."""
    now = np.arange(1, steps + 1) * STEP_SEC
    times = np.array(sorted(times) + [1e9])
    last = np.searchsorted(times, now, side="right") - 1
    since = np.where(last >= 0, now - times[np.clip(last, 0, None)], 9.0)
    return since, times[np.clip(last + 1, 0, len(times) - 1)] - now


def targets(events, steps):
    """What each output is to say at each step, and how much that counts."""
    wanted, weights = np.zeros((steps, 4), "float32"), np.ones((steps, 4), "float32")
    for output in range(4):
        times = [
            start
            for start, sound_class in events
            if (sound_class not in SOFT_CLASSES if output == 0 else OUTPUT_OF.get(sound_class) == output)
        ]
        if not times:
            continue
        since, until = since_and_until(times, steps)
        weights[since < HEARD_AFTER, output] = 0
        weights[until < BEFORE_NEXT, output] = 0
        wanted[(since >= HEARD_AFTER) & (since < COUNTS_HALF), output] = 1
        half = (since >= HEARD_AFTER + STEP_SEC) & (since < COUNTS_HALF)
        weights[half, output] = 0.5
        weights[(since >= COUNTS_HALF) & (since < COUNTS_NOT), output] = 0
    for sound_class, weight in SOFT_WEIGHT.items():
        times = [start for start, event_class in events if event_class == sound_class]
        if times:
            since, _ = since_and_until(times, steps)
            unsure = (since < SOFT_SEC) & (wanted[:, 0] == 0)
            weights[unsure, 0] = np.minimum(weights[unsure, 0], weight)
    return wanted, weights


def material(training):
    """Inputs, targets and weights of the steps that are trained on."""
    random, parts = np.random.default_rng(0), []
    for spectra, truth in training.values():
        steps = len(spectra)
        wanted, weights = targets(truth["events"], steps)
        event_steps = np.array([int(start / STEP_SEC) for start, _ in truth["events"]])
        near = np.zeros(steps, bool)
        for offset in AROUND:
            near[np.clip(event_steps + offset, 0, steps - 1)] = True
        taken = (near | (random.random(steps) < KEPT_ELSEWHERE)) & (weights[:, 0] > 0)
        weights *= np.where(near, 1, WEIGHT_ELSEWHERE).astype("float32")[:, None]
        weights *= wanted * (ONSET_WEIGHT - 1) + 1
        parts.append((with_past(spectra)[taken], wanted[taken], weights[taken]))
    return [np.concatenate(part) for part in zip(*parts)]


def train(training, epochs=EPOCHS, seed=0):
    """A network that was shown all songs so many times."""
    inputs, wanted, weights = material(training)
    print(f"{len(training)} songs, {len(inputs)} steps", flush=True)
    network, random, started = Network(SIZES, seed), np.random.default_rng(seed), time.time()
    batches = epochs * (len(inputs) // BATCH)
    for epoch in range(epochs):
        order = random.permutation(len(inputs))
        for begin in range(0, len(inputs) - BATCH, BATCH):
            batch = order[begin : begin + BATCH]
            rate = RATE * cosine(network.steps / batches) + RATE_MIN
            network.step(inputs[batch], wanted[batch], weights[batch], rate, DECAY)
        print(f"epoch {epoch + 1} of {epochs}, {time.time() - started:.0f} s", flush=True)
    return network


def picked(logits):
    """Times of the onsets in a row of logits, and when a listener is told of them."""
    onsets, told, since = [], [], STEPS_BETWEEN
    for step, logit in enumerate(logits):
        since += 1
        if logit > THRESHOLD and since >= STEPS_BETWEEN:
            now = (step + 1) * STEP_SEC
            onsets.append(max(0.0, now - DELAY_SEC))
            told.append(np.ceil(now * TICKS_PER_SECOND - 1e-9) / TICKS_PER_SECOND)
            since = 0
    return np.array(onsets), np.array(told)


def judge(network, test):
    """Means over the songs: F, precision, recall at 50 ms, and the median latency in ms."""
    scores, latencies = [], []
    for spectra, truth in test.values():
        onsets, told = picked(network.forward(with_past(spectra))[:, 0])
        wanted = np.unique(truth["onsets"])
        if not len(onsets):
            scores.append((0.0, 0.0, 0.0))
            continue
        scores.append(mir_eval.onset.f_measure(wanted, onsets, window=0.05))
        pairs = mir_eval.util.match_events(wanted, onsets, 0.05)
        if pairs:
            latencies.append(1e3 * np.median([told[found] - wanted[onset] for onset, found in pairs]))
    return (*np.mean(scores, axis=0), np.mean(latencies) if latencies else 0.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work",
        required=True,
        type=Path,
        metavar="DIR",
        help="has onset_features/ and songs/, gets onset.bin",
    )
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--judge", type=Path, metavar="FILE", help="only judge this onset.bin")
    arguments = parser.parse_args()
    if arguments.judge:
        network = Network.load(arguments.judge, SIZES)
    else:
        training = songs(arguments.work, "onset")
        if not training:
            parser.error("no features of training songs: onset_features.py makes them")
        network = train(training, arguments.epochs, arguments.seed)
        network.save(arguments.work / "onset.bin")
    test = songs(arguments.work, "onset-test")
    if test:
        f, precision, recall, latency = judge(network, test)
        print(
            f"{len(test)} test songs: F {f:.3f}, precision {precision:.3f}, recall {recall:.3f}, {latency:.1f} ms"
        )


if __name__ == "__main__":
    main()
