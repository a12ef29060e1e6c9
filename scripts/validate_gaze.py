"""Gaze of the iris net against rendered people whose gaze is exactly known: the figures in the metric's card.

    python -m scripts.validate_gaze

Renders 8 synthetic people in 45 gazes each (about two minutes on one core); prints one line per person and the means.
"""

from __future__ import annotations

import sys
from dataclasses import astuple, fields

import numpy as np

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.gaze import PEOPLE, Agreement, agreement


def main() -> int:
    rows = []
    try:
        with ProgressBar(len(PEOPLE), "gaze of") as bar:
            for seed, person in enumerate(PEOPLE, 1):
                rows.append(agreement(person, seed))
                bar.advance(person)
    except WeightsUnavailable as error:
        print(error, file=sys.stderr)
        return 2
    for person, row in zip(PEOPLE, rows, strict=True):
        print(person, "  ".join(f"{value:6.2f}" for value in astuple(row)))
    means = np.array([astuple(row) for row in rows]).mean(axis=0)
    for field, mean in zip(fields(Agreement), means, strict=True):
        print(f"{field.name:24} {mean:6.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
