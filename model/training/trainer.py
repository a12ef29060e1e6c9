"""The trainer: runs a recipe step by step in one folder, averages, logs, validates, saves, and goes on exactly."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Generic

import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.training.board import open_board
from model.training.checkpoints import KEEP, Checkpoints
from model.training.journal import Journal
from model.training.loader import worker_deaths_named
from model.training.processes import Processes
from model.training.recipe import M, NotFinite, Pictured, Recipe, device_of

Validate = Callable[[M, int], Mapping[str, float]]
"""Averaged weights in evaluation mode and the step, to values for the log."""


class Trainer(Generic[M]):
    """One run in one folder.

    Args:
        recipe: what is trained.
        folder: of the checkpoints, the log and the exported weights; the newest checkpoint in it is gone on from.
        save_every_s: seconds between checkpoints.
        keep: how many of them.
        validate: what else to measure in a validation, besides what the recipe watches.
        validate_every: steps between validations; 0: at the end alone.
        tracker: also show losses, rates, times, and validations with pictures there; one of `board.TRACKERS`.
        processes: that train together; the first one writes and validates.
    """

    def __init__(
        self,
        recipe: Recipe[M],
        folder: Path,
        *,
        save_every_s: float = 120.0,
        keep: int = KEEP,
        validate: Validate[M] | None = None,
        validate_every: int = 0,
        tracker: str | None = None,
        processes: Processes | None = None,
    ) -> None:
        self.processes = processes or Processes()
        self.recipe, self.folder, self.save_every_s = recipe, folder, save_every_s
        self.validate, self.validate_every = validate, validate_every
        self.average = {name: value.detach().clone() for name, value in recipe.model.state_dict().items()}
        self.step = 0
        self.checkpoints = Checkpoints(folder, keep)
        self.saved: Path | None = None
        folder.mkdir(parents=True, exist_ok=True)
        found = self.checkpoints.newest()
        if found is not None:
            self._resume(*found)
        self.journal: Journal | None = None
        if self.processes.writes:
            board = None if tracker is None else open_board(tracker, folder, self.step, recipe.settings())
            self.journal = Journal(folder, self.step, recipe.total_steps, board)

    def run(self, deadline_s: float | None = None, *, until: int | None = None) -> None:
        """Train until the schedule ends; saves before it returns.

        Args:
            deadline_s: stop after this many seconds.
            until: stop after this many steps of the schedule.

        Raises:
            ModelError: a loss or a gradient is not finite. Says where the last good checkpoint is, which is kept.
        """
        total = self.recipe.total_steps
        started = saved = time.monotonic()
        last = total if until is None else min(until, total)
        with self.journal or nullcontext():
            while self.step < last and not self._passed(started, deadline_s):
                begun = time.monotonic()
                values = self._update()
                self.step += 1
                self._update_average()
                if self.journal:
                    self.journal.step(self.step, values, time.monotonic() - begun)
                if self.validate_every and self.step % self.validate_every == 0 and self.step < total:
                    if self.validate:  # what comes from outside may fail
                        self.save()
                    self._validate()
                if self._passed(saved, self.save_every_s):
                    self.save()
                    saved = time.monotonic()
            self.save()
            if self.step == total:
                self._validate()

    def _passed(self, since: float, limit_s: float | None) -> bool:
        return limit_s is not None and self.processes.agreed(time.monotonic() - since > limit_s)

    def _update(self) -> dict[str, Tensor]:
        try:
            with worker_deaths_named():
                return self.recipe.update(self.step)
        except NotFinite as error:
            kept = "no checkpoint was written yet"
            if self.saved is not None:
                kept = f"the last good checkpoint is {self.saved}"
            raise ModelError(
                f"step {self.step}: {error}; {kept}. Training is a function of the step, so going on ends here again:"
                " lower the learning rate or the weight of what is not finite, and start in another folder"
            ) from error

    def _update_average(self) -> None:
        decay = min(self.recipe.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.recipe.model.state_dict().items():
                if value.is_floating_point():
                    self.average[name].lerp_(value, 1 - decay)
                else:
                    self.average[name].copy_(value)

    def averaged_model(self) -> M:
        """A copy of the model with the averaged weights, in evaluation mode."""
        model = type(self.recipe.model)(self.recipe.model.config)
        model.load_state_dict(self.average)
        model.provenance = self.recipe.provenance(self.step)
        return model.to(device_of(self.recipe.model)).eval()

    def _validate(self) -> None:
        if self.journal is None or self.journal.validations.last_step == self.step:
            return
        model = self.averaged_model()
        values = self.recipe.watch(model) | (dict(self.validate(model, self.step)) if self.validate else {})
        shown = self.recipe.pictures(model) if self.journal.board and isinstance(self.recipe, Pictured) else None
        self.journal.validation(self.step, values, shown)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        recipe = self.recipe
        return {
            "step": self.step, "average": self.average, "settings": recipe.settings(),
            "modules": {name: module.state_dict() for name, module in recipe.modules.items()},
            "optimisers": {name: optimiser.state_dict() for name, optimiser in recipe.optimisers.items()},
        }  # fmt: skip

    def save(self) -> None:
        """Write the resumable checkpoint and the averaged weights, each atomically."""
        self.saved = self.checkpoints.path(self.step)
        if not self.processes.writes:
            return
        self.checkpoints.write(self.step, self.state())
        self.averaged_model().half().save_pretrained(self.folder / "export")

    def _resume(self, path: Path, state: Any) -> None:
        try:
            self._check_settings(state["settings"], path)
            for name, module in self.recipe.modules.items():
                module.load_state_dict(state["modules"][name])
            for name, optimiser in self.recipe.optimisers.items():
                optimiser.load_state_dict(state["optimisers"][name])
            here = self.recipe.model.state_dict()
            self.average = {name: value.to(here[name].device) for name, value in state["average"].items()}
            self.step, self.saved = int(state["step"]), path
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise ModelError(
                f"expected a training of these sizes in {path} but got: {reason}; name another folder with --out"
            ) from error

    def _check_settings(self, then: Mapping[str, Any], path: Path) -> None:
        """Raises ModelError where the run in the folder was made with other settings: it could not go on exactly."""
        now = self.recipe.settings()
        other = [name for name in sorted(now.keys() | then.keys()) if now.get(name) != then.get(name)]
        if other:
            shown = "; ".join(f"{name} {then.get(name)!r} there, {now.get(name)!r} here" for name in other[:3])
            raise ModelError(f"expected the settings of the run in {path} but {shown}; name another folder with --out")
