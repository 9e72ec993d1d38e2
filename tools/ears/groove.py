#!/usr/bin/env python3
"""Renders grooves together with the exact truth about them: beats, bar lines, tempo, and where the tempo changes.

A groove is some 30 to 40 s of a style's drum pattern with bass, chords, pads and melody over it, played straight, swung or
unevenly, at a constant tempo, a human one, one that glides or one that jumps. All of it is drawn from a seed. Drums come
from the kits of hydrogen-drumkits or, like the rest, from a soundfont that fluidsynth plays. Beside each NAME.wav lies
NAME.json.

The order of the draws makes the song: a draw that is added, left out or moved gives all seeds other songs.
"""

import functools
import json
import re
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from bank import SAMPLE_RATE, variable_length
from playing import mastered, played
from song_sets import arguments_of, render_sets

# The seeds of each set.
SETS = {"groove": [*range(1_000, 1_248), *range(5_000, 5_600)], "groove-test": list(range(1, 61))}

# What a file of a drum kit is, by its name: the first pattern that fits.
DRUM_FILES = {
    "kick": r"kick|bassdrum|bass.?drum|(^|[^a-z])bd|(^|[^a-z])kd",
    "snare": r"snare|snr|(^|[^a-z])sd",
    "clap": r"clap",
    "rim": r"rim|stick|side",
    "open_hat": r"open|(^|[^a-z])oh|hho",
    "hat": r"clos|hihat|hi.?hat|(^|[^a-z])hh|(^|[^a-z])ch",
    "crash": r"crash|china|splash",
    "ride": r"ride",
    "tom": r"tom|floor",
    "percussion": r"cow|conga|bongo|shak|tamb|maraca|perc|djembe|darbuk|block|clave",
}
# The keys of General MIDI for the same.
DRUM_KEYS = {
    "kick": [36, 35],
    "snare": [38, 40],
    "clap": [39],
    "rim": [37],
    "open_hat": [46],
    "hat": [42],
    "crash": [49, 57],
    "ride": [51, 59],
    "tom": [45, 47, 50, 43],
    "percussion": [56, 54, 70, 63, 75, 69],
}
DRUM_KITS = [0, 8, 16, 24, 25, 32, 40, 0, 16]
# Between these a drum's level is drawn.
LEVEL = (0.45, 1)
LEVELS = {
    "kick": (0.7, 1),
    "snare": (0.6, 1),
    "clap": (0.5, 0.9),
    "hat": (0.15, 0.6),
    "open_hat": (0.2, 0.6),
    "ride": (0.2, 0.6),
    "percussion": (0.2, 0.6),
}
# Drums that go on where there are only hats.
LIKE_HATS = ("hat", "open_hat", "ride", "percussion", "rim")
# Drums that a fill takes the place of.
FILLED = ("kick", "snare", "hat")


@dataclass(frozen=True)
class Style:
    """A range of tempi in BPM, how often the style comes, how its bass plays, and the steps of a bar for each drum.

    A step is played always (X), never (.), or is part of so many tenths of the patterns.
    """

    tempo: tuple
    weight: int
    bass: str
    drums: dict = field(default_factory=dict)


HOUSE = {
    "kick": "X...X...X...X...",
    "clap": "....X.......X...",
    "hat": "2.5.2.5.2.5.2.5.",
    "open_hat": "..8...8...8...8.",
}
TECHNO = {
    "kick": "X...X...X...X...",
    "hat": "5555555555555555",
    "open_hat": "..7...7...7...7.",
    "percussion": "1.13.1.31.13.1.3",
    "clap": "....4.......4...",
}
DISCO = {
    "kick": "X...X...X...X...",
    "snare": "....X.......X...",
    "open_hat": "..9...9...9...9.",
    "hat": "9.3.9.3.9.3.9.3.",
}
ROCK = {"kick": "X..1..2.9.4...2.", "snare": "....X..1.1..X...", "hat": "9.9.9.9.9.9.9.9."}
PLAIN_ROCK = {"kick": "X.......X.3...2.", "snare": "....X.......X...", "ride": "X.1.X.1.X.1.X.1."}
POP = {"kick": "X.....5.3.5.....", "snare": "....X.......X...", "hat": "9191919191919191"}
PUNK = {"kick": "X.1.7.1.X.4.7.1.", "snare": "..X...X...X...X.", "hat": "X.2.X.2.X.2.X.2."}
HALF_PUNK = {"kick": "X...2.2.X.6...2.", "snare": "....X.......X...", "ride": "X.3.X.3.X.3.X.3."}
METAL = {"kick": "X.8.X.8.X.8.X.8.", "snare": "....X.......X...", "crash": "7...7...7...7..."}
FUNK = {"kick": "X..3..6.1.7..3..", "snare": "....X..4.4.2X..4", "hat": "9797979797979797"}
HIPHOP = {"kick": "X..2..4.3.8..2..", "snare": "....X.......X..1", "hat": "9292929292929292"}
TRAP = {"kick": "X.....4...3.....", "clap": "........X.......", "hat": "9595959595959595"}
DUBSTEP = {"kick": "X.....3....2....", "snare": "........X.......", "hat": "9.5.9.5.9.5.9.5."}
DNB = {"kick": "X.........X...2.", "snare": "....X..3.2..X...", "hat": "9.9.9.9.9.9.9.9."}
JUNGLE = {"kick": "X.2.......75....", "snare": "....X..6.6..X..4", "hat": "9.9.9.9.9.9.9.9."}
REGGAE = {"kick": "3.......X.......", "rim": "1.......X.....2.", "hat": "9.9.9.9.9.9.9.9."}
SKA = {"kick": "9...2...9...2...", "snare": "....X.......X...", "hat": "3.9.3.9.3.9.3.9."}
DEMBOW = {"kick": "X...X...X...X...", "snare": "...X..X....X..X.", "hat": "6.6.6.6.6.6.6.6."}
LATIN = {"kick": "X..5..X.X..5..X.", "rim": "X..X..X...X.X...", "percussion": "7777777777777777"}
BREAK = {"kick": "X.3....2..X3....", "snare": "....X..4.3..X..2", "hat": "9.9.9.9.9.9.9.9."}
BALLAD = {"kick": "X.....3.7.......", "snare": "....X.......X...", "hat": "9.8.9.8.9.8.9.8."}
COUNTRY = {"kick": "X.......X.......", "snare": "..1.X.1...1.X.1.", "hat": "2.9.2.9.2.9.2.9."}
WALTZ = {"kick": "X...........", "snare": "....8...8...", "hat": "9.4.9.4.9.4."}
SHUFFLE = {"kick": "X.1...X.1..1", "snare": "...X.....X..", "hat": "X.9X.9X.9X.9"}
SWING = {"kick": "4..4..4..4..", "rim": "...2.....2..", "ride": "X..X.8X..X.8", "hat": "...9.....9.."}
STYLES = {
    "house": Style((112, 132), 8, "off", HOUSE),
    "techno": Style((124, 145), 5, "off", TECHNO),
    "disco": Style((98, 130), 6, "octaves", DISCO),
    "rock": Style((80, 165), 14, "eighths", ROCK),
    "rock4": Style((95, 180), 8, "eighths", PLAIN_ROCK),
    "pop": Style((72, 140), 10, "roots", POP),
    "punk": Style((138, 222), 6, "eighths", PUNK),
    "punk2": Style((140, 222), 6, "eighths", HALF_PUNK),
    "metal": Style((110, 220), 4, "eighths", METAL),
    "funk": Style((88, 122), 6, "syncopated", FUNK),
    "hiphop": Style((72, 110), 9, "syncopated", HIPHOP),
    "trap": Style((130, 160), 4, "long", TRAP),
    "dubstep": Style((136, 144), 4, "long", DUBSTEP),
    "dnb": Style((160, 178), 7, "long", DNB),
    "jungle": Style((158, 174), 4, "long", JUNGLE),
    "reggae": Style((65, 95), 5, "skank", REGGAE),
    "ska": Style((110, 160), 2, "skank", SKA),
    "dembow": Style((86, 106), 4, "roots", DEMBOW),
    "latin": Style((90, 130), 3, "syncopated", LATIN),
    "break": Style((110, 140), 5, "syncopated", BREAK),
    "ballad": Style((60, 84), 4, "roots", BALLAD),
    "country": Style((90, 150), 3, "alternating", COUNTRY),
    "waltz": Style((84, 180), 4, "roots", WALTZ),
    "shuffle": Style((84, 150), 4, "roots", SHUFFLE),
    "swing": Style((110, 200), 3, "walking", SWING),
    "nodrums": Style((60, 140), 5, "roots"),
}
ELECTRONIC = ("house", "techno", "trap", "dubstep", "dnb", "jungle", "dembow")
# Three steps a beat.
TERNARY = ("shuffle", "swing")
# Three beats a bar.
IN_THREE = ("waltz",)
OFTEN_SWUNG = ("hiphop", "funk")

# The roots of four chords, in semitones over the song's root.
CHORDS = [
    [0, 5, 7, 9],
    [0, 5, 5, 9],
    [0, 3, 4, 3],
    [0, 8, 9, 10],
    [0, 5, 3, 8],
    [9, 7, 5, 0],
    [9, 5, 7, 4],
    [0, 9, 5, 7],
    [0, 7, 9, 5],
    [0, 0, 5, 7],
    [0, 10, 5, 0],
    [2, 7, 0, 0],
]
# Chords that are minor in a major key, too.
MINOR_CHORDS = (2, 4, 9)

# MIDI channels: General MIDI programs, range of levels, and how often the layer plays.
BASS, CHORD, MELODY, PAD, ARPEGGIO = range(5)
DRUMS = 9
PROGRAMS = {
    BASS: [32, 33, 34, 35, 36, 38, 39, 38, 33],
    CHORD: [0, 1, 2, 4, 5, 16, 18, 24, 25, 26, 27, 28, 29, 30, 30, 29, 27, 61, 62, 80, 81, 90],
    MELODY: [52, 53, 54, 56, 57, 65, 66, 73, 80, 81, 85, 40, 0, 11, 26, 29],
    PAD: [48, 49, 50, 51, 52, 88, 89, 90, 91, 94, 95],
    ARPEGGIO: [0, 4, 6, 11, 24, 27, 46, 80, 81, 84, 98, 108],
}
CHANNEL_LEVELS = {BASS: (80, 120), CHORD: (55, 105), MELODY: (50, 110), PAD: (40, 90), ARPEGGIO: (40, 90)}
LAYERS = {BASS: 0.85, CHORD: 0.8, MELODY: 0.55, PAD: 0.35, ARPEGGIO: 0.25}

# So long a song is drawn beyond its end.
BEYOND_SEC = 4
# When a step is that lies after the last beat.
NEVER = 1e9
HIT_SEC = 1.5


@functools.lru_cache(None)
def hit(path):
    """A hit of a drum kit, mono, from just before its attack on, at full scale."""
    sound, rate = soundfile.read(path, always_2d=True)
    sound = sound.mean(1)
    if rate != SAMPLE_RATE:
        sound = resample_poly(sound, SAMPLE_RATE, rate)
    sound = sound[: int(HIT_SEC * SAMPLE_RATE)]
    attack = np.argmax(np.abs(sound) > 0.05 * np.max(np.abs(sound) + 1e-9))
    sound = sound[max(0, attack - 20) :]
    return (sound / (np.max(np.abs(sound)) + 1e-9)).astype("float32")


def drum_kits(folder):
    """[{drum: [file, ...]}, ...] of the kits below `folder` that have a kick, a snare or clap, and a hat."""
    kits = []
    for kit_folder in sorted(path for path in Path(folder).glob("*") if path.is_dir()):
        kit = {}
        for file in [*sorted(kit_folder.glob("*.flac")), *sorted(kit_folder.glob("*.wav"))]:
            name = file.name.lower()
            drum = next((drum for drum, pattern in DRUM_FILES.items() if re.search(pattern, name)), None)
            if drum:
                kit.setdefault(drum, []).append(file)
        if "kick" in kit and ("snare" in kit or "clap" in kit) and ("hat" in kit or "open_hat" in kit):
            kits.append(kit)
    return kits


class Score:
    """Notes and settings for fluidsynth."""

    # What comes first of what comes at the same time.
    SETTING, NOTE_OFF, NOTE_ON = -1, 0, 1

    def __init__(self):
        self.events = []

    def note(self, channel, key, velocity, start, duration):
        """A note, unless it begins before the song or cannot be played."""
        key = int(key)
        if not 0 <= key < 128 or start < 0:
            return
        on = bytes([0x90 | channel, key, int(np.clip(velocity, 1, 127))])
        self.events.append((start, self.NOTE_ON, on))
        self.events.append((start + max(duration, 0.02), self.NOTE_OFF, bytes([0x80 | channel, key, 0])))

    def program(self, channel, program):
        self.events.append((0, self.SETTING, bytes([0xC0 | channel, program])))

    def level(self, channel, level):
        self.events.append((0, self.SETTING, bytes([0xB0 | channel, 7, int(level)])))

    def midi_file(self):
        """A MIDI file whose ticks are milliseconds."""
        track, written = b"\x00\xff\x51\x03\x0f\x42\x40", 0
        for seconds, _, message in sorted(self.events, key=lambda event: event[:2]):
            ticks = max(written, round(float(seconds) * 1_000))
            track += variable_length(ticks - written) + message
            written = ticks
        track += b"\x00\xff\x2f\x00"
        header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1_000)
        return header + b"MTrk" + struct.pack(">I", len(track)) + track

    def play(self, soundfont, reverb):
        """What fluidsynth makes of it, mono."""
        with tempfile.TemporaryDirectory() as folder:
            midi = Path(folder, "song.mid")
            midi.write_bytes(self.midi_file())
            return played(midi, soundfont, reverb).astype("float32")


class Groove:
    """A song: drawn, played, and what is true of it."""

    def __init__(self, seed, kits):
        """Draws the song of this seed, with these drum kits."""
        self.random = np.random.default_rng(seed)
        self.kits = kits
        self.score = Score()
        # (drum, seconds, level) of each hit, in the order in which they are drawn.
        self.hits = []
        self.draw_style()
        self.draw_beats()
        self.draw_sections()
        self.draw_drums()
        self.play_drums()
        self.draw_band()
        self.play_band()

    def draw_style(self):
        """Style, tempo, length, and how the tempo goes."""
        random = self.random
        weights = np.array([style.weight for style in STYLES.values()], float)
        self.name = list(STYLES)[random.choice(len(STYLES), p=weights / weights.sum())]
        self.style = STYLES[self.name]
        self.bpm = np.exp(random.uniform(*np.log(self.style.tempo)))
        self.ternary = self.name in TERNARY
        self.electronic = self.name in ELECTRONIC
        self.beats_per_bar = 3 if self.name in IN_THREE else 4
        self.steps_per_beat = 3 if self.ternary else 4
        self.steps = self.beats_per_bar * self.steps_per_beat
        self.end_sec = random.uniform(32, 44)
        self.tempo_kind = str(random.choice(["const", "human", "ramp", "jump"], p=[0.5, 0.36, 0.08, 0.06]))
        if self.electronic and self.tempo_kind == "human":
            self.tempo_kind = "const"

    def draw_beats(self):
        """Times of the beats, and what is between them: swing, and how unevenly all play."""
        random, ratio = self.random, 1
        if self.tempo_kind == "ramp":
            ratio = random.choice([0.92, 0.95, 1.05, 1.08])
        if self.tempo_kind == "jump":
            ratio = random.choice([0.8, 0.87, 1.12, 1.25, 0.93, 1.08])
        now = random.uniform(0.0, 0.3) if random.random() < 0.5 else 0.0
        jump_at = random.uniform(0.35, 0.6) * self.end_sec
        beats, drift, self.jumped_at = [], 0.0, None
        while now < self.end_sec + BEYOND_SEC:
            bpm = self.bpm
            if self.tempo_kind == "human":
                drift = 0.97 * drift + random.normal(0, 0.004)
                bpm = self.bpm * (1 + drift)
            if self.tempo_kind == "ramp":
                bpm = self.bpm * (1 + (ratio - 1) * np.clip((now - 8) / (self.end_sec - 16), 0, 1))
            if self.tempo_kind == "jump" and self.jumped_at is None:
                if now >= jump_at and len(beats) % self.beats_per_bar == 0:
                    self.jumped_at = now
            if self.jumped_at is not None:
                bpm = self.bpm * ratio
            beats.append(now)
            now += 60 / bpm
        self.beats = np.array(beats)
        self.bars = len(beats) // self.beats_per_bar - 1
        self.swing = 0
        if not self.ternary:
            straight = 0.5 if self.name in OFTEN_SWUNG else 0.75
            self.swing = random.choice([0, random.uniform(0.05, 0.33)], p=[straight, 1 - straight])
        self.uneven_sec = 0.0 if self.electronic else random.choice([0.0, 0.004, 0.009])

    def at(self, step):
        """When a step of the song is, in seconds."""
        beat, in_beat = divmod(step, self.steps_per_beat)
        if beat + 1 >= len(self.beats):
            return NEVER
        share = in_beat / self.steps_per_beat
        if in_beat % 2 == 1:
            share += self.swing / self.steps_per_beat
        return self.beats[beat] + (self.beats[beat + 1] - self.beats[beat]) * share

    def draw_sections(self):
        """What plays, for every few bars."""
        random = self.random
        self.section_bars = int(random.choice([2, 4, 4, 8]))
        # Up to which share each section is drawn.
        shares = {
            "full": 0.66,
            "no kick": 0.74,
            "no drums": 0.82,
            "drums only": 0.9,
            "hats only": 0.94,
            "busy": 1,
        }
        self.sections = []
        for bar in range(0, self.bars, self.section_bars):
            drawn = random.random()
            section = next(section for section, share in shares.items() if drawn < share)
            self.sections.append("full" if bar == 0 and drawn < 0.8 else section)
        if random.random() < 0.15:
            self.sections[0] = random.choice(["no drums", "hats only", "no kick"])
        if self.name == "nodrums":
            self.sections = ["no drums"] * len(self.sections)
        self.has_band = random.random() > 0.1
        if not self.has_band:
            self.sections = ["drums only" if section == "no drums" else section for section in self.sections]

    def section(self, bar):
        return self.sections[bar // self.section_bars]

    def pattern(self, steps):
        """Which steps are played, of how often they are."""
        return [step == "X" or (step.isdigit() and self.random.random() < int(step) / 10) for step in steps]

    def patterns(self):
        """{drum: steps} of a bar of the style, changed a little."""
        random = self.random
        patterns = {drum: self.pattern(steps) for drum, steps in self.style.drums.items()}
        if random.random() < 0.25 and "hat" in patterns:
            every = int(random.choice([1, 3] if self.ternary else [1, 2, 4]))
            off_beat = random.random() < 0.3
            if not off_beat:
                patterns["hat"] = [step % every == 0 for step in range(self.steps)]
            elif not self.ternary:
                patterns["hat"] = [step % 4 == 2 for step in range(self.steps)]
        if random.random() < 0.15 and "hat" in patterns:
            patterns["ride" if random.random() < 0.7 else "percussion"] = patterns.pop("hat")
        if random.random() < 0.15:
            patterns["percussion"] = [random.random() < 0.25 for _ in range(self.steps)]
        if random.random() < 0.15 and "snare" in patterns:
            patterns["clap"] = patterns["snare"]
        if random.random() < 0.1 and "snare" in patterns:
            patterns["rim"] = patterns.pop("snare")
        return patterns

    def draw_drums(self):
        """Patterns of two sections, the first with a variant for its odd bars, and levels."""
        random, none = self.random, "." * self.steps
        self.first = self.patterns()
        self.variant = {
            drum: steps if random.random() < 0.6 else self.pattern(self.style.drums.get(drum, none))
            for drum, steps in self.first.items()
        }
        self.second = self.patterns()
        self.levels = {drum: random.uniform(*LEVEL) for drum in DRUM_KEYS}
        self.levels.update({drum: random.uniform(*levels) for drum, levels in LEVELS.items()})
        self.accent = random.uniform(0, 0.5)

    def play_drums(self):
        """Collects the hits of all bars."""
        random = self.random
        for bar in range(self.bars):
            patterns = self.variant if bar % 2 else self.first
            if bar // self.section_bars % 2:
                patterns = self.second
                # A draw without use, which belongs to the songs all the same.
                random.random()
            in_section = bar % self.section_bars
            fill = in_section == self.section_bars - 1 and random.random() < 0.5
            if self.section(bar) == "no drums":
                continue
            crash_share = 0 if in_section else 0.55 if bar else 0.2
            if crash_share and random.random() < crash_share:
                self.hits.append(("crash", self.at(bar * self.steps), 0.6))
            self.play_patterns(bar, patterns, fill)
            if fill:
                self.play_fill(bar)
            if self.section(bar) == "busy":
                self.play_busy(bar)

    def play_patterns(self, bar, patterns, fill):
        """A bar of the patterns, without its last beat where a fill comes."""
        section, last_beat = self.section(bar), self.steps - self.steps_per_beat
        for drum, steps in patterns.items():
            if section == "no kick" and drum == "kick" or section == "hats only" and drum not in LIKE_HATS:
                continue
            filled = fill and drum in FILLED and self.name != "house"
            for step in range(last_beat if filled else self.steps):
                if steps[step]:
                    in_beat = step % self.steps_per_beat
                    level = 1 - self.accent * (0 if in_beat == 0 else 0.5 if step % 2 == 0 else 1)
                    if drum == "snare" and self.style.drums["snare"][step] != "X":
                        level *= 0.45
                    level *= self.random.uniform(0.85, 1)
                    self.hits.append((drum, self.at(bar * self.steps + step), level * self.levels[drum]))

    def play_fill(self, bar):
        """Snares and toms in the last beat or two of a bar."""
        random = self.random
        beats = int(random.choice([1, 1, 2]))
        for step in range(self.steps - self.steps_per_beat * beats, self.steps):
            if random.random() < 0.8:
                drum = random.choice(["snare", "tom"])
                self.hits.append((drum, self.at(bar * self.steps + step), random.uniform(0.4, 0.9)))

    def play_busy(self, bar):
        """Soft hits anywhere in a bar."""
        random = self.random
        for step in range(self.steps):
            if random.random() < 0.35:
                drum = random.choice(["percussion", "snare", "hat"])
                self.hits.append((drum, self.at(bar * self.steps + step), random.uniform(0.2, 0.5)))

    def draw_band(self):
        """Key, chords, layers, sounds and rhythms."""
        random = self.random
        self.root = int(random.integers(28, 40))
        self.chords = CHORDS[random.integers(len(CHORDS))]
        self.minor = random.random() < 0.5
        self.bars_per_chord = int(random.choice([1, 1, 2, 4, 1]))
        self.two_chords_a_bar = random.random() < 0.15 and self.beats_per_bar == 4
        self.layers = {
            layer: random.random() < LAYERS[layer] for layer in (BASS, CHORD, MELODY, PAD, ARPEGGIO)
        }
        if self.name == "nodrums":
            self.layers[CHORD] = True
        for channel, programs in PROGRAMS.items():
            self.score.program(channel, int(random.choice(programs)))
        for channel, levels in CHANNEL_LEVELS.items():
            self.score.level(channel, random.uniform(*levels))
        self.chord_rhythm = random.choice(["hold", "eighths", "quarters", "syncopated", "off", "halves"])
        if self.style.bass == "skank":
            self.chord_rhythm = "off"
        if self.style.bass == "eighths" and random.random() < 0.6:
            self.chord_rhythm = random.choice(["eighths", "eighths", "hold"])
        self.chord_steps = [random.random() < 0.3 for _ in range(self.steps)]
        self.chord_steps[0] = True
        self.bass_steps = [random.random() < 0.3 for _ in range(self.steps)]
        self.bass_steps[0] = random.random() < 0.9
        self.melodies = [
            [random.random() < self.melody_share(step) for step in range(self.steps)] for _ in range(2)
        ]

    def melody_share(self, step):
        """How likely a melody plays at a step."""
        return 0.45 if step % self.steps_per_beat == 0 else 0.35 if step % 2 == 0 else 0.15

    def play_band(self):
        """Writes the notes of all bars into the score."""
        parts = 2 if self.two_chords_a_bar else 1
        for bar in range(self.bars):
            if self.section(bar) == "drums only" or not self.has_band:
                continue
            for part in range(parts):
                chord = self.chords[(bar // self.bars_per_chord * parts + part) % len(self.chords)]
                steps = self.steps // parts
                self.play_chord(bar, bar * self.steps + part * steps, steps, chord)

    def play_chord(self, bar, start, steps, chord):
        """All layers for the `steps` of a chord."""
        random, section = self.random, self.section(bar)
        third = 3 if self.minor or chord in MINOR_CHORDS else 4
        keys = [48 + (self.root + chord + above) % 12 for above in (0, third, 7)]
        step_sec = self.at(start + 1) - self.at(start)
        if self.layers[BASS] and not (section == "hats only" and random.random() < 0.5):
            self.play_bass(start, steps, chord, step_sec)
        if self.layers[CHORD] or section == "no drums":
            for step, length in self.chord_events(steps):
                time = self.at(start + step) + random.normal(0, self.uneven_sec)
                for i, key in enumerate(keys):
                    velocity = random.uniform(65, 105) * (1 if step % self.steps_per_beat == 0 else 0.85)
                    # Strummed, where all play unevenly.
                    self.score.note(CHORD, key, velocity, time + i * self.uneven_sec, step_sec * length)
        if self.layers[PAD]:
            for key in keys:
                self.score.note(PAD, key + 12, 75, self.at(start), step_sec * steps)
        if self.layers[ARPEGGIO]:
            for step in range(0, steps, 1 if self.bpm < 140 and not self.ternary else 2):
                key = keys[step % 3] + 12 * (1 + step // 3 % 2)
                self.score.note(ARPEGGIO, key, random.uniform(60, 90), self.at(start + step), step_sec)
        if self.layers[MELODY]:
            self.play_melody(self.melodies[bar // 2 % 2], start, steps, step_sec)

    def bass_events(self, steps):
        """(step, length in steps) of the notes of a bass."""
        kind = self.style.bass
        if kind == "off":
            # Almost always; the draw belongs to the songs.
            return [(step, 2) for step in range(2, steps, 4)] if self.random.random() < 0.99 else []
        if kind == "octaves":
            return [(step, 2) for step in range(0, steps, 2)]
        if kind == "eighths":
            return [(step, 2) for step in range(0, steps, 3 if self.ternary else 2)]
        if kind in ("syncopated", "skank"):
            return [(step, 2) for step in range(steps) if self.bass_steps[step]]
        if kind == "long":
            return [(0, steps * 0.9)]
        if kind == "walking":
            return [(step, 3) for step in range(0, steps, 3)]
        if kind == "alternating":
            return [(0, 4), (steps // 2, 4)]
        if self.random.random() < 0.5:
            return [(0, steps * 0.8)]
        return [(step, self.steps_per_beat * 0.8) for step in range(0, steps, self.steps_per_beat)]

    def play_bass(self, start, steps, chord, step_sec):
        """The bass for a chord."""
        random, kind = self.random, self.style.bass
        root = self.root + chord - (12 if self.root + chord > 40 else 0)
        for i, (step, length) in enumerate(self.bass_events(steps)):
            key = root
            if kind == "octaves" and i % 2:
                key += 12
            if kind == "walking" and step:
                key += int(random.choice([0, 3, 5, 7, 10]))
            if kind == "alternating" and i:
                key += 7 - 12 * (root > 34)
            velocity = random.uniform(85, 115)
            time = self.at(start + step) + random.normal(0, self.uneven_sec)
            self.score.note(BASS, key, velocity, time, step_sec * length * 0.9)

    def chord_events(self, steps):
        """(step, length in steps) of the strokes of a chord."""
        beat = self.steps_per_beat
        return {
            "hold": [(0, steps * 0.95)],
            "eighths": [(step, 1.5) for step in range(0, steps, 3 if self.ternary else 2)],
            "quarters": [(step, beat * 0.7) for step in range(0, steps, beat)],
            "syncopated": [(step, 2) for step in range(steps) if self.chord_steps[step]],
            "off": [(step, 1.2) for step in range(2, steps, beat)],
            "halves": [(step, beat * 1.8) for step in range(0, steps, 2 * beat)],
        }[self.chord_rhythm]

    def play_melody(self, melody, start, steps, step_sec):
        """Notes of a scale of five at the steps of a melody."""
        random, scale = self.random, [0, 2, 3 if self.minor else 4, 7, 9, 12]
        for step in range(steps):
            if melody[step]:
                key = 60 + self.root % 12 + int(random.choice(scale))
                velocity = random.uniform(70, 110)
                time = self.at(start + step) + random.normal(0, self.uneven_sec * 1.5)
                time += random.uniform(0, 0.03) if self.uneven_sec else 0
                self.score.note(MELODY, key, velocity, time, step_sec * random.uniform(1, 4))

    def sound(self, soundfont):
        """Plays the song once: mono, at SAMPLE_RATE. Draws, too."""
        random, length = self.random, int((self.end_sec + BEYOND_SEC) * SAMPLE_RATE)
        gm_drums = random.random() < 0.45
        drums = self.drums(gm_drums)[:length]
        reverb = random.random() < 0.6
        band = self.score.play(soundfont, reverb)
        band = np.pad(band, (0, max(0, length - len(band))))[:length]
        if not gm_drums:
            if self.has_band and drums.any():
                band_level, drum_level = (np.sqrt(np.mean(part**2)) + 1e-6 for part in (band, drums))
                band = band / band_level * drum_level * 10 ** (random.uniform(-6, 8) / 20)
            if self.electronic and self.has_band and random.random() < 0.5:
                band = band * self.ducking(length)
        self.cut_sec = 0.0
        if random.random() < 0.7:
            self.cut_sec = random.uniform(0, min(12, 60 / self.bpm * self.beats_per_bar * 2))
        mix = (drums + band)[int(self.cut_sec * SAMPLE_RATE) : int(self.end_sec * SAMPLE_RATE)]
        self.duration = len(mix) / SAMPLE_RATE
        return mastered(random, mix)

    def drums(self, gm_drums):
        """The drums of a kit; or silence, and the drums in the score."""
        random = self.random
        kit, other = (self.kits[random.integers(len(self.kits))] for _ in range(2))
        chosen, sound = {}, np.zeros(int((self.end_sec + BEYOND_SEC + 2) * SAMPLE_RATE), "float32")
        self.score.program(DRUMS, int(random.choice(DRUM_KITS)))
        for drum, start, level in self.hits:
            if start > self.end_sec + BEYOND_SEC:
                continue
            start = max(0, start + random.normal(0, self.uneven_sec))
            if gm_drums:
                # A key is drawn for each hit, but that of the first one stays.
                key = chosen.setdefault(drum, int(random.choice(DRUM_KEYS[drum])))
                self.score.note(DRUMS, key, 35 + 90 * level, start, 0.1)
                continue
            if drum not in chosen:
                chosen[drum] = self.file_of(drum, kit, other)
            if chosen[drum] is None:
                continue
            begin = int(start * SAMPLE_RATE)
            played = hit(chosen[drum])[: max(0, len(sound) - begin)]
            gain = level**1.3
            sound[begin : begin + len(played)] += played * gain * (1.2 if drum == "kick" else 1)
        return sound

    def file_of(self, drum, kit, other):
        """A file for a drum: of the kit, of another one, or of any that has it."""
        random = self.random
        source = kit if drum in kit else other if drum in other else None
        if source is None:
            order = random.permutation(len(self.kits))
            source = next((self.kits[i] for i in order if drum in self.kits[i]), None)
        return source[drum][random.integers(len(source[drum]))] if source else None

    def ducking(self, length):
        """The gain of a band that makes way for each kick."""
        gain = np.ones(length, "float32")
        dip = np.exp(-np.arange(int(0.3 * SAMPLE_RATE)) / (0.09 * SAMPLE_RATE)).astype("float32")
        for drum, start, _ in self.hits:
            if drum == "kick" and start * SAMPLE_RATE < length:
                begin = int(start * SAMPLE_RATE)
                part = gain[begin : begin + len(dip)]
                part[:] = np.minimum(part, 1 - 0.8 * dip[: len(part)])
        return gain

    def truth(self):
        """What is written beside the sound, which must have been played: times count from where it was cut."""
        times = self.beats - self.cut_sec
        heard = (times >= -1e-6) & (times < self.duration)
        begins_bar = np.arange(len(times)) % self.beats_per_bar == 0
        beats = times[heard]
        group = "band"
        if self.electronic or self.name == "disco":
            group = "elec"
        elif self.ternary or self.beats_per_bar == 3:
            group = "ternary"
        elif self.name == "nodrums":
            group = "nodrums"
        truth = {
            "beats": [round(float(beat), 5) for beat in beats],
            "downbeats": [round(float(beat), 5) for beat in times[heard & begins_bar]],
            "tempo": float(60 / np.median(np.diff(beats))),
            "structure": [],
            "group": "tempochange" if self.tempo_kind in ("ramp", "jump") else self.name,
            "supergroup": f"own-{group}",
            "duration": self.duration,
            "style": self.name,
            "kind": self.tempo_kind,
            "meter": self.beats_per_bar,
        }
        if self.jumped_at is not None and self.jumped_at - self.cut_sec > 3:
            truth["tempo_change_at"] = float(self.jumped_at - self.cut_sec)
        return truth


KITS = []
SOUNDFONT = []


def load(kits, soundfont):
    """Finds the kits and keeps the soundfont's path, once per process."""
    KITS[:], SOUNDFONT[:] = drum_kits(kits), [soundfont]


def render(work, set_name, seed):
    """Writes the song of a seed."""
    song = Groove(seed, KITS)
    path = work / "songs" / set_name / f"g{seed:05}"
    soundfile.write(path.with_suffix(".wav"), song.sound(*SOUNDFONT), SAMPLE_RATE, "PCM_16")
    path.with_suffix(".json").write_text(json.dumps(song.truth()))


def main():
    parser = arguments_of(__doc__, SETS, work="gets songs/", jobs="processes")
    parser.add_argument("--drumkits", default="/usr/share/hydrogen/data/drumkits", metavar="DIR")
    parser.add_argument("--soundfont", default="/usr/share/sounds/sf2/FluidR3_GM.sf2", metavar="FILE")
    arguments = parser.parse_args()
    if not drum_kits(arguments.drumkits):
        parser.error(f"no drum kits in {arguments.drumkits}: is hydrogen-drumkits installed?")
    render_sets(parser, arguments, SETS, render, load, (arguments.drumkits, arguments.soundfont))


if __name__ == "__main__":
    main()
