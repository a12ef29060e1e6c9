"""How differently the head moves in several outputs of one source and one driver, as made with several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import NO_FACE, NoValue
from benchmark.metrics.landmark_sets import MESH468
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.pose import geodesic_deg, head_turns
from benchmark.metrics.scores import Extra, SetScore


def head_diversity_deg(cases: Sequence[CaseFeatures]) -> SetScore:
    """Mean angle between the heads of two outputs in one frame: over frames, then pairs, then groups."""
    groups: dict[str, list[CaseFeatures]] = {}
    for case in cases:
        if case.inputs_id is not None:
            groups.setdefault(case.inputs_id, []).append(case)
    repeated = [group for group in groups.values() if len(group) > 1]
    if not repeated:
        return SetScore(None, 0, "no source and driver has two outputs" if cases else "no cases")
    angles, outputs, pairs = [], 0, 0
    for group in repeated:
        found = [mean for one, other in combinations(group, 2) if (mean := _apart_deg(one, other)) is not None]
        if found:
            angles.append(float(np.mean(found)))
            outputs, pairs = outputs + len(group), pairs + len(found)
    if not angles:
        return SetScore(None, 0, "no two outputs of a source and driver show a face in one frame")
    extra: dict[str, Extra] = {
        "groups": float(len(angles)),
        "outputs": float(outputs),
        "groups_lost": float(len(repeated) - len(angles)),
        "alone": float(len(cases) - sum(map(len, repeated))),
    }
    return SetScore(float(np.mean(angles)), pairs, None, extra)


def _apart_deg(one: CaseFeatures, other: CaseFeatures) -> float | None:
    """Mean angle over frames in which both heads are seen; None where there is none."""
    count = min(len(one.output), len(other.output))
    both = one.output.valid[:count] & other.output.valid[:count]
    if not both.any():
        return None
    turns = [head_turns(case.output.landmarks_px[:count][both], MESH468) for case in (one, other)]
    return float(geodesic_deg(*turns).mean())


_CARD = MetricCard(
    id="head_diversity_deg[mesh468]",
    title="Head diversity",
    unit="deg",
    higher_is_better=None,
    level="set",
    needs=frozenset(),
    features=("mesh468",),
    summary="How differently the head turns in outputs of one source and one driver, as several seeds give: 0 where"
    " all are alike. Neither more nor less is better: a head that follows its driver should not differ.",
    definition="Cases whose source and driver are the same files are a group. For any two outputs of a group: mean over"
    " frames in which both show a face of the angle between the heads' rotations. The value is the mean over pairs,"
    " then over groups; beside it are the number of groups and of their outputs, of groups without a face, and of"
    " outputs that are alone.",
    value_range=(0.0, 180.0),
    preprocessing="468 landmarks; weighted similarity fit of a template face (core.faces.geometry.head_rotation)",
    pitfalls=(
        "A run makes each case once: outputs of several seeds are scored together by a table (`score --pairs`) in which"
        " they have one reference and one source. A run of a protocol has no value.",
        "Noise of landmarks and a head that jitters count as diversity: read it beside head_speed of the same outputs.",
        "What papers print as diversity within a clip is head_spread_deg.",
        "Not validated against people. Rank correlation with that of the true poses of rendered heads 0.99, off by 1.2"
        " degrees on average: at the top of its page.",
    ),
    source="diversity over seeds, asked for; this project",
)
ENTRIES = (SetMetric(_CARD, head_diversity_deg, (NoValue(on.TRUTH), NoValue(on.STILL), *NO_FACE)),)
