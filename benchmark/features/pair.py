"""The pass over output and reference together: each is decoded once, for its own features and the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from benchmark.features.extractors.catalog import pair_extractor
from benchmark.features.models import ModelCache
from benchmark.features.store import FeatureStore, kind_of
from benchmark.features.types.case import FaceFeatures
from benchmark.features.types.extractor import Chunks, ComparePair, Compute
from benchmark.features.types.sequence import FrameSequence, FrameStream
from benchmark.features.video import BATCH_FRAMES, VideoPass
from benchmark.results.errors import BenchmarkError


@dataclass(frozen=True)
class PairFeatures:
    """Two videos that should be equal, frame by frame."""

    output: FaceFeatures
    reference: FaceFeatures
    pairs: Mapping[str, np.ndarray]  # by pair extractor id, float32 [T, ...], T frames that both have
    no_pairs: str | None = None  # why they cannot be compared


def extract_pair(
    output: FrameSequence,
    reference: FrameSequence,
    ids: Sequence[str],
    pair_ids: Sequence[str],
    *,
    models: ModelCache,
    store: FeatureStore,
    person: FrameSequence | None = None,
    stride: int = 1,
    batch_frames: int = BATCH_FRAMES,
) -> PairFeatures:
    """Features of both videos and of their pairs of frames, frame t of one with frame t of the other.

    Args:
        person: who is followed in the output where it begins with several faces; as in `extract_video`.

    Raises:
        NoFrames: not one frame of one of them can be decoded.
    """
    of_output = VideoPass(output, ids, models=models, store=store, person=person, stride=stride)
    of_reference = VideoPass(reference, ids, models=models, store=store, stride=stride)
    pairs = _Pairs(output, reference, pair_ids, models, store)
    comparing = pairs.needs_frames
    first = FrameStream(output, batch_frames) if comparing or of_output.needs_frames else None
    second = FrameStream(reference, batch_frames) if comparing or of_reference.needs_frames else None
    push_output, push_reference = of_output.needs_frames, of_reference.needs_frames
    for made, truth in zip_longest(first or (), second or ()):
        if made is not None and push_output:
            of_output.push(made)
        if truth is not None and push_reference:
            of_reference.push(truth)
        if comparing and made is not None and truth is not None:
            pairs.push(made, truth)
    if push_output and first is not None:
        of_output.finish(first.problem)
    if push_reference and second is not None:
        of_reference.finish(second.problem)
    return PairFeatures(of_output.features(), of_reference.features(), *pairs.finish())


def pairs_are_kept(
    output_id: str, reference_id: str, ids: Sequence[str], *, store: FeatureStore, compute: Compute
) -> bool:
    """Whether every comparison of two videos is in the store; nothing is read."""
    return all(store.has(kind_of(pair_extractor(one)), [output_id, reference_id], compute) for one in ids)


def load_pairs(
    output_id: str, reference_id: str, ids: Sequence[str], *, store: FeatureStore, compute: Compute
) -> dict[str, np.ndarray]:
    """What `extract_pair` kept of two videos together, by extractor id. Raises BenchmarkError where it is missing."""
    found = {}
    for one in dict.fromkeys(ids):
        entry = store.load(kind_of(pair_extractor(one)), [output_id, reference_id], compute)
        if entry is None:
            raise BenchmarkError(f"expected {one!r} of a pair of videos but it is not in the store; run again")
        found[one] = entry.array
    return found


class _Pairs:
    """What pair extractors have still to say about two videos."""

    def __init__(
        self,
        output: FrameSequence,
        reference: FrameSequence,
        ids: Sequence[str],
        models: ModelCache,
        store: FeatureStore,
    ) -> None:
        self._models, self._store = models, store
        self._key = [output.content_id, reference.content_id]
        self._info = min(output, reference, key=lambda one: one.frame_count).info
        self._kinds = [kind_of(pair_extractor(one)) for one in dict.fromkeys(ids)]
        self._entries = {kind.id: store.load(kind, self._key, models.compute) for kind in self._kinds}
        self._compare: dict[str, ComparePair] | None = None
        self._rows: dict[str, list[np.ndarray]] = {}
        self._chunks = Chunks()
        self._no_pairs: str | None = None

    @property
    def needs_frames(self) -> bool:
        return any(entry is None for entry in self._entries.values())

    def push(self, output: np.ndarray, reference: np.ndarray) -> None:
        """The next frames of both; frames that only one has are left out."""
        if self._no_pairs is not None:
            return
        if output.shape[1:] != reference.shape[1:]:
            sizes = f"{output.shape[2]}x{output.shape[1]} but reference {reference.shape[2]}x{reference.shape[1]}"
            self._no_pairs = f"output frames are {sizes}"
            return
        both = min(len(output), len(reference))
        for chunk in self._chunks.push(output[:both], reference[:both]):
            self._take(*chunk)

    def finish(self) -> tuple[dict[str, np.ndarray], str | None]:
        """Arrays by id, or the reason why there are none."""
        if self._no_pairs is not None:
            return {}, self._no_pairs
        for chunk in self._chunks.rest():
            self._take(*chunk)
        for kind in self._kinds:
            if kind.id in self._rows:
                array = np.concatenate(self._rows[kind.id])
                self._entries[kind.id] = self._store.save(kind, self._key, self._models.compute, array, {})
        return {kind_id: entry.array for kind_id, entry in self._entries.items() if entry is not None}, None

    def _take(self, output: np.ndarray, reference: np.ndarray) -> None:
        if self._compare is None:
            missing = [kind_id for kind_id, entry in self._entries.items() if entry is None]
            self._compare = {kind_id: self._models.compare(kind_id, self._info) for kind_id in missing}
        for kind_id, compare in self._compare.items():
            values = np.asarray(compare(output, reference), np.float32)
            if len(values) != len(output):
                raise ValueError(f"expected {len(output)} rows of {kind_id!r} but got {len(values)}")
            self._rows.setdefault(kind_id, []).append(values)
