"""The newest few checkpoints of a folder, each written whole or not at all."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.loading import load_saved
from model.networks.errors import ModelError

logger = logging.getLogger(__name__)

KEEP = 3
_NAME = re.compile(r"checkpoint(?:-(\d+))?\.pt")  # without a number: of runs before there were several


@dataclass(frozen=True)
class Checkpoints:
    """Checkpoints by step.

    Args:
        folder: where they are.
        keep: how many, at least 1. With 1 a damaged one leaves nothing to go back to.
    """

    folder: Path
    keep: int = KEEP

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise ModelError(f"expected to keep at least 1 checkpoint but got {self.keep}")

    def path(self, step: int) -> Path:
        """Where that of a step lies."""
        return self.folder / f"checkpoint-{step:08}.pt"

    def paths(self) -> list[Path]:
        """Those that are there, the newest first."""
        found = [(match, path) for path in self.folder.glob("checkpoint*.pt") if (match := _NAME.fullmatch(path.name))]
        return [path for _, path in sorted(found, key=lambda one: int(one[0][1] or -1), reverse=True)]

    def write(self, step: int, state: Mapping[str, Any]) -> None:
        """Add one and remove the oldest. Those of later steps, which `newest` could not read, are left alone."""
        path = self.path(step)
        with replacing(path) as part:
            torch.save(dict(state), part)
        paths = self.paths()
        for old in paths[paths.index(path) + self.keep :]:
            old.unlink(missing_ok=True)

    def newest(self) -> tuple[Path, Any] | None:
        """The newest that can be read, and what it holds; None where there is none. Others are told of.

        Raises:
            ModelError: there are some but none can be read.
        """
        damaged: list[str] = []
        for path in self.paths():
            try:
                state = load_saved(path)
            except FeedError:
                damaged.append(path.name)
                continue
            if damaged:
                logger.warning("%s in %s is damaged; going on from %s", ", ".join(damaged), self.folder, path.name)
            return path, state
        if damaged:
            raise ModelError(
                f"expected a checkpoint that can be read in {self.folder} but {', '.join(damaged)} is damaged; remove"
                " it to train from the start, or name another folder with --out"
            )
        return None
