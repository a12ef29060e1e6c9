"""Stage 1: a method makes the frames of each case; files that are complete and current are kept."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from baselines.interface.errors import DriveError
from baselines.interface.method import Driver, Generated, Method
from benchmark.engine.inputs import StagedFrames, load_staged
from benchmark.engine.predictions import PredictionPath, PredictionRecord, load_record, save
from benchmark.features.toolbox import Toolbox
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.array_store import frames_sha256, key_of
from feed_dataset.core.jobs.errors import FeedError

Overwrite = Literal["never", "missing", "always"]
OVERWRITE: tuple[Overwrite, ...] = ("never", "missing", "always")


@dataclass(frozen=True)
class Prediction:
    """The outcome of one method on one case."""

    method: str
    case_id: str
    record: PredictionRecord | None
    reason: str | None  # why there is no record
    reused: bool


@dataclass(frozen=True)
class GenerateJob:
    """Prepare the source, drive it, save the frames.

    Args:
        overwrite: "missing" makes what is absent, damaged or made from other inputs; "never" refuses to
            replace what was made from other inputs; "always" makes everything again.
        weights_sha256: the weights that the results will name.
    """

    method: str
    case_id: str
    source: Path  # staged
    driver: Path  # staged
    folder: Path
    overwrite: Overwrite
    weights_sha256: str | None

    @property
    def at(self) -> PredictionPath:
        return PredictionPath(self.folder, self.case_id)

    def run(self, toolbox: Toolbox) -> Prediction:
        source, driver = _staged(self.source), _staged(self.driver)
        method = toolbox.method(self.method)
        if method.weights_sha256 != self.weights_sha256:
            raise BenchmarkError(f"expected the weights of {self.method} to stay but they changed; run again")
        wanted = input_hash(method, source, driver)
        found = load_record(self.at) if self.overwrite != "always" else None
        if found is not None and found.input_hash == wanted:
            return Prediction(self.method, self.case_id, found, None, reused=True)
        if found is not None and self.overwrite == "never":
            raise BenchmarkError(
                f"expected {self.at.video} to be made from these inputs but it was made from others;"
                " use --overwrite missing to replace it, or another --out"
            )
        return self._generate(method, source, driver, wanted)

    def _generate(self, method: Method, source: StagedFrames, driver: StagedFrames, wanted: str) -> Prediction:
        started = time.perf_counter()
        try:
            generated = method.drive(method.prepare(source.frames[0]), Driver(driver.frames, driver.fps))
            check_alignment(generated, driver)
        except FeedError as error:
            return Prediction(self.method, self.case_id, None, str(error), reused=False)
        except Exception as error:
            # A method is anybody's code: its fault fails this case, counted and shown, and the run goes on.
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {error}"
            return Prediction(self.method, self.case_id, None, reason[:500], reused=False)
        seconds = time.perf_counter() - started
        record = save(self.at, generated, driver.fps, input_hash=wanted, seconds=seconds)
        return Prediction(self.method, self.case_id, record, None, reused=False)


def input_hash(method: Method, source: StagedFrames, driver: StagedFrames) -> str:
    """Everything that decides a prediction: method, its code version and weights, and the pixels it sees."""
    return key_of(
        method.name,
        method.version,
        method.weights_sha256,
        frames_sha256(source.frames[:1]),
        frames_sha256(driver.frames),
        str(driver.fps),
    )


def check_alignment(generated: Generated, driver: StagedFrames) -> None:
    """Raise DriveError unless there is one output frame of the driver's size for each driver frame."""
    if generated.frames.shape != driver.frames.shape:
        raise DriveError(
            f"expected generated frames {list(driver.frames.shape)} but got {list(generated.frames.shape)}"
        )


def _staged(path: Path) -> StagedFrames:
    staged = load_staged(path)
    if staged is None:
        raise BenchmarkError(f"expected the staged input {path} but it is gone or damaged; run again")
    return staged
