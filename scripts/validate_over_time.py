"""Identity and colour over time against rendered people who change by known amounts: figures of docs/metrics/time.md.

    python -m scripts.validate_over_time [--docs]

Renders four synthetic people at nine stations on the way to four others (two minutes on one core).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.pages import show, wants_docs
from scripts.validation.planted_time import PAIRS, identity_figures, light_figures, people, still_figures

RECOGNISER = "dlib"
"""The one whose network comes with a Python package."""


def main(arguments: Sequence[str] | None = None) -> int:
    docs = wants_docs(__doc__, arguments)
    found = []
    try:
        with ProgressBar(len(PAIRS), "people") as bar:
            for person in people(RECOGNISER):
                found.append(person)
                bar.advance(person.name)
    except WeightsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    lines = [*identity_figures(found, RECOGNISER), *light_figures(found), *still_figures(found, RECOGNISER)]
    return show(lines, "validate_over_time", "time", docs=docs)


if __name__ == "__main__":
    raise SystemExit(main())
