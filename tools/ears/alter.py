#!/usr/bin/env python3
"""Writes altered copies of a folder of annotated sound, to see what the ears make of them.

    python3 tools/ears/alter.py FOLDER OUT
    cargo xtask eval OUT --by altered

FOLDER holds NAME.flac or NAME.wav beside NAME.json, as `cargo xtask eval` wants them; each piece is written to OUT in every way of
ALTERATIONS, and its annotation says so under `altered`. About 1 GB for 25 pieces of 40 s.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, lfilter, resample_poly

# A transition: so long both are heard.
CROSSFADE_SEC = 8.0
# A DJ's pitch fader moved over a whole piece, in shares of the tempo.
RAMP = 0.08
# The room: seconds until its sound has died away by 60 dB, and how much louder than the sound itself all of it is.
ROOM_SEC = 0.6
ROOM_GAIN = 1.0


def gain(decibels):
    """A copy louder or quieter by so much; what is beyond full scale is clipped."""
    return lambda sound, rate, truth: (np.clip(sound * 10 ** (decibels / 20), -1, 1), rate, truth)


def at_rate(new_rate):
    """A copy at another sample rate."""

    def alter(sound, rate, truth):
        return resample_poly(sound, new_rate, rate, axis=0), new_rate, truth

    return alter


def one_channel(sound, rate, truth):
    """Everything on the left, nothing on the right."""
    return np.stack([sound.mean(1), np.zeros(len(sound))], 1), rate, truth


def room(sound, rate, truth):
    """As a microphone at the back of a room hears it: its echoes as loud as itself, the treble dull, and noise at -60 dBFS."""
    random = np.random.default_rng(1)
    length = int(ROOM_SEC * rate)
    echoes = random.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    echoes = lfilter(*butter(1, 4000, fs=rate), echoes)
    echoes[: int(0.01 * rate)] = 0
    echoes *= ROOM_GAIN / np.sqrt(np.sum(echoes**2))
    echoes[0] = 1
    mono = fftconvolve(sound.mean(1), echoes)[: len(sound)]
    mono *= 0.7 / np.max(np.abs(mono))
    return (mono + 1e-3 * random.standard_normal(len(mono)))[:, None], rate, truth


def ramp(sound, rate, truth):
    """The tempo rises by RAMP from the start to the end, and the pitch with it, as on a turntable."""
    mono = resample_poly(sound.mean(1), 4, 1)
    seconds = len(sound) / rate
    # From the time in the piece to that in the copy: the integral of one over the speed.
    times = np.linspace(0, seconds, 10_000)
    speed = 1 + RAMP * times / seconds
    copied = np.concatenate([[0], np.cumsum(np.diff(times) * 2 / (speed[1:] + speed[:-1]))])
    wanted = np.interp(np.arange(int(copied[-1] * rate)) / rate, copied, times)
    altered = dict(truth, duration=float(copied[-1]), group="tempochange", structure=[], tempo=None, tempo_curve=[])
    for key in ("beats", "downbeats", "onsets", "onsets_drums"):
        if truth.get(key) is not None:
            altered[key] = [float(time) for time in np.interp(truth[key], times, copied)]
    return np.interp(wanted * 4 * rate, np.arange(len(mono)), mono)[:, None], rate, altered


def transition(sound, rate, truth, other, other_truth):
    """From this piece into another, both heard for CROSSFADE_SEC; the beat is that of the louder one."""
    sound, other = sound.mean(1), other.mean(1)
    fade = int(CROSSFADE_SEC * rate)
    start = len(sound) - fade
    middle = start / rate + CROSSFADE_SEC / 2
    mixed = np.zeros(start + len(other))
    rise = np.sqrt(np.linspace(0, 1, fade))
    mixed[: len(sound)] += sound * np.concatenate([np.ones(start), rise[::-1]])
    mixed[start:] += other * np.concatenate([rise, np.ones(len(other) - fade)])
    altered = {"duration": len(mixed) / rate, "restart_at": middle, "structure": [], "onsets": None}
    for key in ("beats", "downbeats"):
        after = [time + start / rate for time in other_truth.get(key) or []]
        altered[key] = [t for t in truth.get(key) or [] if t < middle] + [t for t in after if t >= middle]
    return 0.7 * mixed[:, None] / np.max(np.abs(mixed)), rate, altered


ALTERATIONS = {
    "as it is": gain(0),
    "-40 dB": gain(-40),
    "-60 dB": gain(-60),
    "clipped (+12 dB)": gain(12),
    "22.05 kHz": at_rate(22_050),
    "48 kHz": at_rate(48_000),
    "96 kHz": at_rate(96_000),
    "one channel": one_channel,
    "room": room,
    "ramp of 8 %": ramp,
    "transition": transition,
}


def read(annotation):
    """The samples, the rate and the annotation of a piece; None where there is no sound."""
    for ending in (".flac", ".wav"):
        if annotation.with_suffix(ending).is_file():
            sound, rate = soundfile.read(annotation.with_suffix(ending), always_2d=True)
            return sound, rate, json.loads(annotation.read_text())
    return None


def main():
    """Writes every alteration of every piece."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--only", nargs="*", default=list(ALTERATIONS), choices=list(ALTERATIONS))
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    annotations = [path for path in sorted(given.folder.glob("*.json")) if read(path)]
    for at, annotation in enumerate(annotations):
        sound, rate, truth = read(annotation)
        for name in given.only:
            more = ()
            if name == "transition":
                other, other_rate, other_truth = read(annotations[(at + 1) % len(annotations)])
                more = (resample_poly(other, rate, other_rate, axis=0) if other_rate != rate else other, other_truth)
            altered, new_rate, new_truth = ALTERATIONS[name](sound, rate, truth, *more)
            path = given.out / f"{annotation.stem}-{''.join(c if c.isalnum() else '-' for c in name)}.flac"
            soundfile.write(path, altered, new_rate, subtype="PCM_24")
            path.with_suffix(".json").write_text(json.dumps(dict(new_truth, altered=name)))


if __name__ == "__main__":
    main()
