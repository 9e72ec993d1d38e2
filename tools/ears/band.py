#!/usr/bin/env python3
"""Renders accompaniments together with the exact truth about them: beats, bar lines, tempo.

The patterns are those of Musical MIDI Accompaniment (`mma`), two hundred files of styles that musicians wrote for it; chords, form,
tempo and its changes, a melody, what is left out and how it is mixed are drawn from a seed. fluidsynth plays them with one of
three soundfonts. Beside each NAME.wav lies NAME.json, as `groove.py` writes it.

The order of the draws makes the song: a draw that is added, left out or moved gives all seeds other songs.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import soundfile

from bank import SAMPLE_RATE
from playing import mastered, played
from song_sets import arguments_of, render_sets

# The seeds of each set.
SETS = {"band": list(range(1, 601)), "band-test": list(range(9_001, 9_061))}

# Tempi in beats a minute for the files of mma's library whose names match, the first pattern that does. mma knows none.
TEMPI = [
    (r"metronome|none|hymn|count|ending|intro|bwmarch|jazz-?0?5?4$|rd$|arpeggio|serenade", None),
    # Written at half their note values, in six, or for two beats a bar.
    (r"68|6-8|128|march|polka|quickstep|dixie|ragtime|charleston|bluegrass|tango|2beat|merengue|zydeco|softshoe", None),
    (r"bal+ad|bald|slow|lullaby|ambient|spiritual|mellow|desert|trip", (56, 92)),
    (r"vien|fastwaltz|fastjazzwaltz", (150, 210)),
    (r"waltz|34", (84, 170)),
    (r"fast|bebop|gypsy", (170, 230)),
    (r"metal|mtl|punk|thr|hrk|ska", (110, 200)),
    (r"dnb", (160, 178)),
    (r"tech|trance|rave|house|dance|disco", (112, 144)),
    (r"hip|rnb|r\+b|rb|soul|reggae|16beat|16shuf|beat16|fus16", (72, 112)),
    (r"funk|fusion|lfusion", (86, 124)),
    (r"swing|jazz|bigband|basie|foxtrot|bouncy|jive|strut|boogie|boggie|trio|broadway|showtune|evansish", (110, 215)),
    (r"bossa|samba|salsa|mambo|chacha|cuban|rhumba|beguine|bolero|calypso|latin|son$|quando", (90, 190)),
    (r"rock|twist|country|cntry|shuffle|west|blues|folk|hill", (84, 176)),
    (r"", (80, 140)),
]
# So many songs have a melody, four bars without drums, no drums at all, other parts left out, another drum kit from the
# start.
MELODY_SHARE, BREAK_SHARE, NO_DRUMS_SHARE, LEFT_OUT_SHARE, OTHER_KIT_SHARE = 0.5, 0.3, 0.04, 0.25, 0.7
# Chords as steps of the scale, for major and minor: loops that many songs have.
PROGRESSIONS = {
    "major": [
        *("I V vi IV", "I vi IV V", "I IV V IV", "vi IV I V", "I I IV V", "ii V I I", "I IV I V", "I iii IV V"),
        "I bVII IV I",
    ],
    "minor": ["i bVI bIII bVII", "i iv v i", "i bVII bVI V", "i i iv v", "i bIII bVII iv", "i iv bVII bIII"],
}
STEPS = {"i": 0, "bii": 1, "ii": 2, "biii": 3, "iii": 4, "iv": 5, "v": 7, "bvi": 8, "vi": 9, "bvii": 10}
KEYS = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]
SOUNDFONTS = [
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
]
DRUM_CHANNEL, MELODY_CHANNEL = 9, 15
DRUM_KITS = [0, 0, 0, 8, 16, 24, 25, 32, 40]
MELODY_PROGRAMS = [0, 4, 11, 22, 25, 26, 27, 56, 65, 66, 73, 80, 81, 52]


def library(folder):
    """[(file, grooves, fills, intros, beats in a bar, range of tempi)] of mma's library."""
    found = []
    for file in sorted(Path(folder).glob("*/*.mma")):
        tempi = next(tempi for pattern, tempi in TEMPI if re.search(pattern, file.stem.lower()))
        text = file.read_text("latin-1")
        times = {int(time) for time in re.findall(r"^\s*Time\s+(\d+)", text, re.M | re.I)}
        if tempi is None or times - {3, 4} or len(times) != 1:
            continue
        names = re.findall(r"^\s*DefGroove\s+(\S+)", text, re.M | re.I)
        fills = [name for name in names if re.search("fill", name, re.I)]
        intros = [name for name in names if re.search("intro", name, re.I)]
        main = [name for name in names if not re.search("fill|intro|end|count|stop|null", name, re.I)]
        if main:
            found.append((file, main, fills, intros, times.pop(), tempi))
    return found


class Piece:
    """A song: drawn, written as MIDI, and what is true of it."""

    def __init__(self, seed, styles):
        """Draws style, tempo, length and key of the song of this seed."""
        self.seed, self.random = seed, np.random.default_rng(seed)
        random = self.random
        self.file, self.main, self.fills, self.intros, self.beats_per_bar, tempi = styles[random.integers(len(styles))]
        self.bpm = float(np.exp(random.uniform(*np.log(tempi))))
        bar_sec = 60 / self.bpm * self.beats_per_bar
        self.end_sec = random.uniform(32, 44)
        self.bars = int(np.ceil((self.end_sec + 3) / bar_sec)) + 1
        self.cut_sec = random.uniform(0, 2 * bar_sec) if random.random() < 0.7 else 0.0
        self.tempo_kind = str(random.choice(["const", "human", "ramp", "jump"], p=[0.45, 0.41, 0.09, 0.05]))
        self.key = int(random.integers(12))
        self.jumped_at = None
        self.mode = str(random.choice(["major", "minor"], p=[0.6, 0.4]))

    def chord(self, step):
        """The name of a chord of the scale."""
        minor = step.lstrip("b").islower()
        name = KEYS[(self.key + STEPS[step.lower()]) % 12] + ("m" if minor else "")
        return name + ("7" if self.random.random() < 0.15 else "")

    def score(self):
        """What mma is to play."""
        random, beats = self.random, self.beats_per_bar
        base = f"{self.file.parent.name}/{self.file.stem}"
        parts = [str(random.choice(self.main)) for _ in range(2)]
        loops = [str(random.choice(PROGRESSIONS[self.mode])).split() for _ in range(2)]
        bars_of_chord = [int(random.choice([1, 1, 1, 2])) for _ in range(2)]
        part_bars = int(random.choice([4, 8, 8, 16]))
        fill_share = random.uniform(0, 1) if self.fills else 0
        # What mma draws by itself, how late a note is, say, is to be the same each time, too.
        lines = [f"SetLibPath {self.file.parent.parent}", f"RndSeed {self.seed}", f"Tempo {self.bpm:.2f}"]
        # A draw without use, which belongs to the songs all the same.
        random.random()
        now = None
        for bar in range(self.bars):
            part = bar // part_bars % 2
            wanted = parts[part]
            if bar < 2 and self.intros and random.random() < 0.3:
                wanted = self.intros[0]
            if bar % part_bars == part_bars - 1 and random.random() < fill_share:
                wanted = str(random.choice(self.fills))
            if wanted != now:
                lines.append(f"Groove {base}:{wanted}")
                now = wanted
            loop = loops[part]
            chord = self.chord(loop[bar // bars_of_chord[part] % len(loop)])
            row = [chord] + ["/"] * (beats - 1)
            if random.random() < 0.08 and beats == 4:
                row[2] = self.chord(str(random.choice(loop)))
            lines.append(f"{bar + 1} {' '.join(row)}")
        return "\n".join(lines) + "\n"

    def periods(self, beats):
        """Seconds of each beat."""
        random, period = self.random, 60 / self.bpm
        if self.tempo_kind == "human":
            spread = random.uniform(0.004, 0.025)
            drift, factors = 0.0, np.ones(beats)
            for beat in range(beats):
                drift = 0.9 * drift + random.normal(0, spread * 0.4)
                factors[beat] = np.exp(drift + random.normal(0, spread * 0.3))
            return period * factors
        if self.tempo_kind == "ramp":
            return period * np.exp(np.linspace(0, random.uniform(-0.12, 0.12), beats))
        if self.tempo_kind == "jump":
            factors = np.ones(beats)
            self.jumped_at = int(random.uniform(0.35, 0.65) * beats)
            factors[self.jumped_at :] = np.exp(random.choice([-1, 1]) * random.uniform(0.06, 0.25))
            return period * factors
        return np.full(beats, period)

    def write(self, path):
        """Writes the MIDI file and keeps the times of the beats."""
        random = self.random
        with tempfile.TemporaryDirectory() as folder:
            source, plain = Path(folder, "song.mma"), Path(folder, "song.mid")
            source.write_text(self.score())
            told = subprocess.run(["mma", source, "-f", plain], capture_output=True, text=True)
            if not plain.exists():
                raise RuntimeError(f"mma makes nothing of {self.file}: {told.stdout[-300:]}")
            midi = mido.MidiFile(plain)
        per_beat = midi.ticks_per_beat
        conductor = self.conductor(per_beat)
        written = mido.MidiFile(ticks_per_beat=per_beat)
        written.tracks.append(conductor)
        tracks, kit = self.tracks(midi, per_beat)
        written.tracks.extend(tracks)
        if random.random() < MELODY_SHARE:
            written.tracks.append(self.melody(per_beat))
        if random.random() < OTHER_KIT_SHARE:
            first = mido.Message("program_change", channel=DRUM_CHANNEL, program=kit)
            written.tracks.insert(1, mido.MidiTrack([first]))
        written.save(path)

    def conductor(self, per_beat):
        """The track of the tempo; and the beats, where it puts them."""
        track = mido.MidiTrack()
        for beat, period in enumerate(self.periods(self.bars * self.beats_per_bar)):
            tempo = int(round(1e6 * period))
            track.append(mido.MetaMessage("set_tempo", tempo=tempo, time=per_beat if beat else 0))
        self.beats = np.concatenate([[0], np.cumsum([message.tempo / 1e6 for message in track])])
        return track

    def tracks(self, midi, per_beat):
        """The tracks of mma, louder or softer each, some left out, without drums for a while; and the drum kit's number."""
        random = self.random
        gains = {channel: 10 ** (random.uniform(-5, 3) / 20) for channel in range(16)}
        gains[DRUM_CHANNEL] = 10 ** (random.uniform(-3, 4) / 20)
        left_out = set()
        if random.random() < LEFT_OUT_SHARE:
            notes = (message for track in midi.tracks for message in track if message.type == "note_on")
            used = sorted({note.channel for note in notes} - {DRUM_CHANNEL})
            left_out = {channel for channel in used if random.random() < 0.35}
        without = range(0)
        if random.random() < BREAK_SHARE:
            start = int(random.integers(2, 5)) * 4 * self.beats_per_bar
            without = range(start * per_beat, (start + 4 * self.beats_per_bar) * per_beat)
        if random.random() < NO_DRUMS_SHARE:
            without = range(self.bars * self.beats_per_bar * per_beat)
        kit = int(random.choice(DRUM_KITS))
        tracks = []
        for track in midi.tracks:
            kept, waited, now = mido.MidiTrack(), 0, 0
            for message in track:
                waited += message.time
                now += message.time
                if message.is_meta and message.type != "end_of_track":
                    continue
                if message.type == "note_on" and message.velocity:
                    channel = message.channel
                    if channel in left_out or (channel == DRUM_CHANNEL and now in without):
                        continue
                    message = message.copy(velocity=int(np.clip(message.velocity * gains[channel], 1, 127)))
                if message.type == "program_change" and message.channel == DRUM_CHANNEL:
                    message = message.copy(program=kit)
                kept.append(message.copy(time=waited))
                waited = 0
            tracks.append(kept)
        return tracks, kit

    def melody(self, per_beat):
        """A tune of two bars, again and again with changes."""
        random, steps = self.random, 2 * self.beats_per_bar * 2
        scale = [0, 2, 4, 7, 9, 12, 14] if self.mode == "major" else [0, 3, 5, 7, 10, 12, 15]
        plays = random.random(steps) < np.where(np.arange(steps) % 2, 0.3, 0.6)
        notes = random.integers(0, len(scale), steps)
        late = random.uniform(0, 0.04)
        program = int(random.choice(MELODY_PROGRAMS))
        events = [(0, mido.Message("program_change", channel=MELODY_CHANNEL, program=program))]
        for step in range(self.bars * self.beats_per_bar * 2):
            place = step % steps
            if place == 0 and random.random() < 0.3:
                notes = random.integers(0, len(scale), steps)
            if plays[place] != (random.random() < 0.1):
                begin = int((step / 2 + late + abs(random.normal(0, 0.015))) * per_beat)
                key = 60 + self.key + scale[notes[place]]
                velocity = int(random.uniform(60, 115))
                events.append((begin, mido.Message("note_on", channel=MELODY_CHANNEL, note=key, velocity=velocity)))
                end = begin + int(per_beat * random.uniform(0.3, 1.2))
                events.append((end, mido.Message("note_off", channel=MELODY_CHANNEL, note=key)))
        events.sort(key=lambda event: event[0])
        track, last = mido.MidiTrack(), 0
        for now, message in events:
            track.append(message.copy(time=now - last))
            last = now
        return track

    def sound(self, soundfonts):
        """Plays the song once: mono, at SAMPLE_RATE. Draws, too."""
        random = self.random
        soundfont = soundfonts[random.integers(len(soundfonts))]
        reverb = random.random() < 0.6
        with tempfile.TemporaryDirectory() as folder:
            midi = Path(folder, "song.mid")
            self.write(midi)
            sound = played(midi, soundfont, reverb)
        # Not beyond the last beat: where the tempo jumped, that may come early.
        end_sec = min(self.cut_sec + self.end_sec, self.beats[-1])
        begin, end = int(self.cut_sec * SAMPLE_RATE), int(end_sec * SAMPLE_RATE)
        mix = sound[begin:end]
        self.duration = len(mix) / SAMPLE_RATE
        return mastered(random, mix)

    def truth(self):
        """What is written beside the sound: times count from where it was cut."""
        times = self.beats - self.cut_sec
        heard = (times >= -1e-6) & (times < self.duration)
        begins_bar = np.arange(len(times)) % self.beats_per_bar == 0
        beats = times[heard]
        truth = {
            "beats": [round(float(beat), 5) for beat in beats],
            "downbeats": [round(float(beat), 5) for beat in times[heard & begins_bar]],
            "tempo": float(60 / np.median(np.diff(beats))),
            "group": "tempochange" if self.tempo_kind in ("ramp", "jump") else self.file.parent.name,
            "supergroup": f"band-{self.beats_per_bar}",
            "duration": self.duration,
            "style": f"{self.file.parent.name}/{self.file.stem}",
            "kind": self.tempo_kind,
            "meter": self.beats_per_bar,
        }
        if self.jumped_at is not None:
            truth["tempo_change_at"] = float(times[self.jumped_at])
        return truth


STYLES = []
LOADED_SOUNDFONTS = []


def load(folder, soundfonts):
    """Reads the library and keeps the soundfonts' paths, once per process."""
    STYLES[:], LOADED_SOUNDFONTS[:] = library(folder), soundfonts


def render(work, set_name, seed):
    """Writes the song of a seed."""
    piece = Piece(seed, STYLES)
    path = work / "songs" / set_name / f"b{seed:05}"
    soundfile.write(path.with_suffix(".wav"), piece.sound(LOADED_SOUNDFONTS), SAMPLE_RATE, "PCM_16")
    path.with_suffix(".json").write_text(json.dumps(piece.truth()))


def main():
    parser = arguments_of(__doc__, SETS, work="gets songs/", jobs="processes")
    parser.add_argument("--library", default="/usr/share/mma/lib", metavar="DIR")
    parser.add_argument("--soundfonts", nargs="+", default=SOUNDFONTS, metavar="FILE")
    arguments = parser.parse_args()
    if not library(arguments.library):
        parser.error(f"no styles in {arguments.library}: is mma installed?")
    for missing in (program for program in ("mma", "fluidsynth") if not shutil.which(program)):
        parser.error(f"no {missing} here: README.md says which packages are needed")
    for missing in (file for file in arguments.soundfonts if not Path(file).is_file()):
        parser.error(f"no soundfont {missing}: README.md says which packages are needed")
    render_sets(parser, arguments, SETS, render, load, (arguments.library, arguments.soundfonts))


if __name__ == "__main__":
    main()
