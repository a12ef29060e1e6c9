"""One unit of work: everything that is made and extracted with one driver, which is decoded once for all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmark.engine.inputs import Input
from benchmark.engine.outputs import AudioFile, CaseFailed, CaseInputs, Generated, Output, OutputKind, audio_start_s
from benchmark.engine.panels import check_faces, check_shape, face_notes
from benchmark.engine.reasons import plain_reason, raise_if_ours
from benchmark.engine.thumbnails import ThumbnailTap, thumbnail_path
from benchmark.engine.tools import Tools
from benchmark.engine.work import CaseWork, OutputOutcome, TaskOutcome, TaskSettings
from benchmark.features.audio import audio_id, extract_audio
from benchmark.features.extractors.catalog import audio_extractor
from benchmark.features.pair import PairFeatures, extract_pair, pairs_are_kept
from benchmark.features.store import kind_of
from benchmark.features.types.case import FaceFeatures
from benchmark.features.types.sequence import FrameSequence
from benchmark.features.video import extract_video, kept_faces
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.jobs.array_store import file_sha256, key_of
from feed_dataset.core.jobs.errors import FeedError

RATE_TOLERANCE = 0.001  # 30000/1001 is not 30, and is no reason to warn
_NO_AUDIO_WANTED = "no metric reads audio"


@dataclass(frozen=True)
class CaseTask:
    """Cases of one driver, for some methods.

    Args:
        outputs: by method how its frames come to be; one that streams the driver's file comes first.
    """

    driver: Input
    cases: tuple[CaseWork, ...]
    outputs: tuple[tuple[str, OutputKind], ...]
    settings: TaskSettings

    @property
    def key(self) -> str:
        """The same in every process that has the same work to do."""
        names = [name for name, _ in self.outputs]
        features = [*self.settings.features.ids, self.settings.features.stride]
        return key_of(str(self.driver.path), self.driver.label, [case.id for case in self.cases], names, features)[:32]

    def inputs(
        self,
        case: CaseWork,
        source: FrameSequence | None,
        driver: FrameSequence,
        seen: FrameSequence | None = None,
    ) -> CaseInputs:
        """What methods have of one case."""
        audio = _audio_of(case, driver, self.driver.path)
        other = None if case.other_audio is None else AudioFile(case.other_audio, audio_start_s(case.other_audio))
        return CaseInputs(case.id, source, driver, audio, self.settings.gives, self.settings.seed, seen, other)

    def split(self) -> list[CaseTask]:
        """One task for each case and method: to find out which of them ends its process."""
        return [replace(self, cases=(case,), outputs=(output,)) for case in self.cases for output in self.outputs]

    def kept_files(self) -> Iterator[Path]:
        """Predictions of an earlier try; what else it left is made again sooner than it is carried."""
        for _, kind in self.outputs:
            if isinstance(kind, Generated):
                for place in (kind.place(case.id) for case in self.cases):
                    yield from (place.video, place.latents, place.record)

    def find(self, whole: set[tuple[str, bool]] | None = None) -> TaskOutcome | None:
        """What an earlier run left, if all of it is there; no frame is read.

        Args:
            whole: content ids of sources that were looked for with other tasks, and whether with their thumbnails; this
                one adds what it finds.
        """
        try:
            return _Finder(self, set() if whole is None else whole).outcome()
        except (FeedError, OSError):
            return None  # the work itself finds the reason

    def run(self, tools: Tools) -> TaskOutcome:
        """Do it; what can be scored is in the feature store afterwards, what cannot has its reason."""
        features = self.settings.features
        if tools.models.compute != features.compute:
            raise BenchmarkError(f"expected workers on {features.compute} but got {tools.models.compute}")
        return _Runner(self, tools).outcome()


class _Runner:
    """A task at work."""

    def __init__(self, task: CaseTask, tools: Tools) -> None:
        self._task, self._tools = task, tools
        self._settings = task.settings.features
        self._store = self._settings.store

    def outcome(self) -> TaskOutcome:
        task = self._task
        try:
            driver = task.driver.load(self._tools.models)
            if task.driver.crop is not None:  # in memory, and compared with by several methods
                with self._shown(driver, any(case.is_shown for case in task.cases)) as seen:
                    self._extract(seen)
        except (FeedError, OSError) as error:
            raise_if_ours(error)
            reason = f"{task.driver.label}: {plain_reason(error, task.driver.path)}"
            return TaskOutcome(None, reason, {}, {}, (), self._files())
        sources: dict[str, str | None] = {}
        failures: dict[str, str] = {}
        outputs: list[OutputOutcome] = []
        for case in task.cases:
            loaded = self._loaded(case, driver)
            if isinstance(loaded, str):
                failures[case.id] = loaded
                continue
            source, in_place = loaded
            sources[case.id] = None if source is None else source.content_id
            inputs = task.inputs(case, source, driver, in_place)
            outputs += [self._output(name, kind, case, inputs) for name, kind in task.outputs]
        return TaskOutcome(bare(driver), None, sources, failures, tuple(outputs), self._files())

    def _files(self) -> dict[str, tuple[str | None, ...]]:
        if self._task.driver.crop is not None:
            return {}
        return {
            case.id: (
                _digest(self._task.driver.path),
                _digest(case.source.path) if isinstance(case.source, Input) else None,
                _digest(case.audio) if isinstance(case.audio, Path) and case.audio != self._task.driver.path else None,
            )
            for case in self._task.cases
        }

    def _loaded(self, case: CaseWork, driver: FrameSequence) -> tuple[FrameSequence | None, FrameSequence | None] | str:
        """The source, and what a method sees in the driver's place; or why a case has no inputs."""
        try:
            source = self._source(case, driver)
        except (FeedError, OSError) as error:
            raise_if_ours(error)
            path = case.source.path if isinstance(case.source, Input) else self._task.driver.path
            label = case.source.label if isinstance(case.source, Input) else "source"
            return f"{label}: {plain_reason(error, path)}"
        if case.seen is None:
            return source, None
        try:
            return source, case.seen.load(self._tools.models)
        except (FeedError, OSError) as error:
            raise_if_ours(error)
            return f"{case.seen.label}: {plain_reason(error, case.seen.path)}"

    def _source(self, case: CaseWork, driver: FrameSequence) -> FrameSequence | None:
        source = source_of(case, driver, self._tools)
        if source is not None:
            with self._shown(source, case.is_shown) as seen:
                self._extract(seen)
        return source

    def _output(self, name: str, kind: OutputKind, case: CaseWork, inputs: CaseInputs) -> OutputOutcome:
        try:
            output = kind.make(inputs, self._tools)
            with (
                self._shown(output.frames, case.is_shown) as seen,
                self._shown(inputs.driver, case.is_shown and case.has_reference and not kind.is_reference) as driver,
            ):
                person = None if kind.is_reference else inputs.source
                is_pair = case.has_reference and not kind.is_reference
                made, both = self._compare(seen, driver, person, is_pair)
        except (FeedError, OSError) as error:
            raise_if_ours(error)
            paths = [self._task.driver.path, *([case.audio] if isinstance(case.audio, Path) else [])]
            return OutputOutcome(name, case.id, plain_reason(error, *paths, *_paths(kind, case.id)))
        heard, no_audio = self._audio(output)
        return OutputOutcome(
            method=name,
            case_id=case.id,
            content_id=output.frames.content_id,
            audio_id=heard,
            no_audio=no_audio,
            no_pairs=_SELF if kind.is_reference else None if both is None else both.no_pairs,
            latents=output.latents,
            person_id=None if person is None else person.content_id,
            size_px=0 if kind.is_reference else max(output.frames.height_px, output.frames.width_px),
            seconds=output.seconds,
            speed=output.speed,
            notes=(
                *face_notes(case.id, "reference" if kind.is_reference else "generated", made.faces),
                *(() if both is None else _notes(case.id, output.frames, inputs.driver, both)),
            ),
        )

    def _compare(
        self, output: FrameSequence, reference: FrameSequence, person: FrameSequence | None, is_pair: bool
    ) -> tuple[FaceFeatures, PairFeatures | None]:
        """Features of the output, and of both where they are to be compared; `person` is None for the reference."""
        settings = self._settings
        panels = self._task.settings.panels
        if not is_pair:
            made = self._extract(output, person)
            if person is not None:
                check_faces(made.faces, panels)
            return made, None
        check_shape(output, reference, panels)
        both = extract_pair(
            output,
            reference,
            settings.video,
            settings.pair,
            models=self._tools.models,
            store=self._store,
            person=person,
            stride=settings.stride,
            batch_frames=settings.batch_frames,
        )
        check_faces(both.output.faces, panels)
        if both.reference.problem is not None:
            raise CaseFailed(f"reference: only {len(both.reference)} frames can be read: {both.reference.problem}")
        if len(both.output) > len(both.reference):
            raise CaseFailed(
                f"generated video has {len(both.output)} frames but its reference only {len(both.reference)}:"
                f" {_why_more(output, reference)}"
            )
        return both.output, both

    def _extract(self, frames: FrameSequence, person: FrameSequence | None = None) -> FaceFeatures:
        settings = self._settings
        return extract_video(
            frames,
            settings.video,
            models=self._tools.models,
            store=self._store,
            person=person,
            stride=settings.stride,
            batch_frames=settings.batch_frames,
        )

    def _audio(self, output: Output) -> tuple[str | None, str | None]:
        """(id under which features of the audio are kept, why there are none)."""
        if not self._settings.audio:
            return None, _NO_AUDIO_WANTED
        if isinstance(output.audio, str):
            return None, output.audio
        found = extract_audio(
            output.audio.path,
            self._settings.audio,
            models=self._tools.models,
            store=self._store,
            first_frame_s=output.audio.first_frame_s,
            length_s=output.audio.length_s,
        )
        return found.content_id, found.reason

    def _shown(self, frames: FrameSequence, is_shown: bool) -> _Seen:
        return _Seen(frames, self._task.settings.thumbnails if is_shown else None)


def source_of(case: CaseWork, driver: FrameSequence, tools: Tools) -> FrameSequence | None:
    """The one frame that is driven; None where a case has none. Raises FeedError, OSError."""
    if case.no_source is not None:
        return None
    if isinstance(case.source, Input):
        return case.source.load(tools.models).first()
    return case.source or driver.first()


class _Seen:
    """A video that leaves thumbnails when the block ends well; none without a folder."""

    def __init__(self, frames: FrameSequence, folder: Path | None) -> None:
        self._frames = frames
        self._tap = None if folder is None else ThumbnailTap(frames, folder)

    def __enter__(self) -> FrameSequence:
        return self._frames if self._tap is None else self._tap.video

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._tap is not None:
            self._tap.save()


class _Finder:
    """Looks for everything that a task would leave."""

    def __init__(self, task: CaseTask, whole: set[tuple[str, bool]]) -> None:
        self._task, self._whole = task, whole
        self._settings = task.settings.features
        self._store = self._settings.store

    def outcome(self) -> TaskOutcome | None:
        task = self._task
        driver = task.driver.find()
        if driver is None or self._video(driver.content_id, any(case.is_shown for case in task.cases)) is None:
            return None
        sources: dict[str, str | None] = {}
        outputs: list[OutputOutcome] = []
        for case in task.cases:
            if not isinstance(case.source, FrameSequence):
                return None
            sources[case.id] = case.source.content_id
            if not self._has_source(case.source.content_id, case.is_shown):
                return None
            in_place = None if case.seen is None else case.seen.find()
            if in_place is None and case.seen is not None:
                return None
            inputs = task.inputs(case, case.source, driver, in_place)
            for name, kind in task.outputs:
                found = self._output(name, kind, case, inputs)
                if found is None:
                    return None
                outputs.append(found)
        return TaskOutcome(bare(driver), None, sources, {}, tuple(outputs))

    def _output(self, name: str, kind: OutputKind, case: CaseWork, inputs: CaseInputs) -> OutputOutcome | None:
        output = kind.find(inputs)
        person_id = None if kind.is_reference or inputs.source is None else inputs.source.content_id
        faces = None if output is None else self._video(output.frames.content_id, case.is_shown, person_id)
        if output is None or faces is None or faces.several:
            return None  # of several faces the runner has something to say
        if case.has_reference and not kind.is_reference and not self._has_pairs(output, inputs.driver):
            return None
        heard, no_audio = self._audio(output)
        if heard is None and no_audio is None:
            return None
        return OutputOutcome(
            method=name,
            case_id=case.id,
            content_id=output.frames.content_id,
            audio_id=heard,
            no_audio=no_audio,
            no_pairs=_SELF if kind.is_reference else None,
            latents=output.latents,
            person_id=person_id,
            size_px=0 if kind.is_reference else max(output.frames.height_px, output.frames.width_px),
            seconds=output.seconds,
            speed=output.speed,
        )

    def _has_source(self, content_id: str, is_shown: bool) -> bool:
        """A source is one of many tasks."""
        key = (content_id, is_shown)
        if key not in self._whole and self._video(content_id, is_shown) is not None:
            self._whole.add(key)
        return key in self._whole

    def _video(self, content_id: str, is_shown: bool, person_id: str | None = None) -> FacesSeen | None:
        """Which faces a video shows that has all its features; None where work is left."""
        if is_shown and not thumbnail_path(self._task.settings.thumbnails, content_id).is_file():
            return None
        settings = self._settings
        return kept_faces(
            content_id,
            settings.video,
            store=self._store,
            compute=settings.compute,
            person_id=person_id,
            stride=settings.stride,
        )

    def _has_pairs(self, output: Output, driver: FrameSequence) -> bool:
        return pairs_are_kept(
            output.frames.content_id,
            driver.content_id,
            self._settings.pair,
            store=self._store,
            compute=self._settings.compute,
        )

    def _audio(self, output: Output) -> tuple[str | None, str | None]:
        """As the runner's, or (None, None) where work is left."""
        if not self._settings.audio:
            return None, _NO_AUDIO_WANTED
        if isinstance(output.audio, str):
            return None, output.audio
        content_id = audio_id(output.audio.path, output.audio.first_frame_s, output.audio.length_s)
        kinds = [kind_of(audio_extractor(one)) for one in self._settings.audio]
        kept = all(self._store.has(kind, [content_id], self._settings.compute) for kind in kinds)
        return (content_id if kept else None), None


_SELF = "a video is not compared with itself"


def bare(frames: FrameSequence) -> FrameSequence:
    """The same facts without the frames: what goes back to the parent is small."""
    return replace(frames, read=_no_frames)


def _no_frames() -> Iterator[np.ndarray]:
    return iter(())


def _digest(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except OSError:
        return None


def _audio_of(case: CaseWork, driver: FrameSequence, driver_path: Path) -> AudioFile | str:
    if isinstance(case.audio, str):
        return case.audio
    if not driver.is_whole:
        return f"driver: frames were thinned, {driver.frame_count} of them are used and the audio no longer fits"
    start_s = driver.first_frame_s if case.audio == driver_path else audio_start_s(case.audio)
    return AudioFile(case.audio, start_s, driver.length_s)


def _paths(kind: OutputKind, case_id: str) -> list[Path]:
    """The user's files behind an output."""
    files: dict[str, object] = getattr(kind, "files", {})
    file = files.get(case_id)
    return [file] if isinstance(file, Path) else list(file) if isinstance(file, tuple) else []


def _why_more(made: FrameSequence, truth: FrameSequence) -> str:
    if abs(made.fps / truth.fps - 1) <= RATE_TOLERANCE:
        return "another pair?"
    rates = f"{float(made.fps):.6g} frames a second against {float(truth.fps):.6g}"
    return f"another frame rate ({rates}); convert the generated video to the reference's"


def _notes(case_id: str, made: FrameSequence, truth: FrameSequence, both: PairFeatures) -> tuple[str, ...]:
    notes = []
    if abs(made.fps / truth.fps - 1) > RATE_TOLERANCE:
        notes.append(
            f"{case_id}: generated has {float(made.fps):.6g} frames a second but its reference"
            f" {float(truth.fps):.6g} frames a second; frame t is compared with frame t, whatever their times"
        )
    if both.no_pairs is not None:
        notes.append(f"{case_id}: {both.no_pairs}; nothing is resized, so images are not compared")
    if len(both.output) < len(both.reference):
        why = f" ({both.output.problem})" if both.output.problem else ""
        count = f"{len(both.output)} frames of {len(both.reference)}"
        notes.append(f"{case_id}: generated has {count}{why}; the others failed")
    return tuple(notes)
