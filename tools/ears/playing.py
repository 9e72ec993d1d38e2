"""Plays MIDI files and mixes what comes of it (used by groove.py and band.py)."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, lfilter

from bank import SAMPLE_RATE


def played(midi, soundfont, reverb):
    """What fluidsynth makes of a MIDI file, mono."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "song.wav")
        options = ["-ni", "-q", "-F", wav, "-r", str(SAMPLE_RATE), "-g", "0.6", "-R", str(int(reverb))]
        options += ["-C", "0", "-T", "wav"]
        if Path(soundfont).suffix == ".sf3":
            # Of a packed soundfont only what is played is unpacked; with others this would change some samples by a bit.
            options += ["-o", "synth.dynamic-sample-loading=1"]
        subprocess.run(["fluidsynth", *options, soundfont, midi], capture_output=True, check=True)
        sound, _ = soundfile.read(wav, always_2d=True)
        return sound.mean(1)


def mastered(random, mix):
    """Brighter or darker, squashed, without treble, softer, with noise: each of it sometimes."""
    mix = mix / (np.max(np.abs(mix)) + 1e-9)
    if random.random() < 0.6:
        tilt_db = random.uniform(-6, 6)
        low = lfilter(*butter(1, random.uniform(300, 3_000), fs=SAMPLE_RATE), mix)
        mix = low + (mix - low) * 10 ** (tilt_db / 20)
        mix /= np.max(np.abs(mix)) + 1e-9
    if random.random() < 0.6:
        mix = np.tanh(random.uniform(1, 6) * mix)
    if random.random() < 0.3:
        mix = lfilter(*butter(6, random.choice([7_000, 8_000, 11_000, 5_000]), fs=SAMPLE_RATE), mix)
    mix = mix / (np.max(np.abs(mix)) + 1e-9) * 10 ** (random.uniform(-14, 0) / 20)
    if random.random() < 0.2:
        mix = mix + random.normal(0, 10 ** (random.uniform(-60, -35) / 20), len(mix))
    return mix.astype("float32")
