#!/usr/bin/env python3
"""Scores the drops and build-ups of `vj analyze --json` against the truth of rendered songs, per kind of song."""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

# A drop is found if it is told to begin so long before to so long after it.
EARLY_SEC, LATE_SEC = 0.5, 2.0
# A groove after so long a breakdown may be called a drop or not: people disagree.
LONG_BREAKDOWN_SEC = 12
ROWS_PER_SECOND = 10
FIELDS = ("found", "drops", "false", "minutes", "both", "extra", "missed", "neutral")


def starts(structure, section):
    return [span["start"] for span in structure if span["type"] == section]


def fits(told, drop):
    return drop - EARLY_SEC <= told <= drop + LATE_SEC


def rows(structure, section, duration):
    """Whether a section is on, ten times a second."""
    now = np.arange(0, duration, 1 / ROWS_PER_SECOND)
    on = np.zeros(len(now), bool)
    for span in structure:
        if span["type"] == section:
            on |= (now >= span["start"]) & (now < span["end"])
    return on


def neutral_drops(sections):
    """Where a groove follows a long breakdown."""
    return [
        end
        for (name, start), (after, end) in zip(sections, sections[1:])
        if name == "breakdown" and after == "groove" and end - start >= LONG_BREAKDOWN_SEC
    ]


def score(told, truth):
    """The FIELDS of one song."""
    drops, left, found = starts(truth["structure"], "drop"), starts(told["structure"], "drop"), 0
    for drop in drops:
        first = next((start for start in left if fits(start, drop)), None)
        if first is not None:
            left.remove(first)
            found += 1
    neutral = neutral_drops(truth["sections"])
    false = [start for start in left if not any(fits(start, drop) for drop in neutral)]
    is_on = rows(told["structure"], "buildup", truth["duration"])
    should = rows(truth["structure"], "buildup", truth["duration"])
    build_up = (is_on & should).sum(), (is_on & ~should).sum(), (should & ~is_on).sum()
    return np.array(
        [found, len(drops), len(false), truth["duration"] / 60, *build_up, len(left) - len(false)], float
    )


def line(kind, sums):
    """One line of the table."""
    of = dict(zip(FIELDS, sums))
    f = 2 * of["both"] / max(1, 2 * of["both"] + of["extra"] + of["missed"])
    share = 100 * of["extra"] / (of["minutes"] * 60 * ROWS_PER_SECOND)
    return (
        f"{kind:11} drops {of['found']:.0f}/{of['drops']:.0f}, false {of['false']:.0f} "
        f"({of['false'] / of['minutes']:.2f} a minute), neutral {of['neutral']:.0f}; "
        f"build-up F {f:.3f}, false {share:.1f} %"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="has songs/ and told/")
    parser.add_argument("set", nargs="?", default="section-test", help="told/SET/NAME.json against songs/SET")
    arguments = parser.parse_args()
    files = sorted((arguments.work / "told" / arguments.set).glob("*.json"))
    if not files:
        parser.error(f"nothing in {arguments.work / 'told' / arguments.set}: README.md says how to fill it")
    kinds = defaultdict(lambda: np.zeros(len(FIELDS)))
    for file in files:
        truth = json.loads((arguments.work / "songs" / arguments.set / file.name).read_text())
        kinds[file.stem.rsplit("_", 1)[0]] += score(json.loads(file.read_text()), truth)
    for kind, sums in kinds.items():
        print(line(kind, sums))
    print(line("all", sum(kinds.values())))


if __name__ == "__main__":
    main()
