"""The main job: inputs, generation, features, scores, results. Every step finds what an earlier run left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from baselines.base import Capabilities
from benchmark.cases import Case, CaseList
from benchmark.environment import describe_environment
from benchmark.features import (
    EMBEDDINGS,
    INCEPTION,
    LANDMARKS,
    NETWORKS_OF,
    FeatureJob,
    FeatureSettings,
    load_frames,
)
from benchmark.generate import GenerateJob, Overwrite, Prediction
from benchmark.inputs import Staged, StageJob
from benchmark.metrics import CaseFeatures, FaceFeatures, Metric
from benchmark.networks import REQUIRED, NetworkStatus
from benchmark.pool import Pool
from benchmark.predictions import PredictionPath, load_latents
from benchmark.progress import Progress
from benchmark.protocol import Protocol
from benchmark.report.sheets import CaseFiles, save_index
from benchmark.results import (
    BootstrapRecord,
    DataRecord,
    FailedCase,
    MethodRecord,
    ProtocolRecord,
    Results,
)
from benchmark.score import CaseOutcome, MethodOutcome, metrics_named, score_method


@dataclass(frozen=True)
class MethodInfo:
    """What the results say about a method besides its numbers."""

    name: str
    capabilities: Capabilities
    weights_sha256: str | None


@dataclass(frozen=True)
class Plan:
    """Everything that a run needs to know before it starts."""

    protocol: Protocol
    case_list: CaseList
    cases: tuple[Case, ...]  # the first `limit` of the list
    limit: int | None
    data: DataRecord
    methods: tuple[MethodInfo, ...]
    networks: NetworkStatus
    out: Path
    overwrite: Overwrite
    command: str

    @property
    def predictions(self) -> Path:
        return self.out / "predictions"

    @property
    def metrics(self) -> list[Metric]:
        return metrics_named(self.protocol.metrics)


@dataclass(frozen=True)
class Inputs:
    """Staged source and driver of each case."""

    sources: Mapping[str, Staged]  # by Source.id
    drivers: Mapping[str, Staged]  # by driver id

    def reason(self, case: Case) -> str | None:
        """Why a case has no inputs; None when it has them."""
        source, driver = self.sources[case.source.id], self.drivers[case.driver_id]
        if driver.reason is not None:
            return f"driver {case.driver_id}: {driver.reason}"
        return None if source.reason is None else f"source {case.source.id}: {source.reason}"


@dataclass(frozen=True)
class RunOutcome:
    """The results, and whether any case could be scored at all."""

    results: Results
    any_scored: bool


def execute(plan: Plan, pool: Pool, progress: Progress) -> RunOutcome:
    """Run a plan and write OUT/results.json."""
    inputs = stage_inputs(plan, pool, progress)
    save_index(plan.out, [_case_files(plan, case, inputs) for case in plan.cases])
    predictions = generate(plan, inputs, pool, progress)
    features = extract(plan, inputs, predictions, pool, progress)
    with progress.phase("scores", len(plan.methods)) as step:
        outcomes = []
        for method in plan.methods:
            outcomes.append(_outcome(plan, method, inputs, predictions, features))
            step()
    results = _results(plan, inputs, predictions, outcomes, progress.timings_s)
    results.save(plan.out / "results.json")
    any_scored = any(prediction.record is not None for prediction in predictions)
    return RunOutcome(results, any_scored)


def stage_inputs(plan: Plan, pool: Pool, progress: Progress) -> Inputs:
    """Crop every source and driver once."""
    source_jobs = {case.source.id: _source_job(plan, case) for case in plan.cases}
    driver_jobs = {case.driver_id: _stage_job(plan, "clip", case.driver_path) for case in plan.cases}
    with progress.phase("inputs", len(source_jobs) + len(driver_jobs)) as step:
        sources = pool.map(list(source_jobs.values()), step)
        drivers = pool.map(list(driver_jobs.values()), step)
    return Inputs(
        dict(zip(source_jobs, sources, strict=True)),
        dict(zip(driver_jobs, drivers, strict=True)),
    )


def generate(plan: Plan, inputs: Inputs, pool: Pool, progress: Progress) -> list[Prediction]:
    """Every method on every case that has inputs."""
    predictions: list[Prediction] = []
    for method in plan.methods:
        jobs = []
        for case in plan.cases:
            source, driver = inputs.sources[case.source.id].path, inputs.drivers[case.driver_id].path
            if source is not None and driver is not None:
                folder = plan.predictions / method.name
                jobs.append(
                    GenerateJob(method.name, case.id, source, driver, folder, plan.overwrite, method.weights_sha256)
                )
        with progress.phase(f"generate {method.name}", len(jobs)) as step:
            predictions += pool.map(jobs, step)
    return predictions


def feature_settings(plan: Plan) -> FeatureSettings:
    """Which kinds of features the protocol's metrics need and the networks here allow."""
    wanted = {name for metric in plan.metrics for name in metric.networks}
    kinds = [LANDMARKS]
    for kind, network in ((EMBEDDINGS, "dlib-face-resnet"), (INCEPTION, "fid-inception")):
        if network in wanted and plan.networks.lacking(NETWORKS_OF[kind]) is None:
            kinds.append(kind)
    return FeatureSettings(tuple(kinds), plan.protocol.embed_every, tuple(sorted(plan.networks.present.items())))


def extract(
    plan: Plan, inputs: Inputs, predictions: Sequence[Prediction], pool: Pool, progress: Progress
) -> dict[str, FeatureJob]:
    """Features of every distinct set of frames: inputs once, predictions once, equal frames once."""
    settings = feature_settings(plan)
    folder = plan.out / "features"
    jobs: dict[str, FeatureJob] = {}
    for staged in (*inputs.sources.values(), *inputs.drivers.values()):
        if staged.path is not None and staged.frames_sha256 is not None:
            jobs.setdefault(staged.frames_sha256, FeatureJob(staged.path, staged.frames_sha256, folder, settings))
    for prediction in predictions:
        if prediction.record is not None:
            pixels = prediction.record.frames_sha256
            video = PredictionPath(plan.predictions / prediction.method, prediction.case_id).video
            jobs.setdefault(pixels, FeatureJob(video, pixels, folder, settings))
    with progress.phase("faces", len(jobs)) as step:
        pool.map(list(jobs.values()), step)
    return jobs


def _outcome(
    plan: Plan,
    method: MethodInfo,
    inputs: Inputs,
    predictions: Sequence[Prediction],
    features: Mapping[str, FeatureJob],
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
                loaded = _case_features(plan, case, prediction, inputs, features)
        outcomes.append(CaseOutcome(case, loaded, reason, expected))
    return MethodOutcome(method.name, method.capabilities.has_latents, plan.protocol.embed_every, tuple(outcomes))


def _case_features(
    plan: Plan, case: Case, prediction: Prediction, inputs: Inputs, features: Mapping[str, FeatureJob]
) -> CaseFeatures:
    if prediction.record is None:
        raise ValueError(f"expected a prediction for {case.id} but it has none")
    at = PredictionPath(plan.predictions / prediction.method, case.id)
    driver = inputs.drivers[case.driver_id]
    driver_features = _load(features, driver.frames_sha256)
    needs_pixels = case.has_reference and any(not m.networks and "reference" in m.needs for m in plan.metrics)
    pixels: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
    if needs_pixels and driver.path is not None:
        pixels = (load_frames(at.video), load_frames(driver.path))
    return CaseFeatures(
        case_id=case.id,
        cluster=case.cluster,
        output=_load(features, prediction.record.frames_sha256),
        driver=driver_features,
        source=_load(features, inputs.sources[case.source.id].frames_sha256),
        reference=driver_features if case.has_reference else None,
        frames_output=pixels[0],
        frames_reference=pixels[1],
        latents=load_latents(at, prediction.record),
    )


def _load(features: Mapping[str, FeatureJob], pixels_sha256: str | None) -> FaceFeatures:
    if pixels_sha256 is None:
        raise ValueError("expected a staged input but it failed")
    return features[pixels_sha256].load()


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
        bootstrap=bootstrap,
        environment=describe_environment(),
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


def _source_job(plan: Plan, case: Case) -> StageJob:
    kind = "photo" if case.source.is_photo else "first-frame"
    return _stage_job(plan, kind, case.source.path, case.source.sha256)


def _stage_job(plan: Plan, kind: str, path: Path, sha256: str | None = None) -> StageJob:
    return StageJob(
        kind=kind,
        path=path,
        folder=plan.out / "inputs",
        size_px=plan.protocol.size_px,
        crop_scale=plan.protocol.crop_scale,
        frame_budget=plan.protocol.frames_per_case,
        networks=tuple((name, plan.networks.present[name]) for name in REQUIRED),
        expected_sha256=sha256,
    )
