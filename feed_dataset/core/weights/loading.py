"""Read a published PyTorch file without running anything that it contains, and fit it to a network."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import FeedError

if TYPE_CHECKING:
    from torch import Tensor, nn


def load_state(path: Path | str) -> dict[str, Tensor]:
    """Tensors of a `.pth` or `.pt` file by name, on the CPU. Code in the file is refused, never run.

    Raises:
        FeedError: not a file of tensors: truncated, of another format, or a pickle that would call something.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise FeedError(f"expected only tensors in {path} but it holds other objects: refused") from error
    except (RuntimeError, OSError, EOFError, KeyError, ValueError) as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FeedError(f"expected a PyTorch weights file but {path} cannot be read ({detail})") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise FeedError(f"expected tensors by name in {path} but got {type(state).__name__}")
    return dict(state)


def fit_state(network: nn.Module, state: Mapping[str, Tensor], what: str) -> None:
    """Load `state` into `network`; both must have exactly the same names and shapes.

    Counters of batch norm (`num_batches_tracked`) may be missing: older files lack them and inference does not read
    them.

    Raises:
        FeedError: names some of the differences.
    """
    own = network.state_dict()
    filled = {name: value for name, value in own.items() if name.endswith("num_batches_tracked")} | dict(state)
    wrong = sorted(
        name
        for name in own.keys() | filled.keys()
        if name not in own or name not in filled or own[name].shape != filled[name].shape
    )
    if wrong:
        raise FeedError(f"expected the weights of {what} but {len(wrong)} tensors differ, such as {wrong[:3]}")
    network.load_state_dict(filled)
