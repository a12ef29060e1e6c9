"""The main job: inputs, generation, features, scores, results. Every step finds what an earlier run left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmark.engine.aggregate import CaseOutcome, MethodOutcome, score_method
from benchmark.engine.case_files import CaseFiles, save_index
from benchmark.engine.environment import describe_environment
from benchmark.engine.generate import Prediction
from benchmark.engine.inputs import Staged
from benchmark.engine.networks import REQUIRED
from benchmark.engine.plan import MethodInfo, Plan
from benchmark.engine.pool import Pool
from benchmark.engine.stages import Features, Inputs, extract, generate, stage_inputs
from benchmark.features.store import preprocessing_of
from benchmark.metrics import CaseFeatures
from benchmark.protocols.cases import Case
from benchmark.results.schema import (
    BootstrapRecord,
    ComputeRecord,
    DoctorRecord,
    FailedCase,
    MethodRecord,
    ProtocolRecord,
    Results,
)
from feed_dataset.core.jobs.phases import Progress


@dataclass(frozen=True)
class RunOutcome:
    """The results, and whether any case could be scored at all."""

    results: Results
    any_scored: bool


def execute(plan: Plan, pool: Pool, progress: Progress, doctor: Sequence[DoctorRecord] | None = None) -> RunOutcome:
    """Run a plan and write OUT/results.json; `doctor` is what is known of the metrics on this machine."""
    inputs = stage_inputs(plan, pool, progress)
    save_index(plan.out, [_case_files(plan, case, inputs) for case in plan.cases])
    predictions = generate(plan, inputs, pool, progress)
    features = extract(plan, inputs, predictions, pool, progress)
    with progress.phase("scores", len(plan.methods)) as step:
        outcomes = []
        for method in plan.methods:
            outcomes.append(_outcome(plan, method, inputs, predictions, features))
            step()
    results = _results(plan, inputs, predictions, outcomes, progress.timings_s, doctor)
    results.save(plan.out / "results.json")
    any_scored = any(prediction.record is not None for prediction in predictions)
    return RunOutcome(results, any_scored)


def _outcome(
    plan: Plan, method: MethodInfo, inputs: Inputs, predictions: Sequence[Prediction], features: Features
) -> MethodOutcome:
    mine = {p.case_id: p for p in predictions if p.method == method.name}
    outcomes = []
    for case in plan.cases:
        prediction = mine.get(case.id)
        expected = inputs.drivers[case.driver_id].frame_count or plan.protocol.frames_per_case
        loaded: CaseFeatures | None = None
        reason = inputs.reason(case)
        if prediction is not None:
            reason = prediction.reason
            if prediction.record is not None:
                loaded = features.case(case, prediction)
        outcomes.append(CaseOutcome(case, loaded, reason, expected))
    return MethodOutcome(method.name, method.capabilities.has_latents, plan.protocol.embed_every, tuple(outcomes))


def _case_files(plan: Plan, case: Case, inputs: Inputs) -> CaseFiles:
    def relative(staged: Staged) -> str | None:
        return None if staged.path is None else staged.path.relative_to(plan.out).as_posix()

    return CaseFiles(
        case_id=case.id,
        driver_id=case.driver_id,
        source_id=case.source.id,
        source=relative(inputs.sources[case.source.id]),
        driver=relative(inputs.drivers[case.driver_id]),
    )


def _results(
    plan: Plan,
    inputs: Inputs,
    predictions: Sequence[Prediction],
    outcomes: Sequence[MethodOutcome],
    timings_s: Mapping[str, float],
    doctor: Sequence[DoctorRecord] | None,
) -> Results:
    bootstrap = BootstrapRecord(seed=plan.protocol.seed)
    rows, aggregates = [], []
    for outcome in outcomes:
        method_rows, method_aggregates = score_method(outcome, plan.metrics, plan.networks, bootstrap)
        rows += method_rows
        aggregates += method_aggregates
    failures = [
        FailedCase(method=None, case_id=case.id, stage="data", reason=reason)
        for case in plan.cases
        if (reason := inputs.reason(case)) is not None
    ]
    failures += [
        FailedCase(method=p.method, case_id=p.case_id, stage="generate", reason=p.reason)
        for p in predictions
        if p.reason is not None
    ]
    used = {*REQUIRED, *(name for metric in plan.metrics for name in metric.networks)}
    settings = plan.features
    return Results(
        protocol=ProtocolRecord(
            name=plan.protocol.name,
            version=plan.protocol.version,
            case_list_sha256=plan.case_list.sha256,
            case_ids=[case.id for case in plan.cases],
            size_px=plan.protocol.size_px,
            frames_per_case=plan.protocol.frames_per_case,
            seed=plan.protocol.seed,
            limit=plan.limit,
        ),
        data=plan.data,
        methods=[_method_record(method, predictions) for method in plan.methods],
        rows=rows,
        aggregates=aggregates,
        failures=failures,
        networks={name: sha256 for name, sha256 in sorted(plan.networks.present.items()) if name in used},
        extractors=preprocessing_of((*settings.video, *settings.pair, *settings.sound)),
        compute=ComputeRecord(device=plan.compute.device.partition(":")[0], precision=plan.compute.precision),
        doctor=None if doctor is None else list(doctor),
        bootstrap=bootstrap,
        environment=describe_environment(plan.compute),
        timings_s=dict(timings_s),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=plan.command,
    )


def _method_record(method: MethodInfo, predictions: Sequence[Prediction]) -> MethodRecord:
    seconds = [p.record.seconds for p in predictions if p.method == method.name and p.record is not None]
    return MethodRecord(
        name=method.name,
        licence=method.capabilities.licence,
        weights_sha256=method.weights_sha256,
        seconds_generate=round(sum(seconds), 3),
    )
