"""Values of large sets without each group: some of them are computed again, where all of them would take minutes.

The interval of a Frechet distance rests on up to 60 distances, each without a group of people. With a thousand pictures
each takes seconds. So the value itself is computed again, and of the distances without a group a few, which the
submitter cannot foresee: they are drawn anew at each validation.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import MetricCard, SetScore
from benchmark.metrics.feature_sets import crossing_of
from benchmark.metrics.jackknife import Grouping
from benchmark.metrics.scoring import plain_score
from benchmark.results.crossed import Replicates
from benchmark.results.schema import Aggregate

ONE_BY_ONE = ("fid", "fd", "fvd", "e_fid")
"""Metrics, by name without their network, that are computed once for each group that is left out."""
MOST_NUMBERS = 1 << 20
"""Samples times dimensions up to which every distance is computed again: 512 pictures of 2,048 numbers."""
SPOTS = 3
_NOBODY = "everybody"
PEOPLE = ("n_drivers", "n_sources")


def is_spot_checked(stated: Aggregate) -> bool:
    """Whether the values without each group are too many to be computed again in a minute."""
    n, dimensions = stated.extra.get("n"), stated.extra.get("dimensions")
    if stated.metric.partition("[")[0] not in ONE_BY_ONE or not isinstance(dimensions, float):
        return False
    return isinstance(n, int) and n * dimensions > MOST_NUMBERS


def value_alone(metric: MetricCard, cases: Sequence[CaseFeatures]) -> SetScore:
    """The value of some cases without any interval: as if all were of one person. What counts people is not for use."""
    return plain_score(metric, [replace(one, cluster=_NOBODY, source_cluster=_NOBODY) for one in cases])


def left_out_problems(
    metric: MetricCard, cases: Sequence[CaseFeatures], stated: Aggregate, seed: int, tolerance: float
) -> Iterator[str]:
    """Some of the stated values without a group, computed again."""
    grouping, replicates = Grouping.of(crossing_of(cases)), Replicates.of(stated.extra)
    if grouping is None or replicates is None:
        if (grouping is None) != (replicates is None):
            yield f"expected {'no ' if grouping is None else ''}values without each group of people"
        return
    left_out = grouping.left_out
    got = [float(value) for _, values in replicates.parts[: len(grouping.partitions)] for value in values]
    if len(got) != len(left_out):
        yield f"expected {len(left_out)} values without a group of people but got {len(got)}"
        return
    for place in sorted(random.Random(f"{seed} {stated.metric}").sample(range(len(got)), min(SPOTS, len(got)))):
        kept = [case for case, is_out in zip(cases, left_out[place], strict=True) if not is_out]
        want = value_alone(metric, kept).value
        if want is None or abs(want - got[place]) > tolerance * max(1.0, abs(want)):
            yield f"expected {want} without group {place} of {len(got)}, by its features, but got {got[place]}"
