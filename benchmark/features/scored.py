"""What each output of a run was scored from, by content: the list with which its features are found again.

A run keeps features by the content of videos. Which video is whose output, driver and source stands in this list, so
that somebody who has the run's folder and no method can compute every number again.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from benchmark.features.audio import AudioFeatures, load_audio
from benchmark.features.pair import load_pairs
from benchmark.features.store import LATENTS_KIND, FeatureStore
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import Compute
from benchmark.features.video import load_video
from benchmark.results.errors import BenchmarkError, ResultsError
from benchmark.results.loading import read_regular
from feed_dataset.core.jobs.array_store import key_of
from feed_dataset.core.jobs.atomic import replacing

SCORED_FILE = "scored.json"  # in a run's folder
_MAX_BYTES = 256 << 20
_KEPT_BYTES = 1 << 26
_COMPUTE = Compute()  # of what no device computed


@dataclass(frozen=True)
class ScoredCase:
    """One output and what it was compared with, as content ids of the feature store.

    Args:
        cluster, source_cluster: who drives and who is driven.
        driver, output: of their frames.
        source: of the source; None where there is none, and `no_source` says why.
        person: of the picture of whom to follow where the output shows several faces.
        audio: of the output's audio; None where there is none, and `no_audio` says why.
        no_pairs: why output and reference cannot be compared.
        has_reference: the driver's frames are also what should come out.
        fps: of the driver.
        latents: of the descriptors z of the output; None where the method gives none.
    """

    case_id: str
    cluster: str
    source_cluster: str
    driver: str
    output: str
    source: str | None
    no_source: str | None
    person: str | None
    audio: str | None
    no_audio: str | None
    no_pairs: str | None
    has_reference: bool
    fps: float
    latents: str | None = None


@dataclass(frozen=True)
class FeatureReader:
    """Where features are kept, and which a run has of each video, pair and audio track."""

    store: FeatureStore
    compute: Compute
    video: tuple[str, ...]
    pair: tuple[str, ...]
    audio: tuple[str, ...]
    stride: int

    def of_video(self, content_id: str, person: str | None = None) -> FaceFeatures:
        """Raises BenchmarkError where a feature is gone."""
        return load_video(
            content_id, self.video, store=self.store, compute=self.compute, person_id=person, stride=self.stride
        )


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


def load_scored(
    case: ScoredCase, reader: FeatureReader, latents: np.ndarray | None, recent: RecentVideos | None = None
) -> CaseFeatures:
    """Everything that metrics read of one output.

    Args:
        latents: float32 [T, d], of the output.
        recent: of the same run; drivers and sources are looked for there first.

    Raises:
        BenchmarkError: a feature is gone.
    """
    recent = recent or RecentVideos(0)
    driver = recent.get(case.driver, reader.of_video)
    pairs: dict[str, np.ndarray] = {}
    if case.has_reference and case.no_pairs is None:
        pairs = load_pairs(case.output, case.driver, reader.pair, store=reader.store, compute=reader.compute)
    audio = AudioFeatures({}, case.no_audio)
    if case.audio is not None:
        audio = load_audio(case.audio, reader.audio, store=reader.store, compute=reader.compute)
    source = None if case.source is None else recent.get(case.source, reader.of_video)
    output = reader.of_video(case.output, case.person)
    return assembled(case, output, driver, source, latents=latents, pairs=pairs, sound=audio.arrays)


def assembled(
    case: ScoredCase,
    output: FaceFeatures,
    driver: FaceFeatures,
    source: FaceFeatures | None,
    *,
    latents: np.ndarray | None,
    pairs: Mapping[str, np.ndarray],
    sound: Mapping[str, np.ndarray],
) -> CaseFeatures:
    """What metrics read of a case, from the features of its parts."""
    return CaseFeatures(
        case_id=case.case_id,
        cluster=case.cluster,
        source_cluster=case.source_cluster,
        inputs_id=None if case.source is None else key_of("inputs", case.source, case.driver),
        output=output,
        driver=driver,
        source=_no_source(driver, case.no_source or "no source") if source is None else source,
        reference=driver if case.has_reference else None,
        latents=latents,
        pairs=pairs,
        no_pairs=case.no_pairs if case.has_reference else None,
        sound=sound,
        no_sound=case.no_audio,
        fps=case.fps,
    )


def keep_latents(
    store: FeatureStore,
    latents: np.ndarray,  # float32 [T, d]
) -> str:
    """Keep descriptors by their own content; under which id."""
    array = np.ascontiguousarray(latents, np.float32)
    found = key_of("latents", list(array.shape), hashlib.sha256(array.data).hexdigest())
    if not store.has(LATENTS_KIND, [found], _COMPUTE):
        store.save(LATENTS_KIND, [found], _COMPUTE, array, {})
    return found


def load_latents(store: FeatureStore, content_id: str) -> np.ndarray:
    """What `keep_latents` kept. Raises BenchmarkError where it is gone."""
    entry = store.load(LATENTS_KIND, [content_id], _COMPUTE)
    if entry is None:
        raise BenchmarkError("expected the descriptors z of an output but they are not in the store; run again")
    return entry.array


def save_scored(folder: Path, cases: Mapping[str, Sequence[ScoredCase]]) -> None:
    """Write the list of a run, by method."""
    text = json.dumps({method: [asdict(one) for one in some] for method, some in cases.items()}, sort_keys=True)
    with replacing(folder / SCORED_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def scored_cases(folder: Path) -> dict[str, list[ScoredCase]]:
    """What `save_scored` wrote; empty where there is none, as in the folder of an earlier version.

    Raises:
        ResultsError: it is damaged.
    """
    path = folder / SCORED_FILE
    if not path.is_file():
        return {}
    return parse_scored(read_regular(path, _MAX_BYTES), str(path))


def parse_scored(content: bytes, label: str) -> dict[str, list[ScoredCase]]:
    """The list in a file's bytes, checked field by field. Raises ResultsError."""
    try:
        return _SCORED.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ResultsError(f"expected what outputs were scored from but {label} has {place}: {first['msg']}") from error


_SCORED = TypeAdapter(dict[str, list[ScoredCase]], config=ConfigDict(strict=True, allow_inf_nan=False))


def _size(video: FaceFeatures) -> int:
    return video.landmarks_px.nbytes + sum(array.nbytes for array in video.arrays.values())


def _no_source(like: FaceFeatures, reason: str) -> FaceFeatures:
    """One frame of which nothing is known, in the shapes of another video's features."""
    arrays = {name: np.full((1, *array.shape[1:]), np.nan, np.float32) for name, array in like.arrays.items()}
    return FaceFeatures(np.full((1, *like.landmarks_px.shape[1:]), np.nan, np.float32), (reason,), arrays)
