"""What a run tells while it goes on: rows in files, lines, and a bar on a terminal."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from torch import Tensor

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.own_files import open_growing
from feed_dataset.core.jobs.progress import ProgressBar
from model.training.board import Board
from model.training.recipe import DATA_WAIT

logger = logging.getLogger(__name__)

LOG_EVERY_STEPS = 20
LOG, VALIDATIONS = "log.jsonl", "validation.jsonl"


class Rows:
    """A file of JSON rows, each with its step, that grows.

    Args:
        path: of the file.
        after: rows of later steps are removed: a run that was killed goes on from a checkpoint before them.
    """

    def __init__(self, path: Path, after: int) -> None:
        self.path = path
        self.last_step = -1
        if not path.exists():
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if (step := _step(line)) is not None and step <= after]
        if kept != lines:
            with replacing(path) as part:
                part.write_text("".join(kept), encoding="utf-8")
        if kept:
            self.last_step = _step(kept[-1]) or 0

    def add(self, step: int, values: Mapping[str, Any]) -> None:
        """One more row."""
        with open_growing(self.path) as stream:
            stream.write(json.dumps({"step": step, **values}) + "\n")
        self.last_step = step


def _step(line: str) -> int | None:
    """None for a line that was cut off."""
    try:
        return int(json.loads(line)["step"]) if line.endswith("\n") else None
    except (ValueError, KeyError, TypeError):
        return None


class Pace:
    """How long steps take since `take` was last called, and how much of it they waited for their batches."""

    def __init__(self) -> None:
        self._steps, self._s, self._waited_s = 0, 0.0, 0.0

    def add(self, seconds: float, waited_s: float) -> None:
        """One more step."""
        self._steps, self._s, self._waited_s = self._steps + 1, self._s + seconds, self._waited_s + waited_s

    @property
    def s_per_step(self) -> float:
        return self._s / max(1, self._steps)

    @property
    def waited_s_per_step(self) -> float:
        return self._waited_s / max(1, self._steps)

    @property
    def waited_share(self) -> float:
        """Of the time of all steps."""
        return self._waited_s / self._s if self._s else 0.0


class Journal:
    """Log, validations and progress of one run in one folder.

    Args:
        folder: of the run.
        first: step that the run begins at or goes on from.
        total: steps of the schedule.
        board: shows the same numbers, and pictures.
    """

    def __init__(self, folder: Path, first: int, total: int, board: Board | None = None) -> None:
        self.total, self.board = total, board
        self.log, self.validations = Rows(folder / LOG, first), Rows(folder / VALIDATIONS, first)
        self._pace, self._started_s, self._done = Pace(), time.monotonic(), 0
        self._bar = ProgressBar(total, "training", lines="none")

    def __enter__(self) -> Self:
        self._started_s, self._done = time.monotonic(), 0
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)
        if self.board:
            self.board.close()

    def step(self, step: int, values: Mapping[str, Tensor], seconds: float) -> None:
        """After a step that took so long: the bar, and now and then a row and a line."""
        self._done += 1
        self._pace.add(seconds, values[DATA_WAIT].item() if DATA_WAIT in values else 0.0)
        pace = f"{self._pace.s_per_step:.2f} s/step, {self._pace.waited_share:.0%} of it data wait"
        self._bar.show(step, pace)
        if step % LOG_EVERY_STEPS and step != self.total:
            return
        left_min = (time.monotonic() - self._started_s) / self._done * (self.total - step) / 60
        numbers = {name: value.item() for name, value in values.items() if name != DATA_WAIT}
        times = {
            "s_per_step": self._pace.s_per_step, DATA_WAIT: self._pace.waited_s_per_step,
            "data_wait_share": self._pace.waited_share,
        }  # fmt: skip
        self.log.add(step, {**times, "eta_min": left_min, **numbers})
        if self.board:
            rates = {name: value for name, value in numbers.items() if name.endswith("lr")}
            losses = {name: value for name, value in numbers.items() if name not in rates}
            for group, shown_there in (("loss", losses), ("rate", rates), ("time", times)):
                self.board.scalars(group, step, shown_there)
        self._pace = Pace()
        shown = " ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        logger.info("step %d/%d %s, %.0f min left: %s", step, self.total, pace, left_min, shown)

    def validation(
        self,
        step: int,
        values: Mapping[str, float],
        pictures: Tensor | None = None,  # [N, 3, 3, S, S] source, driver and output
    ) -> None:
        """What a validation found."""
        self.validations.add(step, values)
        if self.board:
            self.board.scalars("validation", step, values)
            if pictures is not None:
                self.board.pictures(step, pictures)
        logger.info("validation after step %d: %s", step, " ".join(f"{n} {v:.4f}" for n, v in values.items()))
