"""Flicker and jitter metrics against known amounts planted into bundled clips: the figures of docs/metrics/time.md.

    python -m scripts.validate_flicker [--docs]

Eight clips of heads that hardly move and of heads that turn, nine times each (a minute on one core).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.pages import show, wants_docs
from scripts.validation.planted_motion import CLIPS, altered_clips, motion_figures


def main(arguments: Sequence[str] | None = None) -> int:
    docs = wants_docs(__doc__, arguments)
    found = []
    try:
        with ProgressBar(len(CLIPS), "clips") as bar:
            for clip in altered_clips():
                found.append(clip)
                bar.advance(clip.clip)
    except WeightsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    lines = motion_figures(found)
    return show(lines, "validate_flicker", "time", docs=docs)


if __name__ == "__main__":
    raise SystemExit(main())
