"""The stages of a run one by one: inputs, generation, features. Each finds on disk what an earlier run left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.engine.feature_jobs import FeatureJob, FramesOnDisk, SoundJob
from benchmark.engine.generate import GenerateJob, Prediction
from benchmark.engine.inputs import Staged, StageJob
from benchmark.engine.networks import REQUIRED
from benchmark.engine.plan import Plan
from benchmark.engine.pool import Pool
from benchmark.engine.predictions import PredictionPath, load_latents
from benchmark.features import PairFeatures
from benchmark.metrics import CaseFeatures, FaceFeatures
from benchmark.protocols.cases import Case
from feed_dataset.core.jobs.phases import Progress

_NO_SOUND_WANTED = "no metric of the protocol reads sound"


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


def stage_inputs(plan: Plan, pool: Pool, progress: Progress) -> Inputs:
    """Crop every source and driver once."""
    source_jobs = {case.source.id: _source_job(plan, case) for case in plan.cases}
    driver_jobs = {case.driver_id: _stage_job(plan, "clip", case) for case in plan.cases}
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


@dataclass(frozen=True)
class Features:
    """Where the features of every video and sound of a run are found again."""

    plan: Plan
    inputs: Inputs
    of_inputs: Mapping[str, FeatureJob]  # by content hash of the frames
    of_predictions: Mapping[tuple[str, str | None], FeatureJob]  # by content hash of frames and of the reference
    of_sounds: Mapping[str, SoundJob]  # by driver id

    def case(self, case: Case, prediction: Prediction) -> CaseFeatures:
        """Everything that metrics read of one prediction."""
        if prediction.record is None:
            raise ValueError(f"expected a prediction for {case.id} but it has none")
        driver, source = self.inputs.drivers[case.driver_id], self.inputs.sources[case.source.id]
        made = self.of_predictions[_key(case, prediction, self.inputs)].load()
        compared = made if isinstance(made, PairFeatures) else None
        sound = self.of_sounds[case.driver_id].load() if case.driver_id in self.of_sounds else None
        return CaseFeatures(
            case_id=case.id,
            cluster=case.cluster,
            output=made.output if isinstance(made, PairFeatures) else made,
            driver=self._of_input(driver),
            source=self._of_input(source),
            reference=None if compared is None else compared.reference,
            latents=load_latents(_path(self.plan, prediction), prediction.record),
            pairs={} if compared is None else compared.pairs,
            no_pairs=None if compared is None else compared.no_pairs,
            sound={} if sound is None else sound.arrays,
            no_sound=_why_silent(driver) if sound is None else sound.reason,
            fps=float(driver.fps),
        )

    def _of_input(self, staged: Staged) -> FaceFeatures:
        if staged.frames_sha256 is None:
            raise ValueError("expected a staged input but it failed")
        loaded = self.of_inputs[staged.frames_sha256].load()
        return loaded.output if isinstance(loaded, PairFeatures) else loaded


def extract(plan: Plan, inputs: Inputs, predictions: Sequence[Prediction], pool: Pool, progress: Progress) -> Features:
    """Features of every distinct set of frames: inputs once, predictions once, equal frames once."""
    settings = plan.features
    of_inputs: dict[str, FeatureJob] = {}
    for staged in (*inputs.sources.values(), *inputs.drivers.values()):
        frames = _staged_frames(plan, staged)
        if frames is not None:
            of_inputs.setdefault(frames.pixels_sha256, FeatureJob(frames, None, settings))
    cases = {case.id: case for case in plan.cases}
    of_predictions: dict[tuple[str, str | None], FeatureJob] = {}
    for prediction in predictions:
        if prediction.record is None:
            continue
        case = cases[prediction.case_id]
        driver = _staged_frames(plan, inputs.drivers[case.driver_id])
        frames = _predicted_frames(plan, prediction, inputs.drivers[case.driver_id])
        job = FeatureJob(frames, driver if case.has_reference else None, settings)
        of_predictions.setdefault(_key(case, prediction, inputs), job)
    of_sounds = _sound_jobs(plan, inputs)
    with progress.phase("faces", len(of_inputs) + len(of_predictions) + len(of_sounds)) as step:
        pool.map(list(of_inputs.values()), step)  # first: predictions are compared with them
        pool.map(list(of_predictions.values()), step)
        pool.map(list(of_sounds.values()), step)
    return Features(plan, inputs, of_inputs, of_predictions, of_sounds)


def _sound_jobs(plan: Plan, inputs: Inputs) -> dict[str, SoundJob]:
    """One for each driver whose staged clip holds every frame of the file: sound has no thinned form."""
    settings = plan.features
    if not settings.sound:
        return {}
    drivers = {case.driver_id: case.driver_path for case in plan.cases}
    return {
        driver_id: SoundJob(path, inputs.drivers[driver_id].first_frame_s, settings)
        for driver_id, path in drivers.items()
        if inputs.drivers[driver_id].path is not None and inputs.drivers[driver_id].is_whole
    }


def _why_silent(driver: Staged) -> str:
    if driver.is_whole:
        return _NO_SOUND_WANTED
    return f"driver: frames were thinned, {driver.frame_count} of them are used and the sound no longer fits"


def _key(case: Case, prediction: Prediction, inputs: Inputs) -> tuple[str, str | None]:
    if prediction.record is None:
        raise ValueError(f"expected a prediction for {case.id} but it has none")
    reference = inputs.drivers[case.driver_id].frames_sha256 if case.has_reference else None
    return prediction.record.frames_sha256, reference


def _path(plan: Plan, prediction: Prediction) -> PredictionPath:
    return PredictionPath(plan.predictions / prediction.method, prediction.case_id)


def _staged_frames(plan: Plan, staged: Staged) -> FramesOnDisk | None:
    if staged.path is None or staged.frames_sha256 is None:
        return None
    return FramesOnDisk(staged.path, staged.frames_sha256, staged.frame_count, staged.fps, plan.protocol.size_px)


def _predicted_frames(plan: Plan, prediction: Prediction, driver: Staged) -> FramesOnDisk:
    if prediction.record is None:
        raise ValueError(f"expected a prediction for {prediction.case_id} but it has none")
    return FramesOnDisk(
        _path(plan, prediction).video,
        prediction.record.frames_sha256,
        driver.frame_count,
        driver.fps,
        plan.protocol.size_px,
        file_sha256=prediction.record.video_sha256,
    )


def _source_job(plan: Plan, case: Case) -> StageJob:
    kind = "photo" if case.source.is_photo else "first-frame"
    return _stage_job(plan, kind, case)


def _stage_job(plan: Plan, kind: str, case: Case) -> StageJob:
    is_driver = kind == "clip"
    return StageJob(
        kind=kind,
        path=case.driver_path if is_driver else case.source.path,
        folder=plan.out / "inputs",
        size_px=plan.protocol.size_px,
        crop_scale=plan.protocol.crop_scale,
        frame_budget=plan.protocol.frames_per_case,
        networks=tuple((name, plan.networks.present[name]) for name in REQUIRED),
        expected_sha256=None if is_driver else case.source.sha256,
    )
