"""A model folder: `config.json` (sizes, provenance, digest of the weights) and `model.safetensors`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from torch import Tensor, nn

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import read_text, regular_size
from feed_dataset.core.jobs.words import with_article
from model.networks.config import ModelConfig
from model.networks.errors import ModelError

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
MOST_NUMBERS = 1_000_000_000  # five times the published model
_MOST_SETTINGS_BYTES = 16 << 20


class Sizes(Protocol):
    """What decides the shapes of a network, as plain values."""

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self: ...


S = TypeVar("S", bound=Sizes)


@dataclass(frozen=True)
class Checkpoint(Generic[S]):
    """What a model folder holds."""

    config: S
    tensors: dict[str, Tensor]
    weights_sha256: str
    provenance: dict[str, Any]
    absent: tuple[str, ...] = ()  # networks without weights, e.g. ("pose_net",)


def read_checkpoint(config_file: Path, weights_file: Path, sizes: type[S]) -> Checkpoint[S]:
    """Raises `ModelError` when a file is missing, damaged or of a network with other sizes than these."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    settings = _settings(config_file)
    try:
        regular_size(weights_file)
        data = weights_file.read_bytes()
        tensors = load(data)
    except (OSError, SafetensorError) as error:
        raise _damaged(weights_file, error) from error
    digest = hashlib.sha256(data).hexdigest()
    if settings.get("weights_sha256", digest) != digest:
        raise ModelError(
            f"expected the weights {str(settings['weights_sha256'])[:12]} that {config_file} speaks of but"
            f" {weights_file.name} is {digest[:12]}; it is damaged or of another checkpoint"
        )
    return Checkpoint(
        config=sizes.from_dict(settings["model"]),
        tensors=tensors,
        weights_sha256=digest,
        provenance=settings.get("provenance", {}),
        absent=tuple(map(str, settings.get("absent", ()))),
    )


def read_settings(config_file: Path) -> tuple[ModelConfig, dict[str, Any]]:
    """Sizes and provenance alone. Raises `ModelError` when the file is missing or damaged."""
    sizes, provenance = read_sizes(config_file)
    return ModelConfig.from_dict(sizes), provenance


def read_sizes(config_file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """As `read_settings`, of any network: its sizes as they stand there."""
    settings = _settings(config_file)
    return settings["model"], settings.get("provenance", {})


def _settings(config_file: Path) -> dict[str, Any]:
    try:
        settings = json.loads(read_text(config_file, at_most_bytes=_MOST_SETTINGS_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(config_file, error) from error
    if not isinstance(settings, dict) or not isinstance(settings.get("model"), dict):
        raise ModelError(
            f'expected {config_file} to have the sizes under "model" but it has none; is it another model?'
        )
    for name, kind in (("provenance", dict), ("absent", list)):
        if not isinstance(settings.get(name, kind()), kind):
            wanted = with_article(kind.__name__)
            raise ModelError(f'expected "{name}" in {config_file} to be {wanted} but got {settings[name]!r}')
    return settings


def _damaged(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"expected a model folder with {CONFIG_FILE} and {WEIGHTS_FILE} at {path.parent} but got: {words_of(error)}"
    )


def write_checkpoint(
    folder: Path,
    config: Sizes,
    tensors: Mapping[str, Tensor],
    provenance: Mapping[str, Any],
    absent: tuple[str, ...] = (),
) -> str:
    """Write both files, each by atomic rename; returns the sha256 of the weights."""
    from safetensors.torch import save

    data = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    digest = hashlib.sha256(data).hexdigest()
    settings: dict[str, Any] = {
        "model": config.to_dict(), "provenance": dict(provenance), "weights_sha256": digest
    }  # fmt: skip
    if absent:
        settings["absent"] = list(absent)
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    for name, content in ((WEIGHTS_FILE, data), (CONFIG_FILE, text.encode())):
        with replacing(folder / name) as part:
            part.write_bytes(content)
    return digest


def check_size(model: nn.Module) -> None:
    """Refuse a model that would fill the memory, while it has shapes alone (on the device "meta").

    Raises:
        ModelError: it has more numbers than any machine of this field holds for one.
    """
    count = sum(value.numel() for value in (*model.parameters(), *model.buffers()))
    if count > MOST_NUMBERS:
        raise ModelError(
            f"expected a model of at most {MOST_NUMBERS:,} numbers but these sizes ask for {count:,}"
            f" ({4 * count / 1e9:.0f} GB); is {CONFIG_FILE} damaged?"
        )


def check_exactly(model: nn.Module, tensors: Mapping[str, Tensor], absent: tuple[str, ...] = ()) -> None:
    """Check that tensors are exactly those of the model, networks named in `absent` aside.

    Raises:
        ModelError: tensors are missing, unknown or of another shape; names the first few.
    """
    expected = model.state_dict()
    needed = {name for name in expected if name.split(".", 1)[0] not in absent}
    problems = [f"missing {name}" for name in sorted(needed - tensors.keys())]
    problems += [f"unknown {name}" for name in sorted(tensors.keys() - expected.keys())]
    problems += [
        f"{name} is {list(tensors[name].shape)} instead of {list(expected[name].shape)}"
        for name in sorted(expected.keys() & tensors.keys())
        if tensors[name].shape != expected[name].shape
    ]
    if problems:
        shown = "; ".join(problems[:3])
        raise ModelError(f"expected weights of this model but {len(problems)} tensors differ: {shown}")


def load_exactly(model: nn.Module, tensors: Mapping[str, Tensor], absent: tuple[str, ...] = ()) -> None:
    """Load tensors that are exactly those of the model. Raises ModelError, as `check_exactly`."""
    check_exactly(model, tensors, absent)
    expected = model.state_dict()
    model.load_state_dict({name: value.to(expected[name].dtype) for name, value in tensors.items()}, strict=False)
