#!/usr/bin/env python3
"""Writes xtask/src/eval/mir_eval_cases.json: beats that were told more or less well, and what mir_eval says of each.

    pip install mir_eval numpy
    python3 tools/mir_eval_cases.py > xtask/src/eval/mir_eval_cases.json
"""
import json
import sys

import mir_eval
import numpy as np


def cases(rng):
    for number in range(60):
        bpm = rng.uniform(60, 180)
        drift = rng.normal(0, 0.01, 400).cumsum() * 0.2
        truth = np.sort(rng.uniform(0, 1) + np.arange(int(bpm * 50 / 60)) * 60 / bpm + drift[: int(bpm * 50 / 60)])
        told = truth.copy()
        about = []
        kind = number % 6
        if kind == 1:
            told, about = np.sort(np.r_[told, (told[1:] + told[:-1]) / 2]), ["twice as many"]
        elif kind == 2:
            told, about = told[number % 2 :: 2], ["every second"]
        elif kind == 3:
            told, about = told[:-1] + np.diff(told) / 2, ["between"]
        elif kind == 4:
            told, about = told[rng.random(len(told)) > 0.3], ["some missing"]
        elif kind == 5:
            told, about = np.sort(np.r_[told, rng.uniform(0, 50, 30)]), ["some too many"]
        spread = [0.0, 0.01, 0.03, 0.08][number // 6 % 4]
        told = np.unique(np.sort(np.maximum(0, told + rng.normal(0, spread, len(told)))))
        about.append("off by %g s" % spread)
        yield ", ".join(about), np.round(np.unique(truth), 5), np.round(np.unique(told), 5)


def main():
    out = []
    for about, truth, told in cases(np.random.default_rng(7)):
        t, p = mir_eval.beat.trim_beats(truth), mir_eval.beat.trim_beats(told)
        _, cml, _, aml = mir_eval.beat.continuity(t, p)
        f, precision, recall = mir_eval.onset.f_measure(truth, told, window=0.05)
        out.append(
            dict(
                about=about,
                truth=truth.tolist(),
                told=told.tolist(),
                f=mir_eval.beat.f_measure(t, p),
                cml_total=cml,
                aml_total=aml,
                cemgil=mir_eval.beat.cemgil(t, p)[0],
                onset_f=f,
                onset_precision=precision,
                onset_recall=recall,
            )
        )
    json.dump(out, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
