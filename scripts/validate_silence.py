"""Mouths in silence against openings planted into rendered faces: the figures of docs/metrics/speech.md.

    python -m scripts.validate_silence [--docs]

Renders four people with five openings (two minutes on one core).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.pages import show, wants_docs
from scripts.validation.planted_head import PEOPLE, mouths, silence_figures


def main(arguments: Sequence[str] | None = None) -> int:
    docs = wants_docs(__doc__, arguments)
    found = []
    try:
        with ProgressBar(len(PEOPLE), "people") as bar:
            for one in mouths():
                found.append(one)
                bar.advance("")
    except WeightsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    return show(silence_figures(found), "validate_silence", "speech", docs=docs)


if __name__ == "__main__":
    raise SystemExit(main())
