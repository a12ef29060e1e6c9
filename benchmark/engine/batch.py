"""The inputs of a plan's cases as files, and methods that are a command over such files."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from baselines.doors.spec import MethodSpec
from baselines.interface.errors import BatchError, MethodUnavailable
from baselines.interface.one_at_a_time import turn_of
from baselines.interface.speed import ProcessSpeed
from baselines.outside.batch import INDEX, Batch, BatchCase, read_batch, write_index
from baselines.outside.command import CommandMethod
from baselines.outside.existing import ExistingFrames
from benchmark.engine.controls import NO_OTHER, controlled_audio
from benchmark.engine.inputs import Input
from benchmark.engine.outputs import CaseFailed, CommandOutput, Existing, Overwrite, audio_start_s
from benchmark.engine.plan import Plan, PlannedCase, PlannedMethod
from benchmark.engine.reasons import plain_reason, raise_if_ours
from benchmark.engine.sharing import claims_of
from benchmark.engine.tools import Tools
from benchmark.features.types.sequence import FrameSequence
from benchmark.results.reserved import Control
from benchmark.results.schema import write_text_atomic
from feed_dataset.core.jobs.array_store import file_sha256, key_of, write_atomic
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Executor, Failed
from feed_dataset.core.jobs.files import read_text
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.audio import read_audio, write_wave
from feed_dataset.core.media.types import Audio

_CRF = 12  # of driver videos: hardly a difference is seen; the frames beside them have none
_DONE = "done.json"


def stage(
    plan: Plan, folder: Path, executor: Executor[Tools], progress: Progress, control: Control | None = None
) -> tuple[Batch, list[tuple[str, str]]]:
    """Write sources, drivers and audio of every case, as far as the protocol lets a method see them.

    Args:
        control: what the method hears in place of the drivers' audio.

    Returns:
        The batch, and (case id, reason) of the cases that have no inputs.

    Raises:
        BatchError: the protocol hands over what no file holds.
    """
    if any(case.seen is not None for case in plan.cases):
        raise BatchError(f"expected inputs that files can hold but {plan.protocol.name} hands over head poses; use run")
    by_driver: dict[Input, list[PlannedCase]] = {}
    for case in plan.cases:
        if case.driver is not None:
            by_driver.setdefault(case.driver, []).append(case)
    gives = plan.protocol.gives
    tasks = [_StageTask(driver, tuple(cases), folder, gives, control) for driver, cases in by_driver.items()]
    with progress.phase("inputs", len(tasks)) as step:
        made = executor.map(tasks, step)
    staged: dict[str, BatchCase] = {}
    failed: dict[str, str] = {case.id: case.problem for case in plan.cases if case.problem is not None}
    for task, outcome in zip(tasks, made, strict=True):
        if isinstance(outcome, Failed):
            failed |= {case.id: outcome.reason for case in task.cases}
            continue
        staged |= {case.id: case for case in outcome.cases}
        failed |= dict(outcome.failures)
    ordered = [staged[case.id] for case in plan.cases if case.id in staged]
    return write_index(folder, ordered), [(case.id, failed[case.id]) for case in plan.cases if case.id in failed]


def check_staged(plan: Plan, folder: Path) -> None:
    """Refuse to stage over other cases.

    Raises:
        BatchError: FOLDER/cases.csv has cases that this plan has not, or is none of ours.
    """
    if not (folder / INDEX).exists():
        return
    planned = {case.id for case in plan.cases}
    try:
        others = [case.id for case in read_batch(folder).cases if case.id not in planned]
        reason = f"has {len(others)} other cases, such as {others[0]}" if others else ""
    except BatchError as error:
        reason = f"cannot be read ({error})"
    if reason:
        raise BatchError(
            f"expected to stage {plan.protocol.name} but {folder / INDEX} {reason}; name another folder with --out, or"
            " remove this one"
        )


def with_commands_done(plan: Plan, executor: Executor[Tools], progress: Progress) -> Plan:
    """The plan with the frames of methods that are a command made: each is run once on all cases."""
    methods = []
    for method in plan.methods:
        output = method.output
        methods.append(_run(plan, method, output, executor, progress) if isinstance(output, CommandOutput) else method)
    return replace(plan, methods=tuple(methods))


def _run(
    plan: Plan, method: PlannedMethod, output: CommandOutput, executor: Executor[Tools], progress: Progress
) -> PlannedMethod:
    batch, _ = stage(plan, output.folder / "batch", executor, progress, output.control)
    contents = [(case.id, case.frame_count, str(case.fps), *_digests(batch, case)) for case in batch.cases]
    others = tuple(one for one in (output.capabilities.commit, output.setting_sha256) if one is not None)
    key = key_of(output.spec.name, output.version, output.weights_sha256, output.spec.code_sha256, contents, *others)
    made = output.folder / f"made-{key[:16]}"
    done = None if output.overwrite == "always" else _done(made)
    if done is None:
        with progress.phase(f"command {method.name}", 1) as step:
            with claims_of(plan.out).turn(f"command-{key[:32]}", method.name):
                done = None if output.overwrite == "always" else _done(made)  # by another process meanwhile
                if done is None:
                    with turn_of(output.spec.target, output.capabilities):
                        done = _generate(output.spec, batch, made, plan.protocol.seed, output.overwrite)
            step()
    ids = [case.id for case in batch.cases]
    existing = Existing.in_folder(ExistingFrames(made), ids)
    return replace(method, output=replace(existing, reasons=done.reasons, seconds=done.seconds, speeds=done.speeds))


class _Done(BaseModel):
    """What a command said of its cases, by case id.

    Args:
        reasons: why it made nothing. speeds: of the process that made it.
    """

    model_config = ConfigDict(frozen=True)

    reasons: dict[str, str] = {}
    seconds: dict[str, float] = {}
    speeds: dict[str, ProcessSpeed] = {}


def _digests(batch: Batch, case: BatchCase) -> list[str]:
    """Of the inputs of a case: frames of other data are made again, whatever its names are."""
    return [file_sha256(batch.folder / path) for path in (case.source, case.driver, case.audio) if path is not None]


def _done(made: Path) -> _Done | None:
    """Of a command that made every case; None where work is left."""
    try:
        return _Done.model_validate_json(read_text(made / _DONE))
    except (OSError, ValueError):
        return None


def _generate(spec: MethodSpec, batch: Batch, out: Path, seed: int, overwrite: Overwrite) -> _Done:
    """Run the command, into an empty folder unless it can go on."""
    method = spec.load()
    if not isinstance(method, CommandMethod):
        raise MethodUnavailable(f"expected {spec.name} to be a command but got {type(method).__name__}")
    if overwrite == "always" or not method.continues:
        shutil.rmtree(out, ignore_errors=True)
    outputs = method.generate(batch, out, seed=seed)
    done = _Done(
        reasons={one.case_id: one.reason for one in outputs if one.reason is not None},
        seconds={one.case_id: one.seconds for one in outputs if one.reason is None},
        speeds={one.case_id: one.speed for one in outputs if one.speed is not None},
    )
    if not done.reasons:
        write_text_atomic(out / _DONE, done.model_dump_json(indent=1) + "\n")
    return done


@dataclass(frozen=True)
class _Staged:
    cases: tuple[BatchCase, ...]
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _StageTask:
    """Everything of one driver."""

    driver: Input
    cases: tuple[PlannedCase, ...]
    folder: Path
    gives: frozenset[str]
    control: Control | None

    def run(self, tools: Tools) -> _Staged:
        try:
            driver = self.driver.load(tools.models)
            frames = np.stack(list(driver.read()))
            name = file_name(self.cases[0].driver_label)
            self._clear(name)
            video = self._video(name, frames, driver) if "image" in self.gives else None
            audio = self._audio(name, driver) if "audio" in self.gives else None
        except (FeedError, OSError) as error:
            raise_if_ours(error)
            reason = f"{self.driver.label}: {plain_reason(error, self.driver.path)}"
            return _Staged((), tuple((case.id, reason) for case in self.cases))
        staged, failures = [], []
        for case in self.cases:
            try:
                source = self._source(case, driver, tools)
                staged.append(BatchCase(case.id, source, video, audio, driver.frame_count, driver.fps))
            except (FeedError, OSError) as error:
                raise_if_ours(error)
                failures.append((case.id, plain_reason(error, *([case.source.path] if case.source else []))))
        return _Staged(tuple(staged), tuple(failures))

    def _source(self, case: PlannedCase, driver: FrameSequence, tools: Tools) -> str:
        source = driver if case.source is None else case.source.load(tools.models)
        place = f"sources/{file_name(case.source_label)}.png"
        _write_png(self.folder / place, next(iter(source.read())))
        return place

    def _clear(self, name: str) -> None:
        """No frames of other data or another size, and none that this protocol withholds."""
        shutil.rmtree(self.folder / "drivers" / name, ignore_errors=True)
        (self.folder / "drivers" / f"{name}.mp4").unlink(missing_ok=True)

    def _video(self, name: str, frames: np.ndarray, driver: FrameSequence) -> str:
        from feed_dataset.core.media.video import write_video

        place = f"drivers/{name}.mp4"
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        write_video(target, frames, driver.fps, times_s=driver.times_s, crf=_CRF)
        for number, frame in enumerate(frames, start=1):
            _write_png(self.folder / "drivers" / name / f"{number:04d}.png", frame)
        return place

    def _audio(self, name: str, driver: FrameSequence) -> str | None:
        path = self.cases[0].audio
        found = (
            None
            if isinstance(path, str) or not driver.is_whole
            else read_audio(path, driver.first_frame_s, driver.length_s)
        )
        if found is None:
            return None
        heard = controlled_audio(found, self.control, self._other())
        place = f"audio/{name}.wav"
        write_atomic(self.folder / place, lambda temporary: write_wave(temporary, heard.samples, heard.sample_rate_hz))
        return place

    def _other(self) -> Audio | None:
        """Another clip's sound, where that is what is heard. Raises CaseFailed where there is none."""
        if self.control != "shuffled-audio":
            return None
        path = self.cases[0].other_audio
        found = None if path is None else read_audio(path, audio_start_s(path))
        if found is None:
            raise CaseFailed(NO_OTHER)
        return found


def file_name(label: str) -> str:
    """A label as the name of a file."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", label.replace("/", "-"))


def _write_png(path: Path, frame: np.ndarray) -> None:
    from PIL import Image

    write_atomic(path, lambda temporary: Image.fromarray(frame).save(temporary, "PNG"))
