#!/usr/bin/env python3
"""Renders songs together with the exact truth about them: tempo, onsets, which drum, and which section.

A song is a style's drum pattern with bass, chords, pads and leads over it, and for the sections a plan of grooves,
breakdowns, build-ups and drops. All of it is drawn from a seed. Beside each NAME.wav lies NAME.json.
"""

import json
import pickle
from dataclasses import dataclass

import numpy as np
import soundfile

from bank import SAMPLE_RATE
from song import Song
from song_sets import arguments_of, render_sets


@dataclass(frozen=True)
class Recipe:
    """What a set of songs is made of."""

    songs: int
    seed: int
    # Kinds of plans, one after the other; none: loops for the onsets.
    plans: tuple = ()
    test_kits: bool = False
    # Level of bass and harmony against the drums, in dB.
    harmony_db: tuple = (-14, 5)
    # How far the mix is driven into its limiter.
    drives: tuple = (0.5, 0.8, 1.2, 1.6)
    # Length of a breakdown that ends in a mere groove, in phrases.
    short_break: float = 1


PLANS = ("std", "direct", "long", "intro", "fake", "nodrop", "fakegroove", "two", "breakonly")
RECIPES = {
    "onset": Recipe(songs=140, seed=3),
    "onset-test": Recipe(songs=20, seed=7, test_kits=True),
    "section": Recipe(songs=312, seed=1, plans=(*PLANS, "song", "song", "song", "std"), harmony_db=(-8, 3)),
    "section-test": Recipe(
        songs=32,
        seed=7,
        plans=(*PLANS, "song", "breaklong", "song", "std", "song"),
        harmony_db=(-7, 1),
        drives=(0.5, 0.7, 0.9, 1.1),
        short_break=0.5,
    ),
}
OFF_BEAT_BASS = [0, 3, 6, 8, 11, 14]


def onset_song(random, bank, recipe):
    """About 36 s of a style with changing layers, and its duration."""
    song = Song(random, bank, recipe.test_kits)
    song.arrange()
    bar_sec, bars = song.bar_sec, max(4, int(36 / song.bar_sec))
    song.start(bars * bar_sec + 1)
    song.harmony_gain = 10 ** (random.uniform(*recipe.harmony_db) / 20)
    others = ["bass", "chord", "pad", "lead", "percussion"]
    others = [layer for layer in others if random.random() < (0 if random.random() < 0.1 else 0.6)]
    if random.random() < 0.12:
        others = []
    layers = set()
    for bar in range(bars):
        if bar % 4 == 0:
            layers = {layer for layer in others if random.random() < 0.85}
            layers |= {layer for layer in ("kick", "snare", "hat") if random.random() < 0.93}
        if bar % 8 == 0 and random.random() < 0.6 and bar:
            song.play_drum("cymbal", bar * bar_sec, 1)
        song.bar(bar * bar_sec, layers, fill=bar % 4 == 3 and random.random() < 0.5)
    if random.random() < 0.25:
        start, duration = random.uniform(0, 10), random.uniform(4, 10)
        song.riser(start, duration, -45, random.uniform(-25, -14), 600, 8_000)
    return song, bars * bar_sec


def plan_of(random, kind, bar_sec, recipe):
    """[(section, bars), ...] of a kind of song."""
    phrase = 4 if bar_sec * 8 > 18 else 8
    if kind == "song":
        return plan_of_plain_song(random, bar_sec)
    lengths = [phrase // 2, phrase, phrase, 2 * phrase]
    some, more, other = (int(random.choice(lengths)) for _ in range(3))
    groove, quiet = ("groove", phrase), ("quiet", phrase)
    pause, short_pause = ("breakdown", phrase), ("breakdown", phrase // 2)
    build, drop, long_drop = ("buildup", phrase), ("drop", phrase), ("drop", 2 * phrase)
    return {
        "std": [groove, ("breakdown", some), ("buildup", more), long_drop],
        "direct": [groove, ("buildup", other), long_drop],
        "long": [groove, ("breakdown", 16), build, drop],
        "intro": [pause, build, long_drop],
        "fake": [groove, short_pause, build, pause, build, drop],
        "nodrop": [groove, pause, build, pause],
        "fakegroove": [groove, build, quiet],
        "two": [("groove", phrase // 2), build, drop, pause, build, drop],
        "breakonly": [groove, ("breakdown", int(phrase * recipe.short_break)), groove],
        "breaklong": [groove, ("breakdown", phrase if bar_sec * phrase > 14 else 2 * phrase), groove],
    }[kind]


def plan_of_plain_song(random, bar_sec):
    """Verses, choruses and the like for a good minute, with no build-up and no drop among them."""
    names = ["intro", "verse", "verse", "chorus", "bridge", "solo", "stop", "drumbreak"]
    drawn = [(str(random.choice(names)), int(random.choice([2, 4, 4, 8]))) for _ in range(10)]
    plan, seconds = [], 0
    for name, bars in drawn:
        if seconds > 70:
            break
        if name in ("stop", "drumbreak"):
            bars = 1 + int(random.random() < 0.4)
        plan.append((name, bars))
        seconds += bars * bar_sec
    return plan


def layers_of_sections(random):
    """{section: layers} of a song, and {section: gain} where it is not 1."""
    full = {"kick", "snare", "hat", "bass"}
    full |= {layer for layer in ("chord", "pad", "lead", "percussion") if random.random() < 0.6}
    if not full & {"chord", "pad", "lead"}:
        full.add("chord")
    sparse = {"pad"} | {layer for layer in ("chord", "lead") if random.random() < 0.6}
    if random.random() < 0.3:
        sparse.add("hat")
    gains = {section: random.uniform(0.5, 1) for section in ("intro", "verse", "bridge")}
    layers = {
        "groove": full,
        "drop": full,
        "quiet": {"hat", "pad", "lead"},
        "breakdown": sparse,
        "intro": {"chord"} | ({"hat"} if random.random() < 0.5 else set()),
        "verse": {"kick", "snare", "hat", "bass"} | ({"lead"} if random.random() < 0.7 else {"chord"}),
        "chorus": full,
        "solo": full | {"lead"},
        "bridge": (
            {"kick", "hat", "bass", "pad"} if random.random() < 0.5 else {"chord", "lead", "bass", "hat"}
        ),
        "drumbreak": {"kick", "snare", "hat"},
        "stop": {"chord"},
    }
    return layers, gains


def section_song(random, bank, recipe, kind):
    """A song of a kind of plan, and its duration."""
    song = Song(random, bank, random.random() < 0.3)
    if kind != "song":
        song.set_style(random.choice(["house", "techno", "half", "dnb", "break", "house"]))
    song.arrange()
    bar_sec = song.bar_sec
    song.harmony_gain = 10 ** (random.uniform(*recipe.harmony_db) / 20)
    if kind != "song" and len(song.bass_rhythm) == 1:
        song.bass_rhythm = OFF_BEAT_BASS
    plan = plan_of(random, kind, bar_sec, recipe)
    layers, gains = layers_of_sections(random)
    duration, now = sum(bars for _, bars in plan) * bar_sec, 0
    song.start(duration + 1)
    for section, bars in plan:
        if section == "buildup":
            song.build_up(now, bars)
        else:
            for bar in range(bars):
                fills = section in ("groove", "drop", "verse", "chorus") and bar == bars - 1
                fill = fills and random.random() < 0.5
                song.bar(now + bar * bar_sec, layers[section], fill, gains.get(section, 1.0))
        if section == "drop" and random.random() < 0.8:
            song.play_drum("cymbal", now, 1)
        end = now + bars * bar_sec
        if section in ("breakdown", "buildup", "drop"):
            song.structure.append({"type": section, "start": now, "end": end})
        song.sections.append((section, now))
        now = end
    return song, duration


BANK = None


def load_bank(work):
    """Loads the bank once per process."""
    global BANK
    with open(work / "bank.pkl", "rb") as file:
        BANK = pickle.load(file)


def render(work, set_name, number):
    """Writes song `number` of a set."""
    recipe = RECIPES[set_name]
    random = np.random.default_rng(recipe.seed * 1_000 + number)
    if recipe.plans:
        kind = recipe.plans[number % len(recipe.plans)]
        song, duration = section_song(random, BANK, recipe, kind)
    else:
        kind = "onset"
        song, duration = onset_song(random, BANK, recipe)
    sound = song.master(duration, random.choice([0, 0, 0.3, 0.8]), recipe.drives)
    name = f"{kind}_{number:03}"
    soundfile.write(work / "songs" / set_name / f"{name}.wav", sound, SAMPLE_RATE, "PCM_16")
    (work / "songs" / set_name / f"{name}.json").write_text(json.dumps(song.truth(name, duration)))


def main():
    sets = {name: range(recipe.songs) for name, recipe in RECIPES.items()}
    parser = arguments_of(
        __doc__, sets, work="has bank.pkl, gets songs/", jobs="processes; each takes about 1 GB"
    )
    arguments = parser.parse_args()
    if not (arguments.work / "bank.pkl").exists():
        parser.error(f"no bank.pkl in {arguments.work}: bank.py makes it")
    render_sets(parser, arguments, sets, render, load_bank, (arguments.work,))


if __name__ == "__main__":
    main()
