"""How often the search for a lag finds one where there is none, and where there is one: the cards' and docs' rates.

    python -m scripts.validate_nulls [--media DIR] [--trials 400]

First motion drawn at random with a memory (autoregressive of order 1): no lag exists. Then the same where one follows
the other late under noise: one exists. With --media also the videos with sound of a folder, cut into clips of 2 and
4 s: every mouth with other videos' voices and motions, and with its own. Five minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmark.metrics.permuted import LEVEL
from benchmark.metrics.sync_mouth import LagResult
from benchmark.metrics.velocity_lag import VelocityLag, find_velocity_lag
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from scripts.validation.proportions import wilson
from scripts.validation.speaking import Window, motions_of_two, speaking, voices_of_two, windows

FPS = 25
LENGTHS_S = (2, 4, 10)
MEMORIES_S = (0.0, 0.1, 0.2, 0.5)
"""Time after which a drawn signal has forgotten all but 1 / e."""
LATE_FRAMES = 3
LATE_CORRELATION = 0.6
COLUMNS = 4


def drawn(rng: np.random.Generator, length: int, columns: int, memory: float) -> np.ndarray:
    """Signals x[t] = a x[t - 1] + noise of variance 1 from the start, a = exp(-1 / memory); float64 [T, D]."""
    kept = float(np.exp(-1.0 / memory)) if memory > 0 else 0.0
    noise = rng.normal(size=(length, columns)) * np.sqrt(1.0 - kept * kept)
    out = np.empty_like(noise)
    out[0] = rng.normal(size=columns)
    for t in range(1, length):
        out[t] = kept * out[t - 1] + noise[t]
    return out


def late_copy(rng: np.random.Generator, rows: np.ndarray, late: int, memory: float) -> np.ndarray:
    """A copy that comes later, under so much noise of the same kind that both correlate by LATE_CORRELATION."""
    noise = drawn(rng, rows.shape[0], rows.shape[1], memory)
    copy: np.ndarray = LATE_CORRELATION * np.roll(rows, late, axis=0) + np.sqrt(1 - LATE_CORRELATION**2) * noise
    return copy


def motion(rng: np.random.Generator, seconds: int, memory_s: float, late: bool) -> VelocityLag | str:
    """What is found between two motions of four columns."""
    truth = drawn(rng, seconds * FPS - 1, COLUMNS, memory_s * FPS)
    if late:
        return find_velocity_lag(late_copy(rng, truth, LATE_FRAMES, memory_s * FPS), truth)
    return find_velocity_lag(drawn(rng, len(truth), COLUMNS, memory_s * FPS), truth)


def share(found: Iterable[VelocityLag | LagResult | str]) -> str:
    """How many stand out from strangers, as a share with its interval."""
    known = [one for one in found if not isinstance(one, str)]
    out = sum(one.chance <= LEVEL for one in known)
    low, high = wilson(out, len(known))
    return f"{out:4d} of {len(known):4d}: {100 * out / len(known):5.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, metavar="DIR", help="videos with sound of your own")
    parser.add_argument("--trials", type=int, default=500)
    given = parser.parse_args(arguments)
    for late in (False, True):
        print(f"motion, {f'{LATE_FRAMES} frames late' if late else 'no lag'}", flush=True)
        for seconds in LENGTHS_S:
            for memory_s in MEMORIES_S:
                rng = np.random.default_rng([seconds, round(100 * memory_s), late])
                rate = share([motion(rng, seconds, memory_s, late) for _ in range(given.trials)])
                print(f"  {seconds:2d} s, memory {memory_s:3.1f} s  {rate}", flush=True)
    if given.media is None:
        return 0
    try:
        networks = FaceNetworks.load()
        paths = sorted(path for path in given.media.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
        clips = [one for path in paths if (one := speaking(path, networks)) is not None]
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    for seconds in LENGTHS_S[:2]:
        _show_media(seconds, windows(clips, seconds))
    return 0


def _show_media(seconds: int, cut: Sequence[Window]) -> None:
    strangers = [(a, b) for a in cut for b in cut if a.name != b.name]
    print(f"{len(cut)} real clips of {seconds} s")
    print(f"  strangers' voice   {share([voices_of_two(*pair) for pair in strangers])}", flush=True)
    print(f"  own voice          {share([voices_of_two(one, one) for one in cut])}", flush=True)
    for what in ("mouth", "face"):
        print(f"  strangers' {what:7} {share([motions_of_two(*pair, what) for pair in strangers])}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
