#!/usr/bin/env python3
"""Writes what the onset network sees of rendered songs: 28 compressed log bands, 200 times a second.

The same as crates/vj-audio/src/onset.rs and bands.rs make of 44.1 kHz: the constants must agree with theirs.
"""

import argparse
from pathlib import Path

import numpy as np
import soundfile

SAMPLE_RATE = 44_100
STEPS_PER_SECOND = 200
WINDOW = 1_024
WINDOW_PEAK = 0.8
BANDS = 28
LOW_HZ, HIGH_HZ = 40, 16_000
KNEE = 0.003
PEAK_DECAY_PER_STEP = 0.999_13
PEAK_MIN = 0.003
# The spectra that the network sees, in steps before the newest.
LAGS = [0, 1, 2, 3, 4, 6, 8, 12, 18]


def leaning_window():
    """Of the Hann family, with its peak late; a sine of amplitude 1 peaks at 1."""
    rising = round(WINDOW * WINDOW_PEAK)
    falling = WINDOW - rising
    up = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rising) + 0.5) / rising)
    down = 0.5 + 0.5 * np.cos(np.pi * (np.arange(falling) + 0.5) / falling)
    window = np.concatenate([up, down])
    return (window * 2 / window.sum()).astype("float32")


def band_shares():
    """Which share of each bin (rows) each band (columns) covers."""
    bins = np.arange(WINDOW // 2 + 1)
    edges = np.geomspace(LOW_HZ, HIGH_HZ, BANDS + 1) * WINDOW / SAMPLE_RATE
    shares = [
        np.minimum(high, bins + 0.5) - np.maximum(low, bins - 0.5) for low, high in zip(edges[:-1], edges[1:])
    ]
    return np.stack(np.clip(shares, 0, None)).astype("float32").T


def band_amplitudes(sound):
    """Amplitude of each band at each step, from the window that ends there."""
    window, shares = leaning_window(), band_shares()
    steps = int(len(sound) / (SAMPLE_RATE / STEPS_PER_SECOND))
    ends = np.arange(1, steps + 1) * SAMPLE_RATE // STEPS_PER_SECOND
    padded = np.concatenate([np.zeros(WINDOW, "float32"), sound])
    amplitudes = []
    for first in range(0, steps, 4_000):
        frames = padded[ends[first : first + 4_000, None] + np.arange(WINDOW)]
        spectrum = np.fft.rfft(frames * window, axis=1)
        powers = (spectrum.real**2 + spectrum.imag**2).astype("float32")
        amplitudes.append(np.sqrt(powers @ shares))
    return np.concatenate(amplitudes)


def compressed(amplitudes):
    """Logarithms over the recent peak."""
    peak, peaks = PEAK_MIN, np.empty(len(amplitudes), "float32")
    for step, loudest in enumerate(amplitudes.max(1)):
        peak = max(peak * PEAK_DECAY_PER_STEP, loudest, PEAK_MIN)
        peaks[step] = peak
    return np.log10(1 + amplitudes / (KNEE * peaks[:, None])).astype("float32")


def features(path):
    """The band spectra of a sound file at SAMPLE_RATE, one row a step."""
    sound, rate = soundfile.read(path, dtype="float32")
    if rate != SAMPLE_RATE:
        raise ValueError(f"{path} is at {rate} Hz, not {SAMPLE_RATE}")
    return compressed(band_amplitudes(sound if sound.ndim == 1 else sound.mean(1)))


def with_past(spectra):
    """The inputs of the network: at each step the spectra of all LAGS, side by side."""
    longest = max(LAGS)
    padded = np.concatenate([np.zeros((longest, spectra.shape[1]), "float32"), spectra])
    return np.concatenate([padded[longest - lag : len(padded) - lag] for lag in LAGS], axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work", required=True, type=Path, metavar="DIR", help="has songs/, gets onset_features/"
    )
    parser.add_argument(
        "set", nargs="*", default=["onset", "onset-test"], help="sets of songs (default: both)"
    )
    arguments = parser.parse_args()
    for name in arguments.set:
        songs = sorted((arguments.work / "songs" / name).glob("*.wav"))
        if not songs:
            parser.error(f"no songs in {arguments.work / 'songs' / name}: render.py makes them")
        folder = arguments.work / "onset_features" / name
        folder.mkdir(parents=True, exist_ok=True)
        for song in songs:
            np.save(folder / f"{song.stem}.npy", features(song))
        print(f"{name}: {len(songs)} songs")


if __name__ == "__main__":
    main()
