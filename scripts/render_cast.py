"""Render feed-mini-cast, the people of the benchmark's main protocol. (again: continues)

    python -m scripts.render_cast --out DIR --workers 2

The people are those that `cast(28)` finds after feed-mini's: unlike each other and unlike feed-mini's, and not among
the random people that the shipped model was trained on (seeds from 1000). Fourteen drive, in two takes each: strong
emotions with a still head, and an uneven face that winks while the head turns. The seeds of the second are those that
`python -m scripts.choose_takes` finds: it measures drivers alone, before any method. Six people are sources, of whom
one neutral frame is read.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from feed_dataset.catalog.rendered import write_rendered
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.takes.settings import SETTINGS
from feed_dataset.synthetic.takes.write import TakeJob, render_takes

SEEDS_OF_UNEVEN = {
    "R54": 101,
    "R80": 65,
    "R130": 51,
    "R156": 41,
    "R176": 129,
    "R228": 32,
    "R258": 101,
    "R2": 91,
    "R45": 18,
    "R103": 338,
    "R194": 32,
    "R266": 281,
    "R290": 143,
    "R313": 153,
}
"""By driver; at this seed the take has everything that the metrics of uneven faces, winks and head motion need."""
SOURCES = ("R338", "R362", "R399", "R422", "R434", "R480")
EMOTIONS, UNEVEN = "MAU_strong", "FF"
DRIVEN = replace(SETTINGS, frame_count=30, cameras=("C",))
STILL = replace(DRIVEN, frame_count=2)


def plan(out: Path) -> list[TakeJob]:
    """Every take, in the order of people."""
    jobs = []
    for subject, seed in SEEDS_OF_UNEVEN.items():
        jobs.append(TakeJob(subject, EMOTIONS, out, DRIVEN, 1))
        jobs.append(TakeJob(subject, UNEVEN, out, replace(DRIVEN, seed=seed), 1))
    return [*jobs, *(TakeJob(subject, EMOTIONS, out, STILL, 1) for subject in SOURCES)]


def main() -> None:
    """Render what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    jobs = plan(arguments.out)
    with ProgressBar(len(jobs), "rendering") as bar:
        render_takes(arguments.out, jobs, workers=arguments.workers, on_take=lambda name, _: bar.advance(name, "done"))
    write_rendered(arguments.out, DRIVEN.described())


if __name__ == "__main__":
    main()
