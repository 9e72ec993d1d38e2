#!/usr/bin/env python3
"""Collects the sounds that songs are rendered from: single hits of drum kits and single notes of instruments.

Drums come from the kits of the package hydrogen-drumkits and from the kits of FluidR3, notes from FluidR3, played by
fluidsynth. Each hit is cut to begin at its attack, so that the moment at which it is put into a song is exact.
"""

import argparse
import pickle
import re
import struct
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

SAMPLE_RATE = 44_100

# What an instrument of a drum kit is, by its name: the first pattern that fits.
DRUM_NAMES = [
    ("clap", "clap"),
    ("kick", r"kick|bass ?drum|cajon thump|djembe\d bass"),
    ("rim", "stick|rim click|side stick|click"),
    ("snare", r"snare|cajon slap|djembe\d slap"),
    ("open_hat", "(hh|hat|hi-hat).*op|open"),
    ("hat", "hh|hat"),
    ("cymbal", "crash|china|splash|cymbal"),
    ("ride", "ride|bell"),
    ("tom", r"tom|bongo|djembe\d tone|conga"),
    ("percussion", "cowbell|tamb|maraca|clave|wood|agogo|snap|shak"),
]
# The layers of an instrument that are taken: the loudest.
LAYERS_MAX = 3

# The drum kits of FluidR3, as programs of MIDI channel 10, and what their keys are.
GM_KITS = [0, 8, 16, 24, 25, 32, 40]
GM_KEYS = {
    35: "kick",
    36: "kick",
    37: "rim",
    38: "snare",
    40: "snare",
    39: "clap",
    42: "hat",
    44: "hat",
    46: "open_hat",
    49: "cymbal",
    57: "cymbal",
    51: "ride",
    53: "ride",
    41: "tom",
    45: "tom",
    48: "tom",
    54: "percussion",
    56: "percussion",
    70: "percussion",
    75: "percussion",
}

# General MIDI programs by how their notes begin.
PLUCKED = [0, 1, 4, 5, 6, 11, 12, 13, 24, 25, 26, 27, 28, 45, 46]
DISTORTED = [29, 30]
BASS = [32, 33, 34, 35, 36, 38, 39]
SUSTAINED = [16, 18, 19, 48, 50, 52, 61, 62, 80, 81, 88, 89, 90, 94]
LEAD = [56, 60, 65, 66, 73, 80, 81, 87, 53, 54]
# Each note is taken short and long, in seconds.
NOTE_SEC = (0.25, 1.2)


def read_mono(path):
    """A sound file as mono at SAMPLE_RATE, its first two seconds."""
    sound, rate = soundfile.read(path, dtype="float32")
    if sound.ndim > 1:
        sound = sound.mean(1)
    if rate != SAMPLE_RATE:
        sound = resample_poly(sound, SAMPLE_RATE, rate).astype("float32")
    return sound[: SAMPLE_RATE * 2]


def trimmed(sound):
    """A hit from half a millisecond before its attack on, at full scale and faded out; None if there is none."""
    level = np.abs(sound)
    if len(level) < 100 or level.max() < 1e-4:
        return None
    attack = int(np.argmax(level > 0.03 * level.max()))
    hit = sound[max(0, attack - 22) :][: SAMPLE_RATE * 3 // 2].copy()
    hit /= np.abs(hit).max()
    fade = min(len(hit), 2000)
    hit[-fade:] *= np.linspace(1, 0, fade)
    return hit.astype("float32")


def hydrogen_kits(folder):
    """{kit: {drum: [hit, ...]}} of all kits below `folder`."""
    kits = {}
    for description in sorted(Path(folder).glob("*/drumkit.xml")):
        text = re.sub(r'\sxmlns="[^"]+"', "", description.read_text(errors="replace"))
        kit = {}
        for instrument in ElementTree.fromstring(text).iter("instrument"):
            name = (instrument.findtext("name") or "").lower()
            drum = next((drum for drum, pattern in DRUM_NAMES if re.search(pattern, name)), None)
            if drum is None:
                continue
            files = [layer.findtext("filename") for layer in instrument.iter("layer")]
            files = [file for file in files or [instrument.findtext("filename")] if file]
            for file in files[-LAYERS_MAX:]:
                try:
                    hit = trimmed(read_mono(description.parent / file))
                except (OSError, soundfile.SoundFileError) as error:
                    print(f"left out: {description.parent.name}/{file}: {error}")
                    continue
                if hit is not None:
                    kit.setdefault(drum, []).append(hit)
        kits[description.parent.name] = kit
    return kits


def variable_length(number):
    """A number as MIDI writes it: seven bits a byte, the highest first."""
    octets = [number & 127]
    number >>= 7
    while number:
        octets.insert(0, 128 | (number & 127))
        number >>= 7
    return bytes(octets)


def midi_file(events):
    """A MIDI file of events (seconds, bytes)."""
    track, written = b"", 0
    for seconds, message in sorted(events, key=lambda event: event[0]):
        ticks = round(seconds * 960)
        track += variable_length(ticks - written) + message
        written = ticks
    track += variable_length(960) + b"\xff\x2f\x00"
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


def play(events, soundfont):
    """What fluidsynth makes of MIDI events, dry and mono."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "notes.mid"), Path(folder, "notes.wav")
        midi.write_bytes(midi_file(events))
        options = ["-ni", "-R", "0", "-C", "0", "-g", "0.8", "-r", str(SAMPLE_RATE), "-F", wav]
        subprocess.run(["fluidsynth", *options, soundfont, midi], capture_output=True, check=True)
        sound, _ = soundfile.read(wav, dtype="float32")
        return sound.mean(1)


def gm_kit(program, soundfont):
    """{drum: [hit, ...]} of one of the soundfont's drum kits, each key soft and hard."""
    events, places, now = [(0, bytes([0xC9, program]))], [], 0.5
    for key, drum in GM_KEYS.items():
        for velocity in (70, 120):
            events += [(now, bytes([0x99, key, velocity])), (now + 0.3, bytes([0x89, key, 0]))]
            places.append((now, drum))
            now += 1.8
    sound, kit = play(events, soundfont), {}
    for start, drum in places:
        begin = int(start * SAMPLE_RATE) - 64
        hit = trimmed(sound[begin : begin + int(1.7 * SAMPLE_RATE)])
        if hit is not None:
            kit.setdefault(drum, []).append(hit)
    return kit


def notes(program, soundfont):
    """[(MIDI note, seconds held, sound), ...] of a program, every minor third of its range."""
    lowest, highest = (28, 50) if program in BASS else (40, 64) if program in DISTORTED else (48, 80)
    events, places, now = [(0, bytes([0xC0, program]))], [], 0.5
    for note in range(lowest, highest, 3):
        for held in NOTE_SEC:
            events += [(now, bytes([0x90, note, 100])), (now + held, bytes([0x80, note, 0]))]
            places.append((now, note, held))
            now += held + 1.0
    sound, found = play(events, soundfont), []
    for start, note, held in places:
        begin = int(start * SAMPLE_RATE)
        tone = sound[begin : begin + int((held + 0.8) * SAMPLE_RATE)].copy()
        loudest = np.abs(tone).max()
        if loudest > 1e-4:
            tone /= loudest
            tone[-1500:] *= np.linspace(1, 0, 1500)
            found.append((note, held, tone.astype("float32")))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="gets bank.pkl")
    parser.add_argument("--drumkits", default="/usr/share/hydrogen/data/drumkits", metavar="DIR")
    parser.add_argument("--soundfont", default="/usr/share/sounds/sf2/FluidR3_GM.sf2", metavar="FILE")
    arguments = parser.parse_args()
    kits = hydrogen_kits(arguments.drumkits)
    if not kits:
        parser.error(f"no drum kits in {arguments.drumkits}: is hydrogen-drumkits installed?")
    kits.update({f"gm{program}": gm_kit(program, arguments.soundfont) for program in GM_KITS})
    programs = sorted({*PLUCKED, *DISTORTED, *BASS, *SUSTAINED, *LEAD})
    instruments = {program: notes(program, arguments.soundfont) for program in programs}
    arguments.work.mkdir(parents=True, exist_ok=True)
    with open(arguments.work / "bank.pkl", "wb") as file:
        pickle.dump((kits, instruments), file)
    for name, kit in kits.items():
        print(name, {drum: len(hits) for drum, hits in kit.items()})
    print(len(instruments), "instruments,", sum(map(len, instruments.values())), "notes")


if __name__ == "__main__":
    main()
