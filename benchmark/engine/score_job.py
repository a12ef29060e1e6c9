"""One pair of videos: everything that extractors say of it, found in the store or made."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.engine.feature_jobs import FeatureSettings
from benchmark.engine.thumbnails import PicturePaths, Watched
from benchmark.metrics import CaseFeatures, FaceFeatures
from benchmark.pairing.pair_list import NO_AUDIO, NO_GENERATED, NO_REFERENCE, NO_SOURCE, Pair
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.layout.names import VIDEO_SUFFIXES

if TYPE_CHECKING:
    from benchmark.features import VideoSource
    from benchmark.features.toolbox import Toolbox

RATE_TOLERANCE = 0.001  # 30000/1001 is not 30, and is no reason to warn


@dataclass(frozen=True)
class PairSummary:
    """What is known of a pair besides its features.

    Args:
        problem: why it was not scored at all.
        frames_expected: of the reference; 0 where that is not known.
        notes: what a reader must know.
        contents: sha256 of what decides the numbers besides the generated video.
    """

    problem: str | None
    frames_expected: int
    notes: tuple[str, ...] = ()
    contents: tuple[str | None, ...] = ()
    height_px: int = 0
    width_px: int = 0


@dataclass(frozen=True)
class PairFeaturesLoaded:
    """Features for metrics: of the generated video, and of the reference in its place."""

    generated: CaseFeatures
    reference: CaseFeatures


class CannotScore(FeedError):
    """A pair that has nothing to score; the message is its reason in results."""


@dataclass(frozen=True)
class PairJob:
    """Extract what is missing for one pair.

    Args:
        has_sources: sources were given: a pair without one has no identity to compare with.
        has_audio: sound files were given: a pair without one has no sound.
        pictures: where to leave thumbnails for the report; None leaves none.
    """

    pair: Pair
    settings: FeatureSettings
    has_sources: bool
    has_audio: bool
    pictures: PicturePaths | None = None

    def run(self, toolbox: Toolbox) -> PairSummary:
        """Everything into the store; a pair that cannot be scored says why."""
        frames_expected = 0
        try:
            output, reference = self._videos()
            frames_expected = reference.frame_count
            watched = self._watched(output, reference)
            loaded = self._features(watched[0].video, watched[1].video, toolbox) if watched else self.load(toolbox)
            for one in watched:
                one.save()
        except (FeedError, OSError) as error:
            if isinstance(error, BenchmarkError):
                raise
            return PairSummary(self._relative(error), frames_expected, contents=self._contents())
        return PairSummary(
            problem=None,
            frames_expected=len(loaded.generated.driver),
            notes=self._notes(output, reference, loaded),
            contents=self._contents(),
            height_px=output.info.height_px,
            width_px=output.info.width_px,
        )

    def load(self, toolbox: Toolbox | None = None) -> PairFeaturesLoaded:
        """Features from the store; without a toolbox nothing can be made there.

        Raises:
            CannotScore: the two videos do not belong together, or one cannot be read.
        """
        return self._features(*self._videos(), toolbox or self.settings.tools())

    def _features(self, output: VideoSource, reference: VideoSource, tools: Toolbox) -> PairFeaturesLoaded:
        from benchmark.features import extract_pair

        settings = self.settings
        both = extract_pair(
            output,
            reference,
            settings.video,
            settings.pair,
            toolbox=tools,
            store=settings.store,
            stride=settings.stride,
        )
        if both.reference.problem is not None:
            raise CannotScore(f"reference: only {len(both.reference)} frames can be read: {both.reference.problem}")
        if len(both.output) > len(both.reference):
            raise CannotScore(
                f"generated video has {len(both.output)} frames but its reference only {len(both.reference)}:"
                " another pair?"
            )
        source = self._source_features(reference, both.reference, tools)
        sound, no_sound = self._sound(output, self.pair.generated, tools)
        truth_sound, no_truth_sound = self._sound(reference, self.pair.reference, tools)
        generated = CaseFeatures(
            case_id=self.pair.id,
            cluster=self.pair.cluster,
            output=both.output,
            driver=both.reference,
            source=source,
            reference=both.reference,
            pairs=both.pairs,
            no_pairs=both.no_pairs,
            sound=sound,
            no_sound=no_sound,
            fps=float(reference.info.fps),
        )
        truth = CaseFeatures(
            case_id=self.pair.id,
            cluster=self.pair.cluster,
            output=both.reference,
            driver=both.reference,
            source=source,
            reference=both.reference,
            no_pairs="a video is not compared with itself",
            sound=truth_sound,
            no_sound=no_truth_sound,
            fps=float(reference.info.fps),
        )
        return PairFeaturesLoaded(generated, truth)

    def _watched(self, output: VideoSource, reference: VideoSource) -> list[Watched]:
        """Output, reference and source with an eye on their frames; none where no pictures are wanted."""
        if self.pictures is None:
            return []
        folder = self.pictures.folder
        source = self._source_of(reference)
        return [
            Watched(output, folder / self.pictures.generated),
            Watched(reference, folder / self.pictures.reference),
            *([] if source is None else [Watched(source, folder / self.pictures.source)]),
        ]

    def _videos(self) -> tuple[VideoSource, VideoSource]:
        from benchmark.features import VideoSource

        if self.pair.generated is None or self.pair.reference is None:
            raise CannotScore(NO_GENERATED if self.pair.generated is None else NO_REFERENCE)
        try:
            output = VideoSource.from_file(self.pair.generated)
        except FeedError as error:
            raise CannotScore(f"generated: {error}") from error
        try:
            return output, VideoSource.from_file(self.pair.reference)
        except FeedError as error:
            raise CannotScore(f"reference: {error}") from error

    def _source_of(self, reference: VideoSource) -> VideoSource | None:
        """One frame: of the source where sources were given, else of the reference."""
        from benchmark.features import VideoSource

        if self.has_sources:
            if self.pair.source is None:
                return None
            try:
                return first_frame(VideoSource.from_file(self.pair.source))
            except FeedError as error:
                raise CannotScore(f"source: {error}") from error
        return first_frame(reference)

    def _source_features(self, reference: VideoSource, like: FaceFeatures, toolbox: Toolbox) -> FaceFeatures:
        from benchmark.features import extract_video

        source = self._source_of(reference)
        if source is None:
            return _no_source(like)
        settings = self.settings
        return extract_video(source, settings.video, toolbox=toolbox, store=settings.store, stride=settings.stride)

    def _sound(
        self, video: VideoSource, file: Path | None, toolbox: Toolbox
    ) -> tuple[dict[str, np.ndarray], str | None]:
        """Of the sound file where sound files were given, else of the video's own file."""
        from benchmark.features import VideoSource, extract_sound

        if not self.settings.sound:
            return {}, "no metric reads sound"
        first_frame_s = video.first_frame_s
        if self.has_audio:
            file = self.pair.audio
            if file is None:
                return {}, NO_AUDIO
            is_video = file.suffix.lower() in VIDEO_SUFFIXES
            try:
                first_frame_s = VideoSource.from_file(file).first_frame_s if is_video else 0.0
            except FeedError:
                first_frame_s = 0.0  # sound in a container without pictures
        if file is None:
            return {}, NO_AUDIO
        store = self.settings.store
        found = extract_sound(file, self.settings.sound, toolbox=toolbox, store=store, first_frame_s=first_frame_s)
        return dict(found.arrays), found.reason

    def _notes(self, output: VideoSource, reference: VideoSource, loaded: PairFeaturesLoaded) -> tuple[str, ...]:
        notes = []
        made, truth = output.info, reference.info
        if abs(made.fps / truth.fps - 1) > RATE_TOLERANCE:
            notes.append(
                f"{self.pair.id}: generated has {_rate(made.fps)} but its reference {_rate(truth.fps)}; frame t is"
                " compared with frame t, whatever their times"
            )
        if loaded.generated.no_pairs is not None:
            notes.append(f"{self.pair.id}: {loaded.generated.no_pairs}; nothing is resized, so images are not compared")
        made_count, true_count = len(loaded.generated.output), len(loaded.generated.driver)
        problem = loaded.generated.output.problem
        if made_count < true_count:
            why = f" ({problem})" if problem else ""
            notes.append(f"{self.pair.id}: generated has {made_count} frames of {true_count}{why}; the others failed")
        return tuple(notes)

    def _contents(self) -> tuple[str | None, ...]:
        from feed_dataset.core.jobs.array_store import file_sha256

        def digest(path: Path | None) -> str | None:
            try:
                return None if path is None else file_sha256(path)
            except OSError:
                return None

        return (digest(self.pair.reference), digest(self.pair.source), digest(self.pair.audio))

    def _relative(self, error: Exception) -> str:
        """The reason without the place of files on this machine."""
        text = str(error)
        for path in (self.pair.generated, self.pair.reference, self.pair.source, self.pair.audio):
            if path is not None:
                text = text.replace(str(path), path.name)
        return text


def first_frame(source: VideoSource) -> VideoSource:
    """The first frame of a video as a video of its own. Raises CannotScore when there is none."""
    from benchmark.features import VideoSource

    frame = next(iter(source.read()), None)
    if frame is None:
        raise CannotScore("source: expected at least one frame but got none")
    return VideoSource.from_frames(frame[None], source.info.fps)


def _no_source(like: FaceFeatures) -> FaceFeatures:
    """One frame of which nothing is known, in the shapes of another video's features."""
    arrays = {name: np.full((1, *array.shape[1:]), np.nan, np.float32) for name, array in like.arrays.items()}
    return FaceFeatures(np.full((1, *like.landmarks_px.shape[1:]), np.nan, np.float32), (NO_SOURCE,), arrays)


def _rate(fps: Fraction) -> str:
    return f"{float(fps):.6g} frames a second"
