"""Read a published PyTorch file without running anything that it contains, and fit it to a network."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.file_kind import check_checkpoint

if TYPE_CHECKING:
    from torch import Tensor, nn

_WRAPPERS = ("state_dict", "model", "model_state_dict")
_FORBIDDEN = re.compile(r"unsupported global|trying to|can only (create|build)", re.IGNORECASE)
"""What PyTorch says of a pickle that would call something; anything else means damage."""


def load_state(path: Path | str) -> dict[str, Tensor]:
    """Tensors of a `.pth` or `.pt` file by name, on the CPU. Code in the file is refused, never run.

    Tensors that lie under "state_dict", "model" or "model_state_dict", as trainers leave them, are taken from there.

    Raises:
        FeedError: as `load_saved`, or not tensors by name.
    """
    return _named_tensors(load_saved(path), Path(path))


def load_saved(path: Path | str) -> object:
    """What `torch.save` wrote, tensors and plain containers of them. Code in the file is refused, never run.

    Raises:
        FeedError: a web page, truncated, damaged, of another format, or a pickle that would call something.
    """
    path = Path(path)
    check_checkpoint(path)
    import torch  # seconds, which a file that is none need not cost

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if _FORBIDDEN.search(str(error)):
            raise FeedError(f"expected only tensors in {path} but it holds other objects: refused") from error
        raise _unreadable(path, error) from error
    except Exception as error:  # of a hostile file any: PyTorch's unpickler and archive reader check little
        raise _unreadable(path, error) from error


def _named_tensors(state: object, path: Path) -> dict[str, Tensor]:
    import torch

    found = state
    if isinstance(state, Mapping):
        inner = [key for key in _WRAPPERS if isinstance(state.get(key), Mapping)]
        found = state[inner[0]] if len(inner) == 1 else state
    if not isinstance(found, Mapping):
        raise FeedError(f"expected tensors by name in {path} but got {type(found).__name__}")
    for key, value in found.items():
        if not isinstance(key, str):
            raise FeedError(f"expected tensors by name in {path} but one is called {key!r} ({type(key).__name__})")
        if not isinstance(value, torch.Tensor):
            raise FeedError(f"expected tensors by name in {path} but got {type(value).__name__} for {key!r}")
        if value.layout != torch.strided or value.is_quantized or value.is_meta:
            raise FeedError(f"expected plain tensors in {path} but {key!r} is quantised, sparse or without numbers")
    return dict(found)


def _unreadable(path: Path, error: Exception) -> FeedError:
    detail = next(iter(str(error).splitlines()), "") or type(error).__name__
    return FeedError(f"expected a PyTorch weights file but {path} cannot be read ({detail}); download it again")


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
