"""Renders sets of songs, as the command line asks for them (used by render.py, groove.py and band.py)."""

import argparse
from multiprocessing import Pool
from pathlib import Path


def arguments_of(about, sets, work, jobs):
    """A parser for the sets with these names; `work` and `jobs` say what the folder holds and what a process takes."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help=work)
    parser.add_argument("--songs", type=int, metavar="N", help="only the first N of each set")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help=jobs)
    parser.add_argument("set", nargs="*", default=list(sets), help=f"of {', '.join(sets)} (default: all)")
    return parser


def render_sets(parser, arguments, sets, render, load, loaded_from):
    """Calls `render(work, set, number)` for the numbers of each set, in processes that have called `load(*loaded_from)`."""
    for name in arguments.set:
        if name not in sets:
            parser.error(f"no set is called {name}")
        (arguments.work / "songs" / name).mkdir(parents=True, exist_ok=True)
    songs = [
        (arguments.work, name, number)
        for name in arguments.set
        for number in list(sets[name])[: arguments.songs]
    ]
    with Pool(arguments.jobs, load, loaded_from) as pool:
        pool.starmap(render, songs, chunksize=1)
    print(f"{len(songs)} songs in {arguments.work / 'songs'}")
