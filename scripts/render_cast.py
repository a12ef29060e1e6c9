"""Render feed-mini-cast, the people of the benchmark's main protocol. (again: continues)

    python -m scripts.render_cast --out DIR --workers 2

The people are those that `cast(28)` finds after feed-mini's: unlike each other and unlike feed-mini's, and not among
the random people that the shipped model was trained on (seeds from 1000). Fourteen drive, in two takes each: an
asymmetric one with head rotations, and an asymmetric one without or winks and blinks, so that every metric of the
protocol has at least twelve cases with the motion that it needs. Six are sources, of whom one neutral frame is read.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from feed_dataset.catalog.rendered import write_rendered
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.takes.settings import SETTINGS, RenderSettings
from feed_dataset.synthetic.takes.write import TakeJob, render_dataset

WITHOUT_ROTATIONS = ("R54", "R80", "R130", "R156", "R176", "R228", "R258")
WITH_WINKS = ("R2", "R45", "R103", "R194", "R266", "R290", "R313")
SOURCES = ("R338", "R362", "R399", "R422", "R434", "R480")
OF_EVERYBODY = "FF"
OF_SOURCES = "MAU_strong"
DRIVEN = replace(SETTINGS, frame_count=30, cameras=("C",))
STILL = replace(DRIVEN, frame_count=2)


def plan(out: Path) -> list[TakeJob]:
    """Every take, in the order of people."""
    jobs = []
    for people, second in ((WITHOUT_ROTATIONS, "FF_NR"), (WITH_WINKS, "blinks")):
        jobs += [TakeJob(subject, stem, out, DRIVEN) for subject in people for stem in (OF_EVERYBODY, second)]
    return [*jobs, *(TakeJob(subject, OF_SOURCES, out, STILL) for subject in SOURCES)]


def main() -> None:
    """Render what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    groups: dict[tuple[str, RenderSettings], list[str]] = {}
    for job in plan(arguments.out):
        groups.setdefault((job.subject, job.settings), []).append(job.stem)
    with ProgressBar(len(groups), "rendering") as bar:
        for (subject, settings), stems in groups.items():
            workers = min(arguments.workers, len(stems))
            render_dataset(arguments.out, subjects=[subject], stems=stems, settings=settings, workers=workers)
            bar.advance(subject, "done")
    write_rendered(arguments.out, DRIVEN)


if __name__ == "__main__":
    main()
