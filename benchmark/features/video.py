"""The pass over one video: frames come once, in batches; the face is followed; every session sees the same."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from benchmark.features.extractors.catalog import video_extractor
from benchmark.features.models import ModelCache
from benchmark.features.store import CLIP_KIND, LANDMARKS_KIND, Entry, FeatureStore, Kind, kind_of
from benchmark.features.types.case import FaceFeatures
from benchmark.features.types.extractor import LANDMARKS, Batch, Compute, Extractor, Session
from benchmark.features.types.sequence import FrameSequence, FrameStream
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import FeedError

BATCH_FRAMES = 16
_NOT_LOOKED = "no metric needs the face"
_POINTS = 468


class NoFrames(FeedError):
    """A video of which not one frame can be decoded."""


def extract_video(
    source: FrameSequence,
    ids: Sequence[str],
    *,
    models: ModelCache,
    store: FeatureStore,
    stride: int = 1,
    batch_frames: int = BATCH_FRAMES,
) -> FaceFeatures:
    """What extractors say about a video. It is decoded once, and only if something is not in the store.

    Args:
        ids: extractors of one video, and "mesh468" for the landmarks.
        stride: thinned extractors see every `stride`-th frame.

    Raises:
        NoFrames: not one frame can be decoded. Later damage ends the features there, with `problem` set.
    """
    video = VideoPass(source, ids, models=models, store=store, stride=stride)
    if video.needs_frames:
        stream = FrameStream(source, batch_frames)
        for frames in stream:
            video.push(frames)
        video.finish(stream.problem)
    return video.features()


def load_video(
    content_id: str, ids: Sequence[str], *, store: FeatureStore, compute: Compute, stride: int = 1
) -> FaceFeatures:
    """What `extract_video` kept. Raises BenchmarkError where something is missing."""
    nothing = FrameSequence(content_id, 0, Fraction(1), 0, 0, read=lambda: iter(()))
    return VideoPass(nothing, ids, models=ModelCache(compute=compute), store=store, stride=stride).features()


def is_kept(content_id: str, ids: Sequence[str], *, store: FeatureStore, compute: Compute, stride: int = 1) -> bool:
    """Whether all features of a video are in the store; nothing is read."""
    return all(store.has(kind, [content_id], compute) for kind in kinds_of(ids, stride).values())


def kinds_of(ids: Sequence[str], stride: int = 1) -> dict[str, Kind]:
    """The kinds of features behind some extractor ids, by id."""
    extractors = [video_extractor(one) for one in dict.fromkeys(ids) if one != LANDMARKS]
    needs_face = LANDMARKS in ids or any(LANDMARKS_KIND.networks[-1] in e.networks for e in extractors)
    kinds = [CLIP_KIND, *([LANDMARKS_KIND] if needs_face else []), *(kind_of(e, stride) for e in extractors)]
    return {kind.id: kind for kind in kinds}


class VideoPass:
    """Everything that is still to be said about one video. Push all frames, finish, take the features."""

    def __init__(
        self, source: FrameSequence, ids: Sequence[str], *, models: ModelCache, store: FeatureStore, stride: int = 1
    ) -> None:
        self._source, self._models, self._store, self._stride = source, models, store, stride
        self._extractors = [video_extractor(one) for one in dict.fromkeys(ids) if one != LANDMARKS]
        self._kinds = kinds_of(ids, stride)
        key = [source.content_id]
        self._entries = {name: store.load(kind, key, models.compute) for name, kind in self._kinds.items()}
        self._sessions: dict[str, Session] | None = None
        needs_face = LANDMARKS in self._entries and self._entries[LANDMARKS] is None
        self._face = _FaceOfVideo(models) if needs_face else None
        self._count = 0
        self._frame_hw = (0, 0)

    @property
    def needs_frames(self) -> bool:
        """Whether anything is missing from the store."""
        return any(entry is None for entry in self._entries.values())

    def push(self, frames: np.ndarray) -> None:
        """Take the next frames, uint8 [B, H, W, 3]."""
        batch = Batch(frames, self._landmarks(frames), self._count)
        if self._sessions is None:
            self._sessions = {one.id: self._open(one) for one in self._extractors if self._entries[one.id] is None}
        for one in self._extractors:
            if one.id not in self._sessions:
                continue
            seen = _every_nth(batch, self._stride) if one.thinned else batch
            if len(seen):
                self._sessions[one.id].push(seen)
        self._count += len(frames)
        self._frame_hw = (frames.shape[1], frames.shape[2])

    def finish(self, problem: str | None) -> None:
        """Keep what was found; `problem` says why the frames ended early."""
        if self._count == 0:
            raise NoFrames(f"expected frames but not one can be decoded{f': {problem}' if problem else ''}")
        about: dict[str, object] = {"frames": self._count, "problem": problem}
        self._keep(CLIP_KIND, np.array([self._count, *self._frame_hw], np.int64), about)
        if self._face is not None:
            track, reasons = self._face.result()
            self._keep(LANDMARKS_KIND, track, {**about, "reasons": reasons})
        for one in self._extractors:
            if self._sessions is None or one.id not in self._sessions:
                continue
            values = np.asarray(self._sessions[one.id].finish(), np.float32)
            self._keep(self._kinds[one.id], self._placed(one, values), about)
        self._sessions, self._face = None, None

    def features(self) -> FaceFeatures:
        """All of it. Raises BenchmarkError when something is still missing."""
        missing = [kind_id for kind_id, entry in self._entries.items() if entry is None]
        if missing:
            raise BenchmarkError(f"expected {missing[0]!r} of a video but it is not in the store; run again")
        found = {kind_id: entry for kind_id, entry in self._entries.items() if entry is not None}
        clip = found[CLIP_KIND.id]
        count, height, width = (int(value) for value in clip.array)
        if LANDMARKS in found:
            landmarks, reasons = found[LANDMARKS].array, tuple(found[LANDMARKS].metadata["reasons"])
        else:
            landmarks, reasons = np.full((count, _POINTS, 3), np.nan, np.float32), (_NOT_LOOKED,) * count
        return FaceFeatures(
            landmarks_px=landmarks,
            reasons=reasons,
            arrays={one.id: found[one.id].array for one in self._extractors},
            problem=clip.metadata["problem"],
            frame_hw=(height, width),
        )

    def _open(self, one: Extractor) -> Session:
        return self._models.session(one.id, self._source.info)

    def _keep(self, kind: Kind, array: np.ndarray, metadata: dict[str, object]) -> None:
        key = [self._source.content_id]
        self._entries[kind.id] = self._store.save(kind, key, self._models.compute, array, metadata)

    def _landmarks(self, frames: np.ndarray) -> np.ndarray:
        if self._face is not None:
            return self._face.push(frames)
        known: Entry | None = self._entries.get(LANDMARKS)
        if known is None:
            return np.full((len(frames), _POINTS, 3), np.nan, np.float32)
        rows: np.ndarray = known.array[self._count : self._count + len(frames)]
        if len(rows) != len(frames):
            raise BenchmarkError("expected as many frames as landmarks in the store; remove the features and run again")
        return rows

    def _placed(self, one: Extractor, values: np.ndarray) -> np.ndarray:
        """Rows at their frames, NaN at those that were left out."""
        if one.rows == "window":
            return values
        stride = self._stride if one.thinned else 1
        due = len(range(0, self._count, stride))
        if len(values) != due:
            raise BenchmarkError(f"expected {due} rows of {one.id!r} for {self._count} frames but got {len(values)}")
        if stride == 1:
            return values
        placed = np.full((self._count, *values.shape[1:]), np.nan, np.float32)
        placed[::stride] = values
        return placed


class _FaceOfVideo:
    """Landmarks frame by frame; a frame equal to the one before it has its landmarks."""

    def __init__(self, models: ModelCache) -> None:
        self._follower = models.follow()
        self._before: np.ndarray | None = None
        self._rows: list[np.ndarray] = []
        self._reasons: list[str | None] = []

    def push(self, frames: np.ndarray) -> np.ndarray:
        """float32 [B, 468, 3] of the next frames."""
        for frame in frames:
            if self._before is not None and np.array_equal(frame, self._before):
                points, reason = self._rows[-1], self._reasons[-1]  # a frozen face stays where it is
            else:
                found, reason = self._follower.step(frame)
                points = np.full((_POINTS, 3), np.nan, np.float32) if found is None else found
            self._rows.append(np.asarray(points, np.float32))
            self._reasons.append(reason)
            self._before = frame
        return np.stack(self._rows[-len(frames) :])

    def result(self) -> tuple[np.ndarray, list[str | None]]:
        return np.stack(self._rows), self._reasons


def _every_nth(batch: Batch, stride: int) -> Batch:
    """The frames whose number is a multiple of `stride`, numbered among themselves."""
    first = -batch.start % stride
    return Batch(batch.frames[first::stride], batch.landmarks_px[first::stride], (batch.start + first) // stride)
