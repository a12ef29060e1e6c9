"""What a run shows in TensorBoard, where `--tensorboard` asks for it: curves, and pictures of validations."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from model.networks.errors import ModelError

FOLDER = "tensorboard"
PICTURES = "source, driver, output"


def check_installed() -> None:
    """Raises ModelError where the package is missing, with how to get it."""
    if find_spec("tensorboard") is None:
        raise ModelError(
            "expected the package tensorboard for --tensorboard but it is not installed;"
            " pip install 'feed-benchmark[tensorboard]'"
        )


class Board:
    """Event files of one run.

    Args:
        folder: of the run.
        after: TensorBoard takes points of later steps back: a run that was killed draws them again.
    """

    def __init__(self, folder: Path, after: int) -> None:
        check_installed()
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / FOLDER), purge_step=after + 1)

    def scalars(self, group: str, step: int, values: Mapping[str, float]) -> None:
        """One point of each curve; curves of a group are shown together."""
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)
        self._writer.flush()

    def pictures(
        self,
        step: int,
        rows: Tensor,  # [N, 3, 3, S, S] in [0, 1]: source, driver and output of N samples
    ) -> None:
        """One picture with a row for each sample."""
        self._writer.add_image(f"validation/{PICTURES}", grid(rows), step)
        self._writer.flush()

    def close(self) -> None:
        """After the last point."""
        self._writer.close()


def grid(
    rows: Tensor,  # [N, M, 3, S, S]
) -> Tensor:  # [3, N * S, M * S] in [0, 1]
    """N rows of M pictures as one picture."""
    count, columns, channels, side, _ = rows.shape
    placed = rows.permute(2, 0, 3, 1, 4).reshape(channels, count * side, columns * side)
    return placed.detach().float().cpu().clamp(0, 1)
