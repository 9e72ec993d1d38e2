"""A song that is being written: instruments, patterns, build-ups, the mix, and on the way what is true of it."""

import functools
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from bank import BASS, DISTORTED, LEAD, PLUCKED, SAMPLE_RATE, SUSTAINED

NYQUIST = SAMPLE_RATE / 2
# Drum kits that only the test sets hear.
TEST_KITS = ["HardElectro1", "Millo_MultiLayered3", "The Black Pearl 1.0", "gm25", "gm8", "VariBreaks"]
# Kits of hands and percussion, without what the patterns play.
UNUSED_KITS = ["Gimme A Hand 1.0", "circAfrique v4"]


@dataclass(frozen=True)
class Style:
    """Sixteenths of a bar: x, o soft, - softest; and its range of tempi in BPM."""

    kick: str
    snare: str
    hat: str
    open_hat: str
    tempo: tuple


VELOCITIES = {"x": 1, "o": 0.5, "-": 0.35, ".": 0}
NONE = "................"
STYLES = {
    "house": Style(
        "x...x...x...x...", "....x.......x...", "..x...x...x...x.", "..x...x...x...x.", (116, 130)
    ),
    "techno": Style(
        "x...x...x...x...", "....o.......o...", "x-x-x-x-x-x-x-x-", "..x...x...x...x.", (126, 145)
    ),
    "rock": Style("x.......x.x.....", "....x.......x...", "x.x.x.x.x.x.x.x.", NONE, (90, 160)),
    "punk": Style("x.....x.x.....x.", "....x.......x...", "x...x...x...x...", "..............x.", (140, 200)),
    "hiphop": Style(
        "x.....x...x.....", "....x.......x..-", "x.x.x.xxx.x.x.x.", "..............x.", (76, 105)
    ),
    "half": Style("x.....x.........", "........x.......", "x.x.x.x.x.x.x.xx", NONE, (130, 150)),
    "dnb": Style("x.........x.....", "....x..-.-..x...", "x.x.x.x.x.x.x.x.", NONE, (160, 180)),
    "break": Style("x.x.......xx....", "....x..-.-..x..-", "x.x.x.x.x.x.x.x.", "......x.........", (90, 140)),
    "reggaeton": Style("x...x...x...x...", "...x..x....x..x.", "x-x-x-x-x-x-x-x-", NONE, (84, 104)),
    "funk": Style("x..x..x...x..x..", "-...x..-.-..x..-", "xxxxxxxxxxxxxxxx", "......x.........", (90, 120)),
    "ballad": Style("x.......x.......", "....x.......x...", "x.x.x.x.x.x.x.x.", NONE, (60, 88)),
}
FOUR_TO_THE_FLOOR = ("house", "techno")
ELECTRONIC = ("house", "techno", "half", "dnb", "break", "reggaeton")
GUITARS = ("rock", "punk")

DRUM_LEVELS = {
    "kick": 1.0,
    "snare": 0.7,
    "clap": 0.5,
    "hat": 0.3,
    "open_hat": 0.25,
    "cymbal": 0.4,
    "ride": 0.3,
    "tom": 0.6,
    "rim": 0.4,
    "percussion": 0.35,
}
# What a kit plays instead of what it has not.
INSTEAD = {
    "clap": "snare",
    "open_hat": "hat",
    "ride": "hat",
    "snare": "clap",
    "hat": "percussion",
    "cymbal": "open_hat",
}
BASS_RHYTHMS = [[0, 4, 8, 12], [2, 6, 10, 14], [0, 3, 6, 8, 11, 14], list(range(0, 16, 2)), [0, 8], [0]]
CHORD_RHYTHMS = [[0, 8], [2, 6, 10, 14], [0, 3, 6, 10], list(range(0, 16, 2)), [0, 4, 8, 12], [4, 12]]

# Notes of these classes are no onsets: they fade in, or what begins is not heard.
SOFT_CLASSES = ("soft", "bass", "synthbass")
# Onsets nearer to each other than this are one.
ONE_ONSET_SEC = 0.025
# A hit's sound begins this long before its attack.
LEAD_IN_SEC = 0.0005


@dataclass
class Voice:
    """A synthesiser: detuned oscillators through a low-pass that closes, or that is swept."""

    sound_class: str
    wave: str
    detune: np.ndarray
    cutoff_hz: float
    cutoff_decay: float
    cutoff_floor_hz: float
    sweep_hz: float
    sweep_phase: float
    attack: float
    decay: float

    @classmethod
    def drawn(cls, random, sound_class, bpm):
        """A voice at random."""
        pad = sound_class == "soft"
        return cls(
            sound_class=sound_class,
            wave=random.choice(["saw", "square"] if pad else ["saw", "saw", "square", "sine"]),
            detune=random.normal(
                0, random.choice([0.0005, 0.004, 0.01]), int(random.choice([1, 2, 3, 5, 7]))
            ),
            cutoff_hz=random.uniform(800, 8_000) if pad else random.uniform(200, 2_500),
            cutoff_decay=random.choice([0.05, 0.2, 1, 9]),
            cutoff_floor_hz=random.uniform(100, 600),
            sweep_hz=random.choice([0, 0, bpm / 60, bpm / 30, 0.3, bpm / 20]),
            sweep_phase=random.uniform(0, 6),
            attack=random.choice([0.01, 0.05, 0.3] if pad else [0.002, 0.005, 0.01, 0.03]),
            decay=random.choice([0.15, 0.5, 9]),
        )

    def note(self, random, hz, duration):
        """A note at full scale."""
        length = int((duration + 0.06) * SAMPLE_RATE)
        time, sound = np.arange(length) / SAMPLE_RATE, np.zeros(length)
        for detune in self.detune:
            phase = (hz * (1 + detune) * time + random.random()) % 1
            if self.wave == "saw":
                sound += 2 * phase - 1
            elif self.wave == "square":
                sound += np.sign(phase - 0.5)
            else:
                sound += np.sin(2 * np.pi * phase)
        sound /= len(self.detune)
        if self.wave != "sine":
            sound = swept(low_pass, sound, self._cutoffs(time), 256)
        rise, fall = max(2, int(self.attack * SAMPLE_RATE)), int(0.05 * SAMPLE_RATE)
        envelope = np.ones(length)
        envelope[:rise] = np.linspace(0, 1, rise)[:length]
        envelope *= np.exp(-time / self.decay)
        envelope[-fall:] *= np.linspace(1, 0, fall)[-len(envelope[-fall:]) :]
        sound *= envelope
        return (sound / (np.abs(sound).max() + 1e-9)).astype("float32")

    def _cutoffs(self, time):
        cutoffs = self.cutoff_hz * np.exp(-time / self.cutoff_decay) + self.cutoff_floor_hz
        if self.sweep_hz:
            cutoffs = cutoffs * (1.05 + np.sin(2 * np.pi * self.sweep_hz * time + self.sweep_phase)) / 2 + 60
        return np.maximum(cutoffs, 30)


@functools.lru_cache(None)
def low_pass(sixth_octaves):
    return butter(2, min(2 ** (sixth_octaves / 6), 18_000) / NYQUIST, "low", output="sos")


@functools.lru_cache(None)
def high_pass(sixth_octaves):
    return butter(2, 2 ** (sixth_octaves / 6) / NYQUIST, "high", output="sos")


def swept(filter_of, sound, cutoffs, block):
    """The sound through a filter whose cut-off moves from block to block."""
    out, state = np.empty(len(sound)), np.zeros((1, 2))
    for begin in range(0, len(sound), block):
        sections = filter_of(round(6 * np.log2(cutoffs[begin])))
        out[begin : begin + block], state = sosfilt(sections, sound[begin : begin + block], zi=state)
    return out


class Song:
    """A song that is being written: five buses of sound, and what is true of them."""

    def __init__(self, random, bank, test_kit):
        self.random = random
        self.kits, self.instruments = bank
        training = [kit for kit in self.kits if kit not in (*TEST_KITS, *UNUSED_KITS)]
        self.kit = self.kits[random.choice(TEST_KITS if test_kit else training)]
        self.set_style(random.choice(list(STYLES)))
        self.swing = random.choice([0, 0, 0, 0.12, 0.2])
        self.jitter_sec = random.choice([0, 0, 0.002, 0.006])
        self.hits = {drum: hits[random.integers(len(hits))] for drum, hits in self.kit.items()}
        # (seconds, class) of each hit and note; (start, end) of what the master's high-pass sweeps over.
        self.events, self.high_passed = [], []
        # The truth about sections, and the plan as it was played.
        self.structure, self.sections = [], []

    def set_style(self, style):
        """Takes a style and a tempo that fits it."""
        self.style = str(style)
        self.bpm = self.random.uniform(*STYLES[self.style].tempo)

    @property
    def sixteenth(self):
        """In seconds."""
        return 60 / self.bpm / 4

    @property
    def bar_sec(self):
        return 240 / self.bpm

    def arrange(self):
        """Draws instruments, harmony and rhythms."""
        random, electronic = self.random, self.style in ELECTRONIC
        root = int(random.integers(33, 45))
        second, third, fourth = random.choice([-4, 3, 5]), random.choice([-2, 5]), random.choice([0, -5, 7])
        self.roots = [root, root + second, root + third, root + fourth]
        self.triad = [0, random.choice([3, 4]), 7]
        self.claps = self.style in FOUR_TO_THE_FLOOR and random.random() < 0.7
        self.rides = random.random() < 0.2
        self.percussion = set(random.choice(16, 4, replace=False))
        self.bass = int(random.choice(BASS))
        self.bass_rhythm = BASS_RHYTHMS[random.integers(6)]
        self.bass_length = random.choice([1.5, 2, 3, 4])
        self.bass_octaves = random.random() < 0.2
        self.chords = int(random.choice(PLUCKED + DISTORTED + [48, 62, 81]))
        self.chord_rhythm = CHORD_RHYTHMS[random.integers(6)]
        self.chord_length = random.choice([1, 2, 4])
        self.pad = int(random.choice(SUSTAINED))
        self.lead = int(random.choice(LEAD + PLUCKED))
        if random.random() < (0.65 if electronic else 0.1):
            self.bass = Voice.drawn(random, "synthbass", self.bpm)
        if random.random() < 0.25 and electronic:
            # A drone.
            self.bass_rhythm, self.bass_length = [0], 16
        if random.random() < (0.5 if electronic else 0.15):
            self.pad = Voice.drawn(random, "soft", self.bpm)
        if random.random() < 0.3 and electronic:
            self.chords = Voice.drawn(random, "stab", self.bpm)
            self.chords.attack, self.chords.decay = 0.002, random.choice([0.1, 0.2, 0.4])
            self.chords.sweep_hz = 0
        if random.random() < 0.3 and electronic:
            self.lead = Voice.drawn(random, "soft", self.bpm)
        if self.style in GUITARS and random.random() < 0.65:
            self.chords = int(random.choice(DISTORTED))
            self.chord_rhythm = list(range(0, 16, 2 if random.random() < 0.6 else 4))
            self.chord_length = random.choice([1, 1.5, 1.9, 2])
            self.triad = [0, 7, 12]
        # Hits off the beat are softer by this.
        self.dynamics = random.choice([1, 1, 0.6, 0.35])
        self.side_chain = random.choice([0, 0.6]) if self.style in FOUR_TO_THE_FLOOR else 0

    def start(self, duration):
        """Clears the buses for a song of so many seconds."""
        length = int((duration + 3) * SAMPLE_RATE)
        self.buses = {
            bus: np.zeros(length, "float32") for bus in ("drum", "kick", "bass", "harmony", "effect")
        }

    def put(self, bus, sound, start, gain):
        begin, bus = int(round(start * SAMPLE_RATE)), self.buses[bus]
        if 0 <= begin < len(bus):
            sound = sound[: len(bus) - begin]
            bus[begin : begin + len(sound)] += gain * sound

    def play_drum(self, drum, start, velocity, gain=1.0):
        """A hit of a drum, or of what stands in for it."""
        if drum not in self.hits:
            drum = INSTEAD.get(drum)
            if drum not in self.hits:
                return
        hit = self.hits[drum]
        if self.random.random() < 0.4:
            hit = self.kit[drum][self.random.integers(len(self.kit[drum]))]
        if self.jitter_sec:
            start = max(0, start + self.random.normal(0, self.jitter_sec))
        level = gain * DRUM_LEVELS[drum] * velocity * self.random.uniform(0.85, 1.1)
        self.put("kick" if drum == "kick" else "drum", hit, start, level)
        self.tell(start, drum)

    def play_note(self, bus, instrument, note, start, duration, gain):
        """A note of a voice or of a program."""
        if isinstance(instrument, Voice):
            tone = instrument.note(self.random, 440 * 2 ** ((note - 69) / 12), duration)
            sound_class = instrument.sound_class
        else:
            tone = self.sampled(instrument, note, duration)
            sound_class = "pluck" if instrument in PLUCKED else "bass" if instrument in BASS else "soft"
        self.put(bus, tone, start, gain)
        self.tell(start, sound_class)

    def sampled(self, program, note, duration):
        """A note of a program: the nearest that the bank has, bent to its pitch and cut to its length."""
        nearest = min(self.instruments[program], key=lambda had: (abs(had[0] - note), abs(had[1] - duration)))
        had_note, _, tone = nearest
        speed = 2 ** ((note - had_note) / 12)
        if speed != 1:
            places = np.arange(0, len(tone) - 1, speed)
            tone = np.interp(places, np.arange(len(tone)), tone).astype("float32")
        length = int((duration + 0.08) * SAMPLE_RATE)
        if length < len(tone):
            tone = tone[:length].copy()
            fade = min(1_500, len(tone))
            tone[-fade:] *= np.linspace(1, 0, fade)
        return tone

    def tell(self, start, sound_class):
        self.events.append((round(start + LEAD_IN_SEC, 4), sound_class))

    def bar(self, start, layers, fill=False, gain=1.0):
        """One bar of these layers."""
        random, sixteenth = self.random, self.sixteenth

        def at(place):
            return start + sixteenth * (place + (self.swing if place % 2 else 0))

        self.bar_of_drums(at, layers, fill, gain)
        root = self.roots[int(round(start / (sixteenth * 16))) % 4]
        if "bass" in layers:
            for place in self.bass_rhythm:
                note = root + (12 if self.bass_octaves and place % 4 else 0)
                self.play_note("bass", self.bass, note, at(place), sixteenth * self.bass_length, 0.55 * gain)
        if "chord" in layers:
            for place in self.chord_rhythm:
                for step in self.triad:
                    duration = sixteenth * self.chord_length
                    self.play_note("harmony", self.chords, root + 24 + step, at(place), duration, 0.22 * gain)
        if "pad" in layers:
            for step in self.triad:
                self.play_note("harmony", self.pad, root + 24 + step, start, sixteenth * 16, 0.2 * gain)
        if "lead" in layers:
            place = 0
            while place < 16:
                length = random.choice([1, 2, 2, 3, 4])
                if random.random() < 0.75:
                    note, duration = root + 36 + random.choice([0, 2, 3, 5, 7, 10]), sixteenth * length * 0.95
                    self.play_note("harmony", self.lead, note, at(place), duration, 0.35 * gain)
                place += length

    def bar_of_drums(self, at, layers, fill, gain):
        random, style = self.random, STYLES[self.style]
        patterns = (style.kick, style.snare, style.hat, style.open_hat)
        for place, velocities in enumerate(zip(*patterns)):
            kick, snare, hat, open_hat = (VELOCITIES[velocity] for velocity in velocities)
            if fill and place >= 8:
                if "snare" in layers and random.random() < 0.75:
                    self.play_drum(random.choice(["snare", "tom"]), at(place), random.uniform(0.6, 1), gain)
                continue
            if "kick" in layers and kick:
                self.play_drum("kick", at(place), kick, gain)
            if "snare" in layers and snare:
                velocity = snare * (self.dynamics if snare < 0.5 else 1)
                self.play_drum("clap" if self.claps else "snare", at(place), velocity, gain)
            if "hat" in layers and hat:
                velocity = hat * (self.dynamics if place % 4 else 1)
                self.play_drum("ride" if self.rides else "hat", at(place), velocity, gain)
            if "hat" in layers and open_hat:
                self.play_drum("open_hat", at(place), open_hat, gain)
            if "percussion" in layers and place in self.percussion:
                self.play_drum("percussion" if "percussion" in self.hits else "tom", at(place), 0.7, gain)

    def riser(self, start, duration, from_db, to_db, from_hz, to_hz):
        """Noise that gets louder and higher."""
        length = int(duration * SAMPLE_RATE)
        noise = self.random.standard_normal(length).astype("float32")
        share, sound = np.linspace(0, 1, length), np.zeros(length)
        # Swept by fading from one band to the next.
        for number, centre in enumerate(np.geomspace(from_hz, to_hz, 5)):
            edges = [centre * 0.6 / NYQUIST, min(centre * 1.7, 20_000) / NYQUIST]
            band = sosfilt(butter(2, edges, "band", output="sos"), noise)
            sound += band * np.clip(1 - np.abs(share * 4 - number), 0, 1)
        sound *= 10 ** ((from_db + (to_db - from_db) * share) / 20)
        sound /= np.sqrt(np.mean(sound[-length // 8 :] ** 2)) / 10 ** (to_db / 20)
        self.put("effect", sound.astype("float32"), start, 1.0)

    def build_up(self, start, bars):
        """Rising tension: some of a snare roll, a riser, a rising tone and a high-pass; the kick stays or goes."""
        random, bar_sec = self.random, 16 * self.sixteenth
        duration, pause = bars * bar_sec, random.choice([0, 0, 0, 0.5, 1.0]) * bar_sec
        elements = {element for element in ("roll", "riser", "tone", "high-pass") if random.random() < 0.7}
        if not elements & {"roll", "riser"}:
            elements |= {"roll", "riser"}
        sounding = duration - pause
        if "roll" in elements:
            self.roll(random.choice(["snare", "snare", "clap"]), start, duration, sounding)
        if "riser" in elements:
            levels = random.uniform(-45, -32), random.uniform(-18, -12)
            self.riser(start, sounding, *levels, random.uniform(300, 1_200), random.uniform(5_000, 9_000))
        if "tone" in elements:
            share = np.linspace(0, 1, int(sounding * SAMPLE_RATE))
            phase = np.cumsum(110 * 2 ** (3 * share)) / SAMPLE_RATE
            tone = (2 * (phase % 1) - 1) * 0.05 * (0.2 + 0.8 * share)
            self.put("effect", tone.astype("float32"), start, 1.0)
        kick = random.choice(["none", "half", "all"] if "high-pass" in elements else ["none", "half"])
        bars_with_kick = {"none": 0, "half": bars // 2, "all": bars}[kick]
        for bar in range(bars):
            layers = {"chord", "pad"}
            if bar < bars_with_kick:
                layers.add("kick")
            if "high-pass" in elements and random.random() < 0.5:
                layers.add("bass")
            if random.random() < 0.5:
                layers.add("lead")
            if bar == bars - 1 and pause >= bar_sec:
                layers = set()
            self.bar(start + bar * bar_sec, layers, gain=0.9)
        if "high-pass" in elements:
            self.high_passed.append((start, start + duration))

    def roll(self, drum, start, duration, sounding):
        """A roll that gets louder and denser: from quarters to thirty-seconds."""
        half = self.sixteenth / 2
        for number in range(int(sounding / self.sixteenth * 2)):
            share = number * half / duration
            every = 8 if share < 0.25 else 4 if share < 0.5 else 2 if share < 0.8 else 1
            if number % every == 0:
                self.play_drum(drum, start + number * half, 0.45 + 0.55 * share)

    def master(self, duration, room_sec, drives):
        """The mix: side-chain, high-pass, room, limiter, level, and sometimes a low-pass."""
        random, length = self.random, int(duration * SAMPLE_RATE)
        buses = {name: bus[:length] for name, bus in self.buses.items()}
        duck = self.ducking(length)
        bass, harmony, kick = buses["bass"] * duck, buses["harmony"] * duck, buses["kick"].copy()
        for start, end in self.high_passed:
            span = slice(int(start * SAMPLE_RATE), min(int(end * SAMPLE_RATE), length))
            through = (bass + harmony + kick)[span]
            harmony[span] = swept(high_pass, through, 30 * 60 ** np.linspace(0, 1, len(through)), 2_048)
            bass[span] = kick[span] = 0
        mix = kick + buses["drum"] + (bass + harmony) * self.harmony_gain + buses["effect"]
        if room_sec > 0:
            taps = int(room_sec * SAMPLE_RATE * 2)
            room = random.standard_normal(taps) * np.exp(-np.arange(taps) / (room_sec * SAMPLE_RATE / 3))
            mix = mix + 0.25 * fftconvolve(mix, room / np.sqrt((room**2).sum()))[:length]
        mix = mix / np.percentile(np.abs(mix), 99.8) * random.choice(drives)
        mix = np.tanh(mix) * 0.9 if random.random() < 0.6 else np.clip(mix * 0.7, -1, 1)
        mix *= 10 ** (random.uniform(-18, 0) / 20)
        if random.random() < 0.2:
            cutoff = random.choice([5_500, 8_000, 11_000]) / NYQUIST
            mix = sosfilt(butter(8, cutoff, "low", output="sos"), mix)
        return mix.astype("float32")

    def ducking(self, length):
        """The gain of what gives way to the kick."""
        gain, span = np.ones(length), int(0.12 * SAMPLE_RATE)
        dip = 1 - self.side_chain * np.exp(-np.arange(2 * span) / span * 1.5)
        for start, sound_class in self.events if self.side_chain else []:
            begin = int(start * SAMPLE_RATE)
            if sound_class == "kick" and begin < length:
                ducked = gain[begin : begin + 2 * span]
                np.minimum(ducked, dip[: len(ducked)], out=ducked)
        return gain

    def truth(self, name, duration):
        """What is written beside the sound. Onsets: the notes and hits that begin audibly."""
        onsets = []
        for start, sound_class in sorted(self.events):
            audible = sound_class not in SOFT_CLASSES and start < duration
            if audible and (not onsets or start - onsets[-1] > ONE_ONSET_SEC):
                onsets.append(start)
        return {
            "name": name,
            "style": self.style,
            "tempo": self.bpm,
            "duration": int(duration * SAMPLE_RATE) / SAMPLE_RATE,
            "onsets": onsets,
            "events": sorted(self.events),
            "structure": self.structure,
            "sections": self.sections,
        }
