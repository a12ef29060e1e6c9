"""The engine: inputs, generation and features of every case, rows, results. It goes on where an earlier run was."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from benchmark.engine.aggregate import CaseOutcome, MethodOutcome, score_method
from benchmark.engine.batch import with_commands_done
from benchmark.engine.case_features import load_case, scored_by_method
from benchmark.engine.case_files import MAX_SHEETS, index_of, save_index
from benchmark.engine.earlier import find_earlier, save_added, with_earlier_files
from benchmark.engine.inputs import Input
from benchmark.engine.kept_scores import KeptScores
from benchmark.engine.outputs import Existing, OutputKind
from benchmark.engine.plan import Plan, PlannedCase, PlannedMethod
from benchmark.engine.reasons import plain_reason
from benchmark.engine.records import CaseRecord
from benchmark.engine.results_file import results_of
from benchmark.engine.sharing import claims_of, present, run_claimed
from benchmark.engine.showcase_clips import make_showcase
from benchmark.engine.state import gate
from benchmark.engine.task import CaseTask
from benchmark.engine.tools import Tools
from benchmark.engine.work import CaseWork, OutputOutcome, TaskOutcome, TaskSettings
from benchmark.features.scored import RecentVideos
from benchmark.features.types.sequence import FrameSequence
from benchmark.metrics.catalog import reference_metrics
from benchmark.results.schema import Aggregate, CaseRow, DoctorRecord, Results
from feed_dataset.core.jobs.claims import Claims
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Executor, Failed
from feed_dataset.core.jobs.progress import Progress

C = TypeVar("C")
MOST_CASES = 8
"""Of one driver in a task: few enough for many workers, so many that what is done once for the driver is little."""

_UNKNOWN_FRAMES = 1  # of a case whose driver cannot be read: it still counts


@dataclass(frozen=True)
class RunOutcome:
    """The results, and whether any case of any method could be scored at all."""

    results: Results
    any_scored: bool


def execute(
    plan: Plan, executor: Executor[Tools], progress: Progress, doctor: Sequence[DoctorRecord] | None = None
) -> RunOutcome:
    """Do what a plan says and write OUT/results.json; `doctor` is what is known of the metrics on this machine.

    Raises:
        BenchmarkError: before any work: OUT has results that would be lost.
    """
    is_added = find_earlier(plan).results is not None  # read again when the new ones are added: they are large
    with ExitStack() as stack:
        with gate(plan.out):  # nobody is making the feature store smaller at this moment
            stack.enter_context(present(plan))
        plan = with_commands_done(plan, executor, progress)
        records = collect(plan, executor, progress)
        files = index_of(plan, records)
        save_index(plan.out, with_earlier_files(plan, files) if is_added else files)
        with progress.phase("scores", len(plan.methods)) as step:
            rows, aggregates = score(plan, records, step)
        results = results_of(plan, records, rows, aggregates, progress.timings_s, doctor)
        results = save_added(plan, results, scored_by_method(plan, records))
        make_showcase(plan, records, results, executor, progress)
    made = [method.name for method in plan.methods if not method.output.is_reference]
    scored = any(record.outputs[name].reason is None for record in records for name in made if name in record.outputs)
    return RunOutcome(results, scored)


def collect(plan: Plan, executor: Executor[Tools], progress: Progress) -> list[CaseRecord]:
    """Everything that metrics read, into the feature store; one record for each case, in the plan's order."""
    cases = [case for case in plan.cases if case.problem is None]
    sources = _sources(cases, executor, progress)
    tasks = _tasks(plan, cases, sources)
    with progress.phase("cases", len(tasks)) as step:
        kept: dict[int, TaskOutcome] = {}
        whole: set[tuple[str, bool]] = set()
        for number, task in enumerate(tasks if plan.features.folder.is_dir() else ()):
            found = task.find(whole)
            if found is not None:
                kept[number] = found
                step()
        left = [number for number in range(len(tasks)) if number not in kept]
        made = _run_all(executor, [tasks[number] for number in left], claims_of(plan.out), step)
    outcomes = {**kept, **dict(zip(left, made, strict=True))}
    by_case = {case.id: outcomes[number] for number, task in enumerate(tasks) for case in task.cases}
    return [_record(case, sources, by_case) for case in plan.cases]


def score(plan: Plan, records: Sequence[CaseRecord], step: Callable[[], None]) -> tuple[list[CaseRow], list[Aggregate]]:
    """Rows and aggregates of every method."""
    rows: list[CaseRow] = []
    aggregates: list[Aggregate] = []
    kept = KeptScores(plan.features.folder)
    for method in plan.methods:
        outcomes = _outcomes(plan, method, records)
        outcome = MethodOutcome(method.name, method.has_latents, plan.protocol.embed_every, outcomes)
        metrics = reference_metrics(plan.metrics) if method.output.is_reference else plan.metrics
        more_rows, more_aggregates = score_method(outcome, metrics, plan.networks, kept)
        rows += more_rows
        aggregates += more_aggregates
        step()
    return rows, aggregates


@dataclass(frozen=True)
class _SourceTask:
    """One source that several cases share."""

    source: Input

    def run(self, tools: Tools) -> FrameSequence | str:
        """The frame, or why there is none."""
        try:
            return self.source.load(tools.models)
        except (FeedError, OSError) as error:
            return plain_reason(error, self.source.path)


def _sources(
    cases: Sequence[PlannedCase], executor: Executor[Tools], progress: Progress
) -> dict[Input, FrameSequence | str]:
    """Crops of sources, once each: the frame itself is small and travels with the tasks."""
    wanted = list(dict.fromkeys(c.source for c in cases if c.source is not None and c.source.crop is not None))
    if not wanted:
        return {}
    with progress.phase("sources", len(wanted)) as step:
        found = {source: kept for source in wanted if (kept := _kept(source)) is not None}
        for _ in found:
            step()
        left = [source for source in wanted if source not in found]
        made = executor.map([_SourceTask(source) for source in left], step)
    return {**found, **{s: m.reason if isinstance(m, Failed) else m for s, m in zip(left, made, strict=True)}}


def _kept(source: Input) -> FrameSequence | None:
    """The source as an earlier run left it; no worker has to start for it."""
    try:
        return source.kept()
    except (FeedError, OSError):
        return None  # the task finds the reason


def _tasks(plan: Plan, cases: Sequence[PlannedCase], sources: dict[Input, FrameSequence | str]) -> list[CaseTask]:
    """The cases of each driver, in tasks of some cases; the first of every driver come first.

    So what is extracted of a driver itself is there for its other tasks. How cases are cut depends on nothing else:
    processes that share a run have to have the same tasks.
    """
    shown = {case.id for case in plan.cases[:MAX_SHEETS]}
    settings = TaskSettings(plan.features, plan.thumbnails, plan.protocol.gives, plan.protocol.seed, plan.panels)
    by_driver: dict[Input, list[CaseWork]] = {}
    for case in cases:
        source = sources.get(case.source, case.source) if case.source is not None else None
        if case.driver is None or isinstance(source, str):
            continue
        work = CaseWork(
            case.id,
            source,
            case.no_source,
            case.audio,
            case.has_reference,
            case.id in shown,
            case.seen,
            case.other_audio,
        )
        by_driver.setdefault(case.driver, []).append(work)
    pieces = [(place, driver, piece) for driver, works in by_driver.items() for place, piece in enumerate(cut(works))]
    return [
        CaseTask(driver, piece, _outputs(plan, {work.id for work in piece}), settings)
        for _, driver, piece in sorted(pieces, key=lambda one: one[0])
    ]


def cut(cases: Sequence[C]) -> list[tuple[C, ...]]:
    """The cases of one driver, in as few pieces of at most `MOST_CASES` as there can be, of nearly one length."""
    count = -(-len(cases) // MOST_CASES)
    bounds = [len(cases) * number // count for number in range(count + 1)]
    return [tuple(cases[begin:end]) for begin, end in itertools.pairwise(bounds)]


def _outputs(plan: Plan, case_ids: set[str]) -> tuple[tuple[str, OutputKind], ...]:
    """By method how the frames of some cases come to be."""
    kinds = ((method.name, method.output) for method in plan.methods)
    return tuple((name, kind.of_cases(case_ids) if isinstance(kind, Existing) else kind) for name, kind in kinds)


def _run_all(
    executor: Executor[Tools], tasks: Sequence[CaseTask], claims: Claims, step: Callable[[], None]
) -> list[TaskOutcome]:
    """Run tasks; one whose process died is taken apart, so that only the case that ended it is lost."""
    outcomes: list[TaskOutcome] = []
    found = run_claimed(executor, tasks, claims, step)
    for number, task in enumerate(tasks):
        outcome = found[number]
        if isinstance(outcome, Failed):
            parts = task.split()
            outcome = _joined(parts, executor.map(parts, lambda: None))
        outcomes.append(outcome)
    return outcomes


def _joined(parts: Sequence[CaseTask], outcomes: Sequence[TaskOutcome | Failed]) -> TaskOutcome:
    driver: FrameSequence | None = None
    reason: str | None = None
    sources: dict[str, str | None] = {}
    failures: dict[str, str] = {}
    outputs: list[OutputOutcome] = []
    files: dict[str, tuple[str | None, ...]] = {}
    for part, outcome in zip(parts, outcomes, strict=True):
        if isinstance(outcome, Failed):
            outputs.append(OutputOutcome(part.outputs[0][0], part.cases[0].id, outcome.reason))
            continue
        driver, reason = outcome.driver or driver, outcome.reason or reason
        sources |= outcome.sources
        failures |= outcome.source_failures
        files |= outcome.files
        outputs += outcome.outputs
    return TaskOutcome(driver, reason, sources, failures, tuple(outputs), files)


def _record(
    case: PlannedCase, sources: dict[Input, FrameSequence | str], outcomes: dict[str, TaskOutcome]
) -> CaseRecord:
    source = sources.get(case.source) if case.source is not None else None
    if case.problem is not None or isinstance(source, str):
        label = case.source.label if case.source is not None else "source"
        return CaseRecord(case, None, None, case.problem or f"{label}: {source}", {}, ())
    outcome = outcomes[case.id]
    outputs = {one.method: one for one in outcome.outputs if one.case_id == case.id}
    reason = outcome.reason or outcome.source_failures.get(case.id)
    files = outcome.files.get(case.id, ())
    return CaseRecord(case, outcome.driver, outcome.sources.get(case.id), reason, outputs, files)


def _outcomes(plan: Plan, method: PlannedMethod, records: Sequence[CaseRecord]) -> Iterator[CaseOutcome]:
    """Of every case; its features are read when its turn comes."""
    recent = RecentVideos()
    for record in records:
        output = record.outputs.get(method.name)
        reason = record.reason or (None if output is None else output.reason)
        loaded = None
        if reason is None and output is not None and record.driver is not None:
            loaded = load_case(plan, record, output, recent)
        known = record.driver.frame_count if record.driver is not None else plan.protocol.frames_per_case
        case = record.case
        yield CaseOutcome(case.id, case.cluster, case.source_cluster, loaded, reason, known or _UNKNOWN_FRAMES)
