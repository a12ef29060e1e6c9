"""Render feed-mini-speakers, the people of the benchmark's speech protocols. (again: continues)

    pip install 'feed-benchmark[voices]'
    python -m scripts.render_speakers --out DIR --workers 2

They are the twelve voices and people of `feed dataset render-speech --part test`, whom no training on speech has seen,
in three languages, four of each. Each says one sentence.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from feed_dataset.catalog.rendered import write_rendered
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.takes.settings import SETTINGS
from feed_dataset.synthetic.takes.spoken import SpokenTakeJob
from feed_dataset.synthetic.takes.write import render_takes
from feed_dataset.synthetic.voices.speakers import choose_speakers
from feed_dataset.synthetic.voices.texts import languages

SPOKEN = ("en-us", "es", "cmn")
STEM = "speech"
FRAMES = (75, 100)
"""Of a clip, at 25 a second."""
SILENT_FRAMES = 8
"""Before and after the sentence, at least: what is shorter is no silence to `silence_opening`."""
NUMBERS = (1, 1, 0, 1, 9, 2, 3, 1, 5, 6, 3, 1)
"""By speaker: which of its clips is the first that is so long and so silent; `fits` says which are."""
SPEAKERS = replace(SETTINGS, size_px=256, mask_px=64, cameras=("C",))


def plan(out: Path) -> list[SpokenTakeJob]:
    """Every take, in the order of speakers."""
    speakers = choose_speakers(len(NUMBERS), part="test", spoken=SPOKEN)
    return [
        SpokenTakeJob(one.subject, STEM, out, SPEAKERS, 1, speaker=one, number=number)
        for one, number in zip(speakers, NUMBERS, strict=True)
    ]


def fits(job: SpokenTakeJob) -> bool:
    """Whether a clip is short enough, and silent enough at both ends."""
    visemes = job.clip().take.visemes
    ends = (*visemes[:SILENT_FRAMES], *visemes[-SILENT_FRAMES:])
    return FRAMES[0] <= len(visemes) <= FRAMES[1] and set(ends) == {"sil"}


def languages_of(jobs: Sequence[SpokenTakeJob]) -> Mapping[str, str]:
    """By subject the language."""
    return {job.subject: languages()[job.speaker.voice.language].name for job in jobs}


def main() -> None:
    """Render what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    jobs = plan(arguments.out)
    with ProgressBar(len(jobs), "rendering") as bar:
        render_takes(arguments.out, jobs, workers=arguments.workers, on_take=lambda name, _: bar.advance(name, "done"))
    write_rendered(arguments.out, jobs[0].described(), languages_of(jobs))


if __name__ == "__main__":
    main()
