"""Known values of head diversity: rigid heads in chosen poses, which several outputs of one driver show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmark.doctor.known_values.heads import about, case, photograph, template, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, KnownValue, of_set
from benchmark.features.types.case import CaseFeatures

_METRIC = "head_diversity_deg[mesh468]"
_AXIS = (0.3, 1.0, -0.2)


def known_values() -> tuple[KnownValue, ...]:
    """Three groups and an output that is alone; frames in which one of two has no face do not count."""
    first = [_output("a", [0, 10, 20, 30]), _output("a", [5, 10, 26]), _output("a", [0, 13, 80, 30], gone=(2,))]
    # Pairs of the first group: 5, 0, 6; 0, 3 and 0 (not the third frame); 5 and 3 (not the third).
    pairs = [(5 + 0 + 6) / 3, (0 + 3 + 0) / 3, (5 + 3) / 2]
    second = [_output("b", [1, 2]), _output("b", [41, 42])]
    blind = [_output("c", [1, 2]), _output("c", [1, 2], gone=(0, 1))]
    cases = [*first, *second, *blind, _output("d", [9]), _output(None, [3]), _output(None, [80])]
    value = (sum(pairs) / 3 + 40) / 2
    extra = {"groups": 2.0, "outputs": 5.0, "groups_lost": 1.0, "alone": 3.0}
    alone = [_output("a", [0, 10]), _output("b", [5, 10])]
    return (
        of_set(_METRIC, "turns about one axis", CLOSED_FORM, cases, value, scored=4, extra=extra, tolerance=0.02),
        of_set(_METRIC, "every output is alone", EXACTLY, alone, None),
        of_set(_METRIC, "a face in one of two", EXACTLY, blind, None),
    )


def _output(inputs: str | None, turns_deg: list[float], gone: tuple[int, ...] = ()) -> CaseFeatures:
    shots = np.stack([photograph(template()[0], about(_AXIS, turn)) for turn in turns_deg])
    driver = video(shots)
    return replace(case(video(shots, gone), driver), inputs_id=inputs)
