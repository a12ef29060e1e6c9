"""Where a method's frames come from: generated now, there already, altered for the doctor, or the reference itself."""

from __future__ import annotations

import traceback
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np

from baselines.doors.spec import MethodSpec
from baselines.interface.method import Capabilities, Chunk, Driver, Method, chunks_of
from baselines.interface.one_at_a_time import turn_of
from baselines.interface.seeds import case_seed, seeded
from baselines.interface.speed import CaseSpeed, ProcessSpeed
from baselines.interface.stopwatch import Stopwatch
from baselines.outside.existing import ExistingFrames, frame_files, read_latents
from benchmark.engine.controls import NO_OTHER, controlled_audio, held_head
from benchmark.engine.predictions import Prediction, PredictionPath, PredictionRecord, load_latents, load_record, save
from benchmark.engine.tools import Tools
from benchmark.features.types.sequence import FrameSequence, frames_id
from benchmark.pairing.pair_list import NO_AUDIO, NO_GENERATED
from benchmark.results.errors import BenchmarkError
from benchmark.results.reserved import Control
from feed_dataset.core.faces.geometry import head_rotation
from feed_dataset.core.jobs.array_store import file_sha256, key_of
from feed_dataset.core.jobs.errors import FeedError, words_and_place
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.lossless import iterate_lossless
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.core.media.types import Audio

Overwrite = Literal["never", "missing", "always"]
OVERWRITE: tuple[Overwrite, ...] = ("never", "missing", "always")
_LONGEST_REASON = 500
V = TypeVar("V")


class CaseFailed(FeedError):
    """A case that has nothing to score; the message is its reason in results."""


@dataclass(frozen=True)
class AudioFile:
    """The audio that belongs to some frames.

    Args:
        path: a video or audio file.
        first_frame_s: when the first of the frames is shown, on the clock of the file's audio.
        length_s: how long the frames last; None where they end with the file.
    """

    path: Path
    first_frame_s: float = 0.0
    length_s: float | None = None


@dataclass(frozen=True)
class CaseInputs:
    """What a worker has of one case before a method has its turn.

    Args:
        source: one frame; None where no source was given for the case.
        audio: of the driver; a reason where there is none.
        gives: what of the driver a method may see: "image", "audio", "pose".
        seed: of the protocol.
        seen: frames that a method sees in place of the driver's, which are what should come out; None: the driver's.
        other_audio: of another clip, for controls; None where there is none.
    """

    case_id: str
    source: FrameSequence | None
    driver: FrameSequence
    audio: AudioFile | str
    gives: frozenset[str] = frozenset({"image"})
    seed: int = 0
    seen: FrameSequence | None = None
    other_audio: AudioFile | None = None


@dataclass(frozen=True, eq=False)
class Output:
    """What is scored of one method on one case."""

    frames: FrameSequence
    audio: AudioFile | str
    latents: np.ndarray | None = None  # float32 [T, d]
    seconds: float = 0.0
    speed: CaseSpeed | ProcessSpeed | None = None


class OutputKind(Protocol):
    """How the frames of one method come to be. Picklable."""

    @property
    def is_reference(self) -> bool:
        """Whether it is the reference itself, which is not compared with itself."""

    def find(self, inputs: CaseInputs) -> Output | None:
        """What an earlier run made of exactly these inputs, without decoding it; None where work is left."""

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        """The frames. Raises FeedError: the case's reason in results."""


@dataclass(frozen=True)
class Generated:
    """A method makes the frames; files that are complete and current are kept.

    Args:
        folder: of the method's predictions.
        overwrite: "missing" makes what is absent, damaged or made from other inputs; "never" refuses to replace what
            was made from other inputs; "always" makes everything again.
        version: raised by the method's author when its code gives other frames.
        control: what is taken away from what the method is driven with; None: nothing.
    """

    spec: MethodSpec
    folder: Path
    overwrite: Overwrite
    capabilities: Capabilities
    version: int
    weights_sha256: str | None
    is_reference: bool = False
    control: Control | None = None

    def find(self, inputs: CaseInputs) -> Output | None:
        if self.overwrite == "always":
            return None
        at = self.place(inputs.case_id)
        record = load_record(at)
        if record is None or record.input_hash != self._input_hash(inputs):
            return None
        latents = None if record.latents_sha256 is None else load_latents(at)
        return Output(self._sequence(record, inputs, at), inputs.audio, latents, record.seconds, record.speed)

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        found = self.find(inputs)
        if found is not None:
            return found
        at = self.place(inputs.case_id)
        if self.overwrite == "never" and load_record(at) is not None:
            raise BenchmarkError(
                f"{at.video} was made from other inputs; use --overwrite missing to replace it, or another --out"
            )
        method = tools.method(self.spec)
        if method.weights_for(inputs.gives) != self.weights_sha256:
            raise BenchmarkError(f"the weights of {self.spec.name} changed during the run; run again")
        made = self._save(method, inputs, at, tools)
        sequence = self._sequence(made.record, inputs, at)
        if made.frames is not None:
            sequence = sequence.in_memory(made.frames)
        return Output(sequence, inputs.audio, made.latents, made.record.seconds, made.record.speed)

    def _save(self, method: Method, inputs: CaseInputs, at: PredictionPath, tools: Tools) -> Prediction:
        if inputs.source is None:
            raise CaseFailed("no source image")
        source, driver = next(iter(inputs.source.read())).copy(), _driver(inputs, tools, self.control)
        watch = Stopwatch(owns_process=not tools.is_lent(self.spec))
        chunks = _guarded(watch.drive(method, source, driver), driver, self.capabilities.has_latents)

        def speed() -> CaseSpeed | None:
            return None if watch.speed is None else tools.measured(self.spec, watch.speed)

        with turn_of(self.spec.target, self.capabilities), seeded(driver.seed):
            return save(at, chunks, inputs.driver, input_hash=self._input_hash(inputs), speed=speed)

    def place(self, case_id: str) -> PredictionPath:
        """Where the prediction of a case lies."""
        return PredictionPath(self.folder, case_id)

    def _input_hash(self, inputs: CaseInputs) -> str:
        """Everything that decides a prediction: method, its code and weights, and what it sees."""
        if inputs.source is None:
            return ""
        given = () if inputs.gives == frozenset({"image"}) else (sorted(inputs.gives),)
        seen = given if inputs.seen is None else (*given, inputs.seen.content_id)
        code = tuple(one for one in (self.spec.code_sha256, self.capabilities.commit) if one is not None)
        driver, source = inputs.driver, inputs.source
        parts = (self.spec.name, self.version, self.weights_sha256, source.content_id, driver.content_id)
        return key_of(*parts, *seen, *code, *self._heard_ids(inputs))

    def _heard_ids(self, inputs: CaseInputs) -> tuple[object, ...]:
        """Of what it hears, where it hears anything."""
        if "audio" not in inputs.gives or isinstance(inputs.audio, str):
            return ()
        other = inputs.other_audio if self.control == "shuffled-audio" else None
        own = inputs.audio
        return (
            *(file_sha256(own.path), own.first_frame_s, own.length_s),
            *(() if self.control is None else (self.control,)),
            *(() if other is None else (file_sha256(other.path), other.first_frame_s)),
        )

    def _sequence(self, record: PredictionRecord, inputs: CaseInputs, at: PredictionPath) -> FrameSequence:
        driver = inputs.driver
        return FrameSequence(
            content_id=frames_id(record.frames_sha256, driver.fps, driver.stamps_s),
            frame_count=driver.frame_count,
            fps=driver.fps,
            height_px=driver.height_px,
            width_px=driver.width_px,
            read=_LosslessFile(at.video),
            stamps_s=driver.stamps_s,
        )


@dataclass(frozen=True)
class _LosslessFile:
    path: Path

    def __call__(self) -> Iterator[np.ndarray]:
        return iterate_lossless(self.path)


@dataclass(frozen=True)
class CommandOutput:
    """A command makes the frames of all cases at once, before any case has its turn; then they are `Existing`."""

    spec: MethodSpec
    folder: Path
    capabilities: Capabilities
    version: int
    weights_sha256: str | None
    overwrite: Overwrite
    setting_sha256: str | None = None
    is_reference: bool = False
    control: Control | None = None

    def find(self, inputs: CaseInputs) -> Output | None:
        return None

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        raise BenchmarkError(f"the command of {self.spec.name} was not run")


@dataclass(frozen=True)
class Existing:
    """Finished videos or folders of images by case id.

    Args:
        files: by case id a video, or the images of a folder.
        audio: by case id a file with the audio; None takes each video's own.
        latents: by case id a file with the descriptors z.
        like_driver: frames must have the driver's size and its audio, as generated ones have.
        reasons: by case id why there is no file.
        seconds: by case id how long it took, where that is known.
        speeds: by case id of the process that made it, likewise.
    """

    files: Mapping[str, Path | tuple[Path, ...]]
    audio: Mapping[str, Path] | None = None
    latents: Mapping[str, Path] = field(default_factory=dict)
    like_driver: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    speeds: Mapping[str, ProcessSpeed] = field(default_factory=dict)
    is_reference: bool = False

    @classmethod
    def in_folder(cls, folder: ExistingFrames, case_ids: Iterable[str]) -> Existing:
        """What a method made elsewhere of these cases."""
        ids = list(case_ids)
        found = {one: path for one in ids if (path := folder.find(one)) is not None}
        files = {one: frame_files(path) if path.is_dir() else path for one, path in found.items()}
        latents = {one: path for one in ids if (path := folder.latents(one)) is not None}
        return cls(files, latents=latents, like_driver=True)

    def of_cases(self, case_ids: Container[str]) -> Existing:
        """The same for some cases: what a task carries does not grow with the run."""

        def some(by_case: Mapping[str, V]) -> dict[str, V]:
            return {one: value for one, value in by_case.items() if one in case_ids}

        return replace(
            self,
            files=some(self.files),
            audio=None if self.audio is None else some(self.audio),
            latents=some(self.latents),
            reasons=some(self.reasons),
            seconds=some(self.seconds),
        )

    def find(self, inputs: CaseInputs) -> Output | None:
        return None  # what decides is the file's content, and reading it is the work

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        file = self.files.get(inputs.case_id)
        if file is None:
            raise CaseFailed(self.reasons.get(inputs.case_id, NO_GENERATED))
        try:
            if isinstance(file, tuple):
                sequence = _images(file, inputs.driver)
            else:
                sequence = FrameSequence.from_file(file)
        except FeedError as error:
            raise CaseFailed(f"generated: {error}") from error
        if self.like_driver:
            _check_like(sequence, inputs.driver)
        z = self.latents.get(inputs.case_id)
        latents = None if z is None else read_latents(z, sequence.frame_count)
        seconds = self.seconds.get(inputs.case_id, 0.0)
        speed = self.speeds.get(inputs.case_id)
        return Output(sequence, self._audio(inputs, file, sequence), latents, seconds, speed)

    def _audio(self, inputs: CaseInputs, file: Path | tuple[Path, ...], sequence: FrameSequence) -> AudioFile | str:
        if self.like_driver:
            return inputs.audio
        if self.audio is not None:
            given = self.audio.get(inputs.case_id)
            return NO_AUDIO if given is None else AudioFile(given, audio_start_s(given))
        return "images have no sound" if isinstance(file, tuple) else AudioFile(file, sequence.first_frame_s)


@dataclass(frozen=True)
class Reference:
    """The reference in the output's place: what the metrics say of the truth."""

    is_reference: bool = True

    def find(self, inputs: CaseInputs) -> Output | None:
        return Output(inputs.driver, inputs.audio)

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        return Output(inputs.driver, inputs.audio)


def _guarded(made: Iterator[Chunk], driver: Driver, has_latents: bool) -> Iterator[Chunk]:
    """What a method gives. It is anybody's code: its fault fails this case, counted and shown, and the run goes on."""
    try:
        yield from chunks_of(made, driver, has_latents=has_latents)
    except FeedError:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = " ".join(words_and_place(error).split())
        reason = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {said}"
        raise CaseFailed(reason[:_LONGEST_REASON]) from error


def _driver(inputs: CaseInputs, tools: Tools, control: Control | None) -> Driver:
    """What a method may see of the driver: frames that are withheld are in no object that it gets."""
    driver = _uncontrolled(inputs, tools)
    if driver.audio is not None and control is not None:
        if control == "shuffled-audio" and inputs.other_audio is None:
            raise CaseFailed(f"driver: {NO_OTHER}")
        other = _samples(inputs.other_audio) if control == "shuffled-audio" and inputs.other_audio is not None else None
        driver = replace(driver, audio=controlled_audio(driver.audio, control, other))
    if control == "still-head" and driver.first_frame is not None:
        return held_head(driver, _head_pose(driver.first_frame[None], tools)[0])
    return driver


def _uncontrolled(inputs: CaseInputs, tools: Tools) -> Driver:
    shown = inputs.driver if inputs.seen is None else inputs.seen
    audio = _samples(inputs.audio) if "audio" in inputs.gives else None
    pose = _head_pose(np.stack(list(inputs.driver.read())), tools) if "pose" in inputs.gives else None
    fps, seed = inputs.driver.fps, case_seed(inputs.seed, inputs.case_id)
    if "image" in inputs.gives:
        return Driver(np.stack(list(shown.read())), fps, audio=audio, pose=pose, seed=seed)
    first = next(iter(shown.read()))
    return Driver(None, fps, audio, pose, first_frame=first, frame_count=inputs.driver.frame_count, seed=seed)


def _samples(audio: AudioFile | str) -> Audio:
    """The samples from the first frame on. Raises CaseFailed where there are none."""
    if isinstance(audio, str):
        raise CaseFailed(f"driver: {audio}")
    found = read_audio(audio.path, audio.first_frame_s, audio.length_s)
    if found is None:
        raise CaseFailed("driver: no audio stream")
    return found


def _head_pose(frames: np.ndarray, tools: Tools) -> np.ndarray:
    """Head rotation float64 [T, 3, 3] of every frame. Raises CaseFailed where a frame has no face."""
    track = tools.models.track(frames)
    if not track.valid.all():
        frame = int(np.argmin(track.valid))
        raise CaseFailed(f"driver: no head pose in frame {frame} ({track.reasons[frame]})")
    return head_rotation(track.landmarks_px)


def _images(files: tuple[Path, ...], driver: FrameSequence) -> FrameSequence:
    """Image t belongs to the driver's frame t, and is shown when that is. Raises ImageDecodeError."""
    stamps = driver.stamps_s
    fits = stamps is not None and len(files) <= len(stamps)
    return FrameSequence.from_images(files, driver.fps, stamps[: len(files)] if stamps is not None and fits else None)


def _check_like(made: FrameSequence, driver: FrameSequence) -> None:
    """Raise CaseFailed unless the frames have the driver's size: nothing is resized in silence."""
    if (made.height_px, made.width_px) != (driver.height_px, driver.width_px):
        raise CaseFailed(
            f"expected frames of {driver.width_px}x{driver.height_px} px but got {made.width_px}x{made.height_px}"
        )


def audio_start_s(file: Path) -> float:
    """When the first frame of a file with audio is shown, on its own clock; 0 where there are no frames."""
    if file.suffix.lower() not in VIDEO_SUFFIXES:
        return 0.0
    try:
        return FrameSequence.from_file(file).first_frame_s
    except FeedError:
        return 0.0  # audio in a container without pictures
