"""The examination itself: known values first, then each condition's videos: make, extract, score, compare."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmark.doctor.checks import Verdict, judge, judge_known
from benchmark.doctor.expectations import EXPECTATIONS
from benchmark.doctor.known_values.catalog import known_values
from benchmark.doctor.known_values.value import KnownValue
from benchmark.doctor.material import STRIDE, doctor_plan
from benchmark.engine.case_features import load_case
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.plan import Plan
from benchmark.engine.run import collect
from benchmark.engine.tools import Tools
from benchmark.features.extractors.catalog import is_thinned
from benchmark.features.types.extractor import Compute
from benchmark.metrics import CaseFeatures, MetricCard, score_case, score_set
from benchmark.metrics import conditions as on
from benchmark.metrics.known_answers import Expectation, Measured
from benchmark.metrics.thinning import every_nth
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import NotComputed
from feed_dataset.core.jobs.executor import Executor
from feed_dataset.core.jobs.progress import Progress


@dataclass(frozen=True)
class Examination:
    """What every metric was asked, and which could not be asked on clips."""

    verdicts: tuple[Verdict, ...]
    skipped: Mapping[str, NotComputed]  # by metric id: no clip was looked at; known values need no network

    @property
    def failed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)


def examine(
    metrics: Sequence[MetricCard],
    networks: NetworkStatus,
    executor: Executor[Tools],
    *,
    compute: Compute | None = None,
    expectations: Mapping[str, Sequence[Expectation]] = EXPECTATIONS,
    known: Mapping[str, Sequence[KnownValue]] | None = None,
    done: Callable[[str], None] = lambda condition: None,
) -> Examination:
    """Hold metrics against what is known of them: constructed input, then the engine on altered clips.

    Args:
        compute: where the executor's networks run.
        known: known values by metric id; all of `known_values` by default.
        done: called with each condition's name when it is finished.
    """
    skipped = {m.id: lack for m in metrics if (lack := networks.missing_for(m)) is not None}
    asked = [metric for metric in metrics if metric.id not in skipped]
    compute = compute or Compute()
    measured: dict[str, dict[str, Measured]] = {metric.id: {} for metric in asked}
    with tempfile.TemporaryDirectory(prefix="feed-doctor-") as temporary:
        for condition in conditions_of(asked, expectations):
            here = [m for m in asked if condition in _needed(expectations[m.id])]
            cases = _cases(doctor_plan(condition, here, networks, Path(temporary), compute), executor)
            for metric in here:
                measured[metric.id][condition] = measure(metric, cases)
            done(condition)
    values = known_values() if known is None else known
    verdicts = [judge_known(one) for metric in metrics for one in values.get(metric.id, ())]
    verdicts += [judge(m, one, measured[m.id]) for m in asked for one in expectations[m.id]]
    return Examination(tuple(verdicts), skipped)


def conditions_of(metrics: Iterable[MetricCard], expectations: Mapping[str, Sequence[Expectation]]) -> list[str]:
    """The conditions that these metrics have to be asked under, in the order of the table."""
    wanted = {condition for metric in metrics for condition in _needed(expectations[metric.id])}
    return [condition for condition in on.CONDITIONS if condition in wanted]


def measure(metric: MetricCard, cases: Sequence[CaseFeatures]) -> Measured:
    """The mean over cases, or the set's value, or why there is none."""
    stride = STRIDE if is_thinned(metric.features) else 1
    cases = [every_nth(case, stride) for case in cases]
    try:
        if metric.level == "set":
            of_set = score_set(metric.id, cases)
            return Measured(of_set.value, of_set.reason)
        scores = [score_case(metric.id, case) for case in cases]
    except Exception as error:  # a metric that breaks is what the doctor is there to find
        return Measured(None, f"raised {type(error).__name__}: {error}", broken=True)
    values = [score.value for score in scores if score.value is not None]
    if values:
        return Measured(sum(values) / len(values))
    reasons = dict.fromkeys(reason for score in scores for reason, _ in score.failures)
    return Measured(None, "; ".join(reasons) or None)


def _cases(plan: Plan, executor: Executor[Tools]) -> list[CaseFeatures]:
    """Features of every take under the plan's condition."""
    found = []
    for record in collect(plan, executor, Progress(Console(), quiet=True)):
        for output in record.outputs.values():
            reason = record.reason or output.reason
            if reason is not None:
                raise BenchmarkError(f"the doctor's take {record.case.id} failed: {reason}")
            found.append(load_case(plan, record, output))
    return found


def _needed(expectations: Sequence[Expectation]) -> set[str]:
    named = {one.condition for one in expectations}
    return named | {one.compared_with for one in expectations if one.compared_with is not None}
