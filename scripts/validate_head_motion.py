"""Head motion by landmarks against the true poses of rendered clips: the figures of docs/metrics/motion.md.

    python -m scripts.validate_head_motion [--docs]

Renders four people who speak and turn their heads in five ways (three minutes on one core).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.pages import show, wants_docs
from scripts.validation.planted_head import AMPLITUDES_DEG, PEOPLE, motion_figures, posed_clips


def main(arguments: Sequence[str] | None = None) -> int:
    docs = wants_docs(__doc__, arguments)
    found = []
    try:
        with ProgressBar(len(PEOPLE) * len(AMPLITUDES_DEG), "clips") as bar:
            for one in posed_clips():
                found.append(one)
                bar.advance(one.name)
    except WeightsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    return show(motion_figures(found), "validate_head_motion", "motion", docs=docs)


if __name__ == "__main__":
    raise SystemExit(main())
