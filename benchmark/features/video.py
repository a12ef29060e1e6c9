"""The pass over one video: frames come once, in batches; the face is followed; every session sees the same."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from benchmark.features.extractors.catalog import video_extractor
from benchmark.features.models import ModelCache
from benchmark.features.store import CLIP_KIND, FACES_KIND, LANDMARKS_KIND, Entry, FeatureStore, Kind, kind_of
from benchmark.features.types.case import FaceFeatures
from benchmark.features.types.extractor import LANDMARKS, Batch, Compute, Extractor, Session
from benchmark.features.types.rows import Rows
from benchmark.features.types.sequence import FrameSequence, FrameStream
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.jobs.array_store import key_of
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
    person: FrameSequence | None = None,
    stride: int = 1,
    batch_frames: int = BATCH_FRAMES,
) -> FaceFeatures:
    """What extractors say about a video. It is decoded once, and only if something is not in the store.

    Args:
        ids: extractors of one video, and "mesh468" for the landmarks.
        person: who is followed where the first face is one of several: a picture of them as one frame. None follows
            the most prominent face.
        stride: thinned extractors see every `stride`-th frame.

    Raises:
        NoFrames: not one frame can be decoded. Later damage ends the features there, with `problem` set.
    """
    video = VideoPass(source, ids, models=models, store=store, person=person, stride=stride)
    if video.needs_frames:
        stream = FrameStream(source, batch_frames)
        for frames in stream:
            video.push(frames)
        video.finish(stream.problem)
    return video.features()


def load_video(
    content_id: str,
    ids: Sequence[str],
    *,
    store: FeatureStore,
    compute: Compute,
    person_id: str | None = None,
    stride: int = 1,
) -> FaceFeatures:
    """What `extract_video` kept; `person_id` is the person's content id. Raises BenchmarkError where something is
    missing."""
    nothing = _known_only(content_id)
    person = None if person_id is None else _known_only(person_id)
    models = ModelCache(compute=compute)
    return VideoPass(nothing, ids, models=models, store=store, person=person, stride=stride).features()


def kept_faces(
    content_id: str,
    ids: Sequence[str],
    *,
    store: FeatureStore,
    compute: Compute,
    person_id: str | None = None,
    stride: int = 1,
) -> FacesSeen | None:
    """Which faces a video shows whose features are all in the store, none where no metric looks for any.

    None where a feature is missing. Of pixels nothing is read.
    """
    kinds = kinds_of(ids, stride)
    faces = store.load(FACES_KIND, [content_id], compute) if FACES_KIND.id in kinds else None
    face_id = _face_id(content_id, person_id, faces)
    if not all(store.has(kind, [_place(kind, content_id, face_id)], compute) for kind in kinds.values()):
        return None
    return FacesSeen() if faces is None else FacesSeen.of_array(faces.array)


def _known_only(content_id: str) -> FrameSequence:
    return FrameSequence(content_id, 0, Fraction(1), 0, 0, read=lambda: iter(()))


def _face_id(content_id: str, person_id: str | None, faces: Entry | None) -> str:
    """Under which id features of the face are kept: those of a video that begins with several depend on the person."""
    if person_id is None or faces is None or not FacesSeen.of_array(faces.array).is_chosen:
        return content_id
    return key_of("person", content_id, person_id)


def _place(kind: Kind, content_id: str, face_id: str) -> str:
    return face_id if _reads_face(kind) else content_id


def _reads_face(kind: Kind | Extractor) -> bool:
    return LANDMARKS_KIND.networks[-1] in kind.networks


def kinds_of(ids: Sequence[str], stride: int = 1) -> dict[str, Kind]:
    """The kinds of features behind some extractor ids, by id."""
    extractors = [video_extractor(one) for one in dict.fromkeys(ids) if one != LANDMARKS]
    needs_face = LANDMARKS in ids or any(_reads_face(e) for e in extractors)
    face = [LANDMARKS_KIND, FACES_KIND] if needs_face else []
    kinds = [CLIP_KIND, *face, *(kind_of(e, stride) for e in extractors)]
    return {kind.id: kind for kind in kinds}


class VideoPass:
    """Everything that is still to be said about one video. Push all frames, finish, take the features."""

    def __init__(
        self,
        source: FrameSequence,
        ids: Sequence[str],
        *,
        models: ModelCache,
        store: FeatureStore,
        person: FrameSequence | None = None,
        stride: int = 1,
    ) -> None:
        self._source, self._models, self._store, self._stride = source, models, store, stride
        self._extractors = [video_extractor(one) for one in dict.fromkeys(ids) if one != LANDMARKS]
        self._kinds = kinds_of(ids, stride)
        self._person = person
        needs_face = FACES_KIND.id in self._kinds
        faces = store.load(FACES_KIND, [source.content_id], models.compute) if needs_face else None
        self._face_id = _face_id(source.content_id, None if person is None else person.content_id, faces)
        read = {FACES_KIND.id: faces} if self._face_id == source.content_id else {}
        self._entries = {name: read[name] if name in read else self._load(kind) for name, kind in self._kinds.items()}
        self._face: _FaceOfVideo | None = None
        if needs_face and (self._entries[LANDMARKS] is None or self._entries[FACES_KIND.id] is None):
            # What was read of a face that nobody remembers is read again.
            self._entries |= {one: None for one, kind in self._kinds.items() if _reads_face(kind)}
            self._face = _FaceOfVideo(models, person)
        self._sessions: dict[str, Session] | None = None
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
        times_s = self._source.times_s[: self._count].tolist()
        self._keep(CLIP_KIND, np.array([self._count, *self._frame_hw], np.int64), {**about, "times_s": times_s})
        if self._face is not None:
            track, reasons = self._face.result()
            self._keep_faces(self._face.seen, about)
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
            faces = FacesSeen.of_array(found[FACES_KIND.id].array)
        else:
            faces = FacesSeen()
            landmarks, reasons = np.full((count, _POINTS, 3), np.nan, np.float32), (_NOT_LOOKED,) * count
        return FaceFeatures(
            landmarks_px=landmarks,
            reasons=reasons,
            arrays={one.id: found[one.id].array for one in self._extractors},
            problem=clip.metadata["problem"],
            frame_hw=(height, width),
            faces=faces,
            times_s=np.array(clip.metadata["times_s"], np.float64),
        )

    def _open(self, one: Extractor) -> Session:
        return self._models.session(one.id, self._source.info)

    def _load(self, kind: Kind) -> Entry | None:
        place = _place(kind, self._source.content_id, self._face_id)
        return self._store.load(kind, [place], self._models.compute)

    def _keep(self, kind: Kind, array: np.ndarray, metadata: dict[str, object]) -> None:
        place = _place(kind, self._source.content_id, self._face_id)
        self._entries[kind.id] = self._store.save(kind, [place], self._models.compute, array, metadata)

    def _keep_faces(self, seen: FacesSeen, about: dict[str, object]) -> None:
        """Under the video's own id first: there a later run reads whether the person matters."""
        own = self._store.save(FACES_KIND, [self._source.content_id], self._models.compute, seen.array, about)
        person_id = None if self._person is None else self._person.content_id
        self._face_id = _face_id(self._source.content_id, person_id, own)
        self._keep(FACES_KIND, seen.array, about)

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

    def __init__(self, models: ModelCache, person: FrameSequence | None) -> None:
        self._follower = models.follow(None if person is None else lambda: next(iter(person.read())))
        self._before: np.ndarray | None = None
        self._rows = Rows()
        self._reasons: list[str | None] = []

    def push(self, frames: np.ndarray) -> np.ndarray:
        """float32 [B, 468, 3] of the next frames."""
        for frame in frames:
            if self._before is not None and np.array_equal(frame, self._before):
                points, reason = self._rows.array[-1], self._reasons[-1]  # a frozen face stays where it is
            else:
                found, reason = self._follower.step(frame)
                points = np.full((_POINTS, 3), np.nan, np.float32) if found is None else found
            self._rows.append(np.asarray(points, np.float32)[None])
            self._reasons.append(reason)
            self._before = frame
        return self._rows.array[-len(frames) :].copy()

    @property
    def seen(self) -> FacesSeen:
        return self._follower.seen

    def result(self) -> tuple[np.ndarray, list[str | None]]:
        return self._rows.array, self._reasons


def _every_nth(batch: Batch, stride: int) -> Batch:
    """The frames whose number is a multiple of `stride`, numbered among themselves."""
    first = -batch.start % stride
    return Batch(batch.frames[first::stride], batch.landmarks_px[first::stride], (batch.start + first) // stride)
