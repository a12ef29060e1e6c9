"""THEval's measures and other metrics of face parts and head against motion planted into rendered people.

    python -m scripts.validate_parts [--docs]

Renders four people with 27 mixtures of motion of lips, brows and head (seven minutes on one core): the figures of
docs/metrics/time.md, motion.md and expression.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.pages import show, wants_docs
from scripts.validation.parts_figures import expression_figures, motion_figures, spoken_clips, theval_figures
from scripts.validation.planted_parts import CLIPS, planted_people


def main(arguments: Sequence[str] | None = None) -> int:
    docs = wants_docs(__doc__, arguments)
    try:
        with ProgressBar(CLIPS, "clips") as bar:
            found = list(planted_people(lambda: bar.advance("")))
        spoken = list(spoken_clips())
    except WeightsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    pages = {
        "time": theval_figures(found, spoken),
        "motion": motion_figures(found),
        "expression": expression_figures(found),
    }
    return max(show(lines, "validate_parts", page, docs=docs) for page, lines in pages.items())


if __name__ == "__main__":
    raise SystemExit(main())
