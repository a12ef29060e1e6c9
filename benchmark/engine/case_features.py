"""From the feature store to what metrics read of one case."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from benchmark.engine.plan import Plan
from benchmark.engine.records import CaseRecord
from benchmark.engine.work import OutputOutcome
from benchmark.features.audio import AudioFeatures, load_audio
from benchmark.features.pair import load_pairs
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.video import load_video
from feed_dataset.core.jobs.array_store import key_of

_KEPT_BYTES = 1 << 26


class RecentVideos:
    """Features of videos that were read a moment ago: drivers and sources come again with other cases.

    Args:
        most_bytes: of features that are kept; those used longest ago go first.
    """

    def __init__(self, most_bytes: int = _KEPT_BYTES) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._found: OrderedDict[str, FaceFeatures] = OrderedDict()

    def get(self, content_id: str, load: Callable[[str], FaceFeatures]) -> FaceFeatures:
        """The features of a video, from `load` where they are not here."""
        if content_id in self._found:
            self._found.move_to_end(content_id)
            return self._found[content_id]
        video = load(content_id)
        self._found[content_id] = video
        self._bytes += _size(video)
        while self._bytes > self._most_bytes:
            self._bytes -= _size(self._found.popitem(last=False)[1])
        return video


def load_case(
    plan: Plan, record: CaseRecord, output: OutputOutcome, recent: RecentVideos | None = None
) -> CaseFeatures:
    """Everything that metrics read of one output. Raises BenchmarkError where a feature is gone.

    Args:
        recent: of the same plan; drivers and sources are looked for there first.
    """
    case, driver, source_id = record.case, record.driver, record.source_id
    if driver is None:
        raise ValueError(f"expected a case with a driver but {case.id} has none")
    settings = plan.features
    store, compute = settings.store, settings.compute

    def video(content_id: str, person_id: str | None = None) -> FaceFeatures:
        return load_video(
            content_id, settings.video, store=store, compute=compute, person_id=person_id, stride=settings.stride
        )

    recent = recent or RecentVideos(0)
    reference = recent.get(driver.content_id, video)
    pairs: dict[str, np.ndarray] = {}
    if case.has_reference and output.no_pairs is None:
        pairs = load_pairs(output.content_id, driver.content_id, settings.pair, store=store, compute=compute)
    audio = AudioFeatures({}, output.no_audio)
    if output.audio_id is not None:
        audio = load_audio(output.audio_id, settings.audio, store=store, compute=compute)
    return CaseFeatures(
        case_id=case.id,
        cluster=case.cluster,
        source_cluster=case.source_cluster,
        inputs_id=None if source_id is None else key_of("inputs", source_id, driver.content_id),
        output=video(output.content_id, output.person_id),
        driver=reference,
        source=_no_source(reference, case.no_source or "no source")
        if source_id is None
        else recent.get(source_id, video),
        reference=reference if case.has_reference else None,
        latents=output.latents,
        pairs=pairs,
        no_pairs=output.no_pairs if case.has_reference else None,
        sound=audio.arrays,
        no_sound=audio.reason,
        fps=float(driver.fps),
    )


def _size(video: FaceFeatures) -> int:
    return video.landmarks_px.nbytes + sum(array.nbytes for array in video.arrays.values())


def _no_source(like: FaceFeatures, reason: str) -> FaceFeatures:
    """One frame of which nothing is known, in the shapes of another video's features."""
    arrays = {name: np.full((1, *array.shape[1:]), np.nan, np.float32) for name, array in like.arrays.items()}
    return FaceFeatures(np.full((1, *like.landmarks_px.shape[1:]), np.nan, np.float32), (reason,), arrays)
