"""What a run shows in a tracker, where `--tracker` asks for one: curves, and pictures of validations."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from feed_dataset.core.jobs.atomic import replacing
from model.networks.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

TRACKERS = ("tensorboard", "trackio", "wandb")
"""Names of packages, of extras and of values of `--tracker`."""
FOLDER = "tensorboard"
PICTURES = "source, driver, output"
PROJECT = "feed-model"
RUN_NAME = "tracker-run.txt"
"""In the folder of a run that trackio or W&B shows: its name there."""


class Board(Protocol):
    """One run in a tracker."""

    def scalars(self, group: str, step: int, values: Mapping[str, float]) -> None:
        """One point of each curve; curves of a group are shown together."""
        ...

    def pictures(
        self,
        step: int,
        rows: Tensor,  # [N, 3, 3, S, S] in [0, 1]: source, driver and output of N samples
    ) -> None:
        """One picture with a row for each sample."""
        ...

    def close(self) -> None:
        """After the last point."""
        ...


def check_installed(tracker: str) -> None:
    """Raises ModelError for a tracker that is none, or whose package is missing, with how to get it."""
    if tracker not in TRACKERS:
        raise ModelError(f"expected a tracker among {', '.join(TRACKERS)} but got {tracker!r}")
    if find_spec(tracker) is None:
        raise ModelError(
            f"expected the package {tracker} for --tracker {tracker} but it is not installed;"
            f" pip install 'feed-benchmark[{tracker}]'"
        )


def open_board(tracker: str, folder: Path, after: int, settings: Mapping[str, Any]) -> Board:
    """The run of a folder in a tracker, begun or gone on with.

    Args:
        tracker: one of `TRACKERS`.
        folder: of the run.
        after: step that it goes on from. TensorBoard takes points of later steps back: a run that was killed draws
            them again. The others only grow: W&B leaves such points out, trackio shows them twice.
        settings: plain values that stand beside the curves, where a tracker has a place for them.

    Raises:
        ModelError: the package is missing, or does not begin a run; says why.
    """
    check_installed(tracker)
    if tracker == "tensorboard":
        return _TensorBoard(folder, after)
    return _LikeWandb(tracker, folder, settings)


class _TensorBoard:
    def __init__(self, folder: Path, after: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / FOLDER), purge_step=after + 1)

    def scalars(self, group: str, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)
        self._writer.flush()

    def pictures(self, step: int, rows: Tensor) -> None:
        self._writer.add_image(f"validation/{PICTURES}", grid(rows), step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class _LikeWandb:
    """W&B, or trackio, which has its interface. Their own variables say where to (WANDB_MODE, TRACKIO_DIR, ...)."""

    def __init__(self, package: str, folder: Path, settings: Mapping[str, Any]) -> None:
        self._package = import_module(package)
        name = _run_name(folder)
        more = {"id": name, "dir": str(folder)} if package == "wandb" else {}
        try:
            self._run = self._package.init(project=PROJECT, name=name, resume="allow", config=dict(settings), **more)
        except Exception as error:  # of their own kinds: no account, no network, a server that refuses
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise ModelError(f"expected {package} to begin the run {name} but got: {reason}") from error

    def scalars(self, group: str, step: int, values: Mapping[str, float]) -> None:
        self._run.log({f"{group}/{name}": value for name, value in values.items()}, step=step)

    def pictures(self, step: int, rows: Tensor) -> None:
        pixels = grid(rows).mul(255).round().byte().permute(1, 2, 0).numpy()
        self._run.log({"validation/pictures": self._package.Image(pixels, caption=PICTURES)}, step=step)

    def close(self) -> None:
        self._run.finish()


def _run_name(folder: Path) -> str:
    """The same for every start in this folder, and no other folder's."""
    path = folder / RUN_NAME
    name = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if not name:
        name = f"{folder.resolve().name}-{secrets.token_hex(4)}"
        with replacing(path) as part:
            part.write_text(f"{name}\n", encoding="utf-8")
    return name


def grid(
    rows: Tensor,  # [N, M, 3, S, S]
) -> Tensor:  # [3, N * S, M * S] in [0, 1]
    """N rows of M pictures as one picture."""
    count, columns, channels, side, _ = rows.shape
    placed = rows.permute(2, 0, 3, 1, 4).reshape(channels, count * side, columns * side)
    return placed.detach().float().cpu().clamp(0, 1)
