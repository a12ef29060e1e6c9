"""Results as a run writes them, without running one: every rule is in the product, only the numbers are drawn here."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmark.engine.aggregate import CaseOutcome, MethodOutcome, score_method
from benchmark.engine.networks import NetworkStatus
from benchmark.features.store import preprocessing_of
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics import CARDS, MetricCard, cards_of
from benchmark.metrics.catalog import reference_metrics
from benchmark.metrics.expression import COMPONENTS
from benchmark.metrics.jackknife import Grouping, interval_of, share_interval
from benchmark.metrics.lacking import no_network
from benchmark.results.crossed import Crossing
from benchmark.results.schema import (
    REFERENCE_ROW,
    Aggregate,
    CaseRow,
    ComputeRecord,
    DataRecord,
    Environment,
    FailedCase,
    Failure,
    MethodRecord,
    ProtocolRecord,
    Results,
    summarise,
)
from feed_dataset.core.weights import registry
from leaderboard.rules.bounds import known_values
from leaderboard.rules.known import KnownCase, KnownProtocol, known_protocols
from leaderboard.rules.metrics import frames_due
from leaderboard.rules.relations import STILL

MISSING = ("arcface-r50", "syncnet-v2", "landmarks-1k3d68")
FAILED_REASON = "the method's process was killed"
STILL_DRIVER = "driver: head does not move"
NO_FACE = "output: no face detected"
FACES = {"mesh468", "dlib"}


def honest(
    methods: Sequence[str] = ("mine", "copy-source"),
    *,
    protocol: str = "feed-mini-cross",
    limit: int | None = 6,
    seed: int = 0,
    missing: Sequence[str] = MISSING,
) -> Results:
    """A run of some methods: the last case of the first method failed, a frame of each other case has no face."""
    known = known_protocols()[protocol]
    assert known.cases is not None
    cases = known.cases.cases[:limit]
    draw = random.Random(seed)
    cards = cards_of(known.metrics)
    status = _networks(cards, missing)
    rows: list[CaseRow] = []
    aggregates: list[Aggregate] = []
    same, other = 0.9 + 0.05 * draw.random(), 0.1 + 0.05 * draw.random()  # of the data, whatever the method
    names = [*methods, REFERENCE_ROW] if known.has_references else [*methods]
    for name in names:
        asked = reference_metrics(cards) if name == REFERENCE_ROW else cards
        failed = {cases[-1].id} if name == methods[0] and len(cases) > 1 else set()
        nothing = _nothing_scored(name, asked, cases, known, status)
        for aggregate in nothing:
            card = CARDS[aggregate.metric]
            if aggregate.not_computed is not None:
                aggregates.append(aggregate)
            elif card.level == "set":
                usable = [case for case in cases if case.id not in failed]
                if card.id.startswith("csim_calibration"):
                    aggregates.append(_calibration(aggregate, usable, known, same, other))
                else:
                    aggregates.append(_set(aggregate, card, usable, known, draw))
            else:
                before = {(row.case_id, row.metric): row.value for row in rows if row.method == name}
                mine = [_row(name, card, case, known, draw, failed=case.id in failed, before=before) for case in cases]
                rows += mine
                aggregates.append(_mean(aggregate, mine))
    computable = [card for card in cards if status.missing_for(card) is None]
    return Results(
        protocol=ProtocolRecord(
            name=known.name,
            version=known.version,
            case_list_sha256=known.cases.sha256,
            case_ids=[case.id for case in cases],
            size_px=known.size_px,
            frames_per_case=known.frames_per_case,
            seed=known.seed,
            limit=limit,
        ),
        data=DataRecord(name=known.data, digest=known.cases.data_digest, synthetic=True),
        methods=[MethodRecord(name=m, licence="MIT", weights_sha256=None, seconds_generate=1.5) for m in names],
        rows=rows,
        aggregates=aggregates,
        failures=[FailedCase(method=methods[0], case_id=cases[-1].id, stage="generate", reason=FAILED_REASON)]
        if len(cases) > 1
        else [],
        networks=dict(status.present),
        extractors=preprocessing_of([LANDMARKS, *(one for card in computable for one in card.features)]),
        compute=ComputeRecord(device="cpu", precision="float32"),
        environment=Environment(python="3.11", platform="linux", packages={"numpy": "2"}, device="cpu", reader="pyav"),
        timings_s={"cases": 1.0},
        created_at="2026-01-01T00:00:00+00:00",
        command="feed benchmark run",
    )


def _networks(cards: Sequence[MetricCard], missing: Sequence[str]) -> NetworkStatus:
    names = dict.fromkeys(("face-detector", "face-mesh", *(one for card in cards for one in card.networks)))
    return NetworkStatus(
        present={one: registry.get(one).sha256 or "a" * 64 for one in names if one not in missing},
        missing={one: no_network(one, registry.get(one).command) for one in names if one in missing},
    )


def _nothing_scored(
    name: str, cards: Sequence[MetricCard], cases: Sequence[KnownCase], known: KnownProtocol, status: NetworkStatus
) -> list[Aggregate]:
    """Aggregates of the engine for a method none of whose cases has features: all but the numbers."""
    outcomes = tuple(
        CaseOutcome(case.id, case.cluster, case.source_cluster, None, FAILED_REASON, case.frames) for case in cases
    )
    return score_method(MethodOutcome(name, False, known.embed_every, outcomes), cards, status)[1]


def _row(
    method: str,
    card: MetricCard,
    case: KnownCase,
    known: KnownProtocol,
    draw: random.Random,
    *,
    failed: bool,
    before: Mapping[tuple[str, str], float | None],
) -> CaseRow:
    """A row with a number that fits those of its case.

    Args:
        before: the method's values that are drawn already, by case and metric.
    """
    due = frames_due(card, case.frames, known.embed_every)
    value, name = _within(card, draw), card.id.partition("[")[0]
    of_bound = known_values().get(known.name, {}).get("values", {}).get(method, {}).get(card.id)
    is_unscored = of_bound is not None and case.id not in of_bound  # the driver does not move enough
    if of_bound is not None:
        value = of_bound.get(case.id, value)
    elif method == "copy-source" and name in STILL:
        value = STILL[name]
    elif name.endswith("_f1"):
        value = draw.randint(0, due) / due
    elif name == "expression_error":
        transfer = before.get((case.id, card.id.replace(name, "expression_transfer"))) or 0.0
        value = (0.3 + 0.2 * draw.random()) * (1 - transfer) / len(COMPONENTS)
    elif name == "intensity_error":
        value = abs(1 - (before.get((case.id, card.id.replace(name, "intensity"))) or 0.0))
    elif name == "id_l2":
        value = 1.3 * (1 - (before.get((case.id, card.id.replace(name, "csim"))) or 0.0))
    if is_unscored and not failed:
        failures = [Failure(reason=STILL_DRIVER, count=due)]
    else:
        failures = [Failure(reason=FAILED_REASON, count=due)] if failed else [Failure(reason=NO_FACE, count=1)]
    return CaseRow(
        method=method,
        case_id=case.id,
        cluster=case.cluster,
        source_cluster=case.source_cluster,
        metric=card.id,
        value=None if failed or is_unscored else value,
        frames_expected=due,
        frames_scored=0 if failed or is_unscored else due - 1,
        failures=failures,
    )


def _mean(aggregate: Aggregate, rows: Sequence[CaseRow]) -> Aggregate:
    value, low, high = summarise(rows)
    scored = sum(row.value is not None for row in rows)
    return aggregate.model_copy(
        update={
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "cases_scored": scored,
            "cases_failed": len(rows) - scored,
        }
    )


def _calibration(
    aggregate: Aggregate, usable: Sequence[KnownCase], known: KnownProtocol, same: float, other: float
) -> Aggregate:
    due = [frames_due(CARDS[aggregate.metric], case.frames, known.embed_every) for case in usable]
    extra = {"n": sum(due), "same": same, "different": other}
    scored = {"cases_scored": len(usable), "cases_failed": aggregate.cases_expected - len(usable)}
    return aggregate.model_copy(update={**scored, "value": same - other, "extra": extra})


def _set(
    aggregate: Aggregate, card: MetricCard, usable: Sequence[KnownCase], known: KnownProtocol, draw: random.Random
) -> Aggregate:
    due = sum(frames_due(card, case.frames, known.embed_every) for case in usable)
    lost = 1 if FACES <= {*card.features} else 0  # of each case; a frame without a face is a frame
    n = due - len(usable) * lost
    update: dict[str, Any] = {"cases_scored": len(usable), "cases_failed": aggregate.cases_expected - len(usable)}
    value, (lowest, highest) = _within(card, draw), card.value_range
    extra: dict[str, Any] = {"n": n}
    if card.features:
        counts = {"n_real": due, "n_failed": len(usable) * lost, "n_real_failed": 0, "dimensions": 128}
        counts |= {"n_drivers": len({one.cluster for one in usable})}
        counts |= {"n_sources": len({one.source_cluster for one in usable})}
        counts |= {"against_reference": known.has_references, "rank_deficient": n <= 128}
        extra |= {name: float(count) for name, count in counts.items()}
    grouping = Grouping.of(Crossing.of([case.cluster for case in usable], [case.source_cluster for case in usable]))
    update |= {"value": value, "extra": extra}
    if grouping is not None:
        without = np.array([value * (1 + 0.01 * draw.random()) for _ in grouping.left_out])
        replicates = grouping.replicates(without)
        if card.id.startswith(("precision", "recall")):
            people = min(len({one.cluster for one in usable}), len({one.source_cluster for one in usable}))
            interval = share_interval(replicates, value, people)
        else:
            interval = interval_of(replicates, value, lowest=lowest, highest=highest)
        update |= {"ci_low": interval.low, "ci_high": interval.high, "extra": {**extra, **interval.extra}}
    return aggregate.model_copy(update=update)


def _within(card: MetricCard, draw: random.Random) -> float:
    low, high = card.value_range
    low = 0.0 if low is None else low
    return low + draw.random() * ((low + 1.0 if high is None else high) - low)
