"""Scoring existing videos: extract every pair, score, write results. What an earlier run found is not made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmark.engine.aggregate import CaseOutcome, MethodOutcome, score_method
from benchmark.engine.case_files import MAX_SHEETS, CaseFiles, save_index
from benchmark.engine.environment import describe_environment
from benchmark.engine.networks import REQUIRED
from benchmark.engine.pool import Pool
from benchmark.engine.score_job import PairJob, PairSummary
from benchmark.engine.score_plan import PROTOCOL, PROTOCOL_VERSION, REFERENCE_ROW, ScorePlan, reference_metrics
from benchmark.engine.thumbnails import picture_paths
from benchmark.features.store import preprocessing_of
from benchmark.metrics import CaseFeatures
from benchmark.pairing.pair_list import Pair
from benchmark.protocols.cases import Case, Source
from benchmark.results.schema import (
    Aggregate,
    BootstrapRecord,
    CaseRow,
    ComputeRecord,
    DataRecord,
    DoctorRecord,
    FailedCase,
    MethodRecord,
    ProtocolRecord,
    Results,
)
from feed_dataset.core.jobs.array_store import key_of
from feed_dataset.core.jobs.phases import Progress

_LONGEST_NOTE = 2000  # as the schema of results has it
_UNKNOWN_FRAMES = 1  # of a case whose reference cannot be read: it still counts


@dataclass(frozen=True)
class ScoreOutcome:
    """The results, and whether anything could be scored at all."""

    results: Results
    any_scored: bool


def execute(
    plan: ScorePlan, pool: Pool, progress: Progress, doctor: Sequence[DoctorRecord] | None = None
) -> ScoreOutcome:
    """Score a plan's pairs and write OUT/results.json."""
    jobs = [_job(plan, pair, index) for index, pair in enumerate(plan.pairs.pairs)]
    whole = [job for job in jobs if job.pair.problem is None]
    with progress.phase("videos", len(whole)) as step:
        found = dict(zip([job.pair.id for job in whole], pool.map(whole, step), strict=True))
    summaries = {job.pair.id: found.get(job.pair.id) or PairSummary(job.pair.problem, 0) for job in jobs}
    with progress.phase("scores", 1) as step:
        outcomes = _outcomes(plan, jobs, summaries)
        rows, aggregates = _scores(plan, outcomes)
        step()
    save_index(plan.out, [_case_files(plan, job, summaries[job.pair.id]) for job in jobs if job.pictures])
    results = _results(plan, summaries, rows, aggregates, progress.timings_s, doctor)
    results.save(plan.out / "results.json")
    return ScoreOutcome(results, any(summary.problem is None for summary in summaries.values()))


def _job(plan: ScorePlan, pair: Pair, index: int) -> PairJob:
    shown = index < MAX_SHEETS and pair.problem is None
    return PairJob(
        pair=pair,
        settings=plan.features,
        has_sources=plan.pairs.has_sources,
        has_audio=plan.pairs.has_audio,
        pictures=picture_paths(plan.out, key_of(pair.id)) if shown else None,
    )


def _outcomes(plan: ScorePlan, jobs: Sequence[PairJob], summaries: Mapping[str, PairSummary]) -> list[MethodOutcome]:
    """What was generated, and the references in its place."""
    generated, references = [], []
    for job in jobs:
        summary = summaries[job.pair.id]
        case = _case(job.pair)
        loaded = None if summary.problem is not None else job.load()
        made: CaseFeatures | None = None if loaded is None else loaded.generated
        truth: CaseFeatures | None = None if loaded is None else loaded.reference
        expected = summary.frames_expected or _UNKNOWN_FRAMES
        generated.append(CaseOutcome(case, made, summary.problem, expected))
        references.append(CaseOutcome(case, truth, summary.problem, expected))
    return [
        MethodOutcome(plan.method, False, plan.embed_every, tuple(generated)),
        MethodOutcome(REFERENCE_ROW, False, plan.embed_every, tuple(references)),
    ]


def _scores(plan: ScorePlan, outcomes: Sequence[MethodOutcome]) -> tuple[list[CaseRow], list[Aggregate]]:
    bootstrap = BootstrapRecord(seed=plan.seed)
    rows: list[CaseRow] = []
    aggregates: list[Aggregate] = []
    for outcome in outcomes:
        metrics = plan.metrics if outcome.name == plan.method else reference_metrics(plan.metrics)
        more_rows, more_aggregates = score_method(outcome, metrics, plan.networks, bootstrap)
        rows += more_rows
        aggregates += more_aggregates
    return rows, aggregates


def _case(pair: Pair) -> Case:
    reference = pair.reference or Path()
    source = Source(pair.id, pair.id, pair.source or reference, is_photo=pair.source is not None)
    return Case(pair.id, pair.cluster, source, pair.id, reference, has_reference=True)


def _case_files(plan: ScorePlan, job: PairJob, summary: PairSummary) -> CaseFiles:
    pictures = job.pictures if summary.problem is None else None
    shows_source = pictures is not None and (not plan.pairs.has_sources or job.pair.source is not None)
    return CaseFiles(
        case_id=job.pair.id,
        driver_id=job.pair.id,
        source_id=job.pair.source.name if job.pair.source else "first frame of the reference",
        source=pictures.source if pictures and shows_source else None,
        driver=pictures.reference if pictures else None,
        outputs={plan.method: pictures.generated if pictures else None},
    )


def _results(
    plan: ScorePlan,
    summaries: Mapping[str, PairSummary],
    rows: list[CaseRow],
    aggregates: list[Aggregate],
    timings_s: Mapping[str, float],
    doctor: Sequence[DoctorRecord] | None,
) -> Results:
    settings = plan.features
    used = {*REQUIRED, *(name for metric in plan.metrics for name in metric.networks)}
    pairs = plan.pairs.pairs
    contents = [[pair.id, pair.cluster, *summaries[pair.id].contents] for pair in pairs]
    sizes = [max(s.height_px, s.width_px) for s in summaries.values()]
    return Results(
        protocol=ProtocolRecord(
            name=PROTOCOL,
            version=PROTOCOL_VERSION,
            case_list_sha256=key_of(PROTOCOL, PROTOCOL_VERSION, plan.embed_every, contents),
            case_ids=[pair.id for pair in pairs],
            size_px=max(*sizes, 1),
            frames_per_case=max(*(s.frames_expected for s in summaries.values()), 1),
            seed=plan.seed,
        ),
        data=DataRecord(name=plan.data, digest=key_of(sorted(str(line[2:]) for line in contents)), synthetic=False),
        methods=[
            MethodRecord(name=name, licence="not stated", weights_sha256=None, seconds_generate=0.0)
            for name in (plan.method, REFERENCE_ROW)
        ],
        rows=rows,
        aggregates=aggregates,
        failures=[
            FailedCase(method=None, case_id=pair_id, stage="data", reason=summary.problem)
            for pair_id, summary in summaries.items()
            if summary.problem is not None
        ],
        networks={name: sha256 for name, sha256 in sorted(plan.networks.present.items()) if name in used},
        bootstrap=BootstrapRecord(seed=plan.seed),
        environment=describe_environment(plan.compute),
        timings_s=dict(timings_s),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=plan.command,
        doctor=None if doctor is None else list(doctor),
        notes=[note[:_LONGEST_NOTE] for note in _notes(plan, summaries)],
        extractors=preprocessing_of((*settings.video, *settings.pair, *settings.sound)),
        compute=ComputeRecord(device=plan.compute.device.partition(":")[0], precision=plan.compute.precision),
    )


def _notes(plan: ScorePlan, summaries: Mapping[str, PairSummary]) -> list[str]:
    return [
        *plan.remarks,
        *(f"{label} is in no pair: {reason}" for label, reason in plan.pairs.left_out),
        *(note for summary in summaries.values() for note in summary.notes),
    ]
