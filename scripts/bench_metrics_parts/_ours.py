"""The same metrics in one pass: each video decoded once, the face followed once, all networks on the same batches.

Pairs of videos are spread over processes of one thread each, as `benchmark score` does, here as many as the packages
have threads; a single pair is scored in this process with all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmark.engine.networks import acquire
from benchmark.features import FeatureStore, FrameSequence, extract_audio, extract_pair
from benchmark.features.extractors.catalog import networks_of
from benchmark.features.models import ModelCache
from benchmark.features.types.extractor import Compute, Precision
from benchmark.metrics import CaseFeatures, score_case, score_set
from benchmark.metrics.kid import kernel_distance_subsets
from feed_dataset.core.jobs.executor import Executor, Failed, SerialExecutor
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from scripts.bench_metrics_parts._material import Clips
from scripts.bench_metrics_parts._peers import Run

SETS = (
    "fid[pytorch-fid]",
    "fid[clean-fid]",
    "fid[torch-fidelity]",
    "precision[torch-fidelity]",
    "recall[torch-fidelity]",
)
SYNC = "syncnet_confidence"
SYNC_REFERENCES = "syncnet_confidence of the references"
CASES = ("lpips[alex]", "psnr", "ssim", SYNC)
VIDEO = ("inception[pytorch-fid]", "inception[clean-fid]", "inception[torch-fidelity]", "syncnet-lip")
PAIRS = ("psnr", "ssim", "lpips[alex]")
SOUND = ("syncnet-sound",)
KID_SUBSETS = 100


def one_pass(clips: Clips, subset_size: int, workers: int, precision: Precision = "float32") -> Run:
    """All values of `SETS` and `CASES` and KID, from files to numbers."""
    run = Run()
    cases = run.time("one pass over all videos", partial(_pass, clips, workers, precision))
    for metric in SETS:
        run.values[metric] = _value(metric, run.time("set metrics", partial(score_set, metric, cases)).value)
    mode = "inception[torch-fidelity]"
    made = np.concatenate([case.output.arrays[mode] for case in cases])
    truth = np.concatenate([case.driver.arrays[mode] for case in cases])
    by_subsets = partial(kernel_distance_subsets, made, truth, n_subsets=KID_SUBSETS, subset_size=subset_size)
    subsets = run.time("set metrics", by_subsets)
    run.values["kid[torch-fidelity]"] = float(subsets.mean())
    for metric in CASES:
        scores = run.time("case metrics", partial(_scores, metric, cases))
        run.values[metric] = float(np.mean([_value(metric, score) for score in scores]))
    references = [replace(case, output=case.driver) for case in cases]
    scores = run.time("case metrics", partial(_scores, SYNC, references))
    run.values[SYNC_REFERENCES] = float(np.mean([_value(SYNC, score) for score in scores]))
    return run


def _pass(clips: Clips, workers: int, precision: Precision) -> list[CaseFeatures]:
    known = acquire(networks_of((*VIDEO, *PAIRS, *SOUND)), fetch=True, announce=print)
    files = tuple(sorted(known.present.items()))
    tasks = [_PairTask(*pair, files) for pair in zip(clips.generated, clips.references, strict=True)]
    if min(workers, len(tasks)) == 1:
        return _run(SerialExecutor(partial(ModelCache, compute=Compute("cpu", precision))), tasks)
    with ProcessExecutor(min(workers, len(tasks)), _models_of_worker(precision)) as executor:
        return _run(executor, tasks)


def _run(executor: Executor[ModelCache], tasks: list[_PairTask]) -> list[CaseFeatures]:
    found = []
    for outcome in executor.map(tasks):
        if isinstance(outcome, Failed):
            raise RuntimeError(outcome.reason)
        found.append(outcome)
    return found


@dataclass(frozen=True)
class _PairTask:
    """Everything about one pair of videos."""

    generated: Path
    reference: Path
    networks: tuple[tuple[str, str], ...]  # name, sha256

    def run(self, models: ModelCache) -> CaseFeatures:
        store = FeatureStore(None, dict(self.networks))
        made, truth = FrameSequence.from_file(self.generated), FrameSequence.from_file(self.reference)
        pair = extract_pair(made, truth, VIDEO, PAIRS, models=models, store=store)
        sound = extract_audio(self.generated, SOUND, models=models, store=store, first_frame_s=made.first_frame_s)
        return CaseFeatures(
            case_id=self.generated.stem,
            cluster=self.generated.stem,
            source_cluster=self.generated.stem,
            output=pair.output,
            driver=pair.reference,
            source=pair.reference,
            reference=pair.reference,
            pairs=pair.pairs,
            no_pairs=pair.no_pairs,
            sound=sound.arrays,
            no_sound=sound.reason,
            fps=float(made.info.fps),
        )


def _models_of_worker(precision: Precision) -> Callable[[], ModelCache]:
    """Makes models in another process, whose registry takes the same files for real ones as this one's."""
    from feed_dataset.core.weights import REGISTRY

    return partial(_models, tuple(name for name, entry in REGISTRY.items() if entry.sha256 is None), precision)


def _models(unchecked: tuple[str, ...], precision: Precision) -> ModelCache:
    from feed_dataset.core.weights import registry

    for name in unchecked:
        registry.REGISTRY[name] = replace(registry.REGISTRY[name], sha256=None, size_bytes=None)
    return ModelCache(compute=Compute("cpu", precision))


def _scores(metric: str, cases: list[CaseFeatures]) -> list[float | None]:
    return [score_case(metric, case).value for case in cases]


def _value(metric: str, value: float | None) -> float:
    if value is None:
        raise ValueError(f"expected a value of {metric} but there is none")
    return value
