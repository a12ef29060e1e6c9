"""Published tensors to ours, every key and shape accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import torch
from torch import Tensor

from model.networks.config import ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.resnet import IMAGENET_MEAN, IMAGENET_STD
from model.official.fold import spectral_weight, standardised_weight
from model.official.keys import GENERATOR, IGNORED, origin, torchvision_name

_SHOWN = 4
_POSE = "pose_net."
_CONSTANTS = {"nw.mean": IMAGENET_MEAN, "nw.std": IMAGENET_STD, "face.mean": IMAGENET_MEAN, "face.std": IMAGENET_STD}


@dataclass(frozen=True)
class Comparison:
    """How the keys of a checkpoint compare with those that a model needs."""

    used: tuple[str, ...]
    missing: tuple[str, ...]
    wrong_shape: tuple[str, ...]  # "key [found] instead of [expected]"
    unknown: tuple[str, ...]  # inside a network that the model has: another network
    extra: tuple[str, ...] = field(default=())  # outside of them
    ignored: tuple[str, ...] = field(default=())  # constants and training-only

    @property
    def fits(self) -> bool:
        return not (self.missing or self.wrong_shape or self.unknown)

    def differences(self) -> str:
        """One line that names the keys that differ, the first few of each sort."""
        sorts = (
            ("missing", self.missing),
            ("of another shape", self.wrong_shape),
            ("unknown", (*self.unknown, *self.extra)),
        )
        return "; ".join(f"{len(names)} {sort}: {_some(names)}" for sort, names in sorts if names)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def expected_shapes(config: ModelConfig) -> dict[str, list[int]]:
    """Every key that a published stage-1 checkpoint of these sizes must have, with its shape.

    Raises:
        ModelError: the published code has no model with these options.
    """
    shapes: dict[str, list[int]] = {}
    for name, shape in _our_shapes(config).items():
        if name.startswith(_POSE):
            continue
        try:
            place = origin(name, config)
        except KeyError as error:
            raise ModelError(f"expected a published layout but these sizes have {name}, which it has not") from error
        keys = place.stored_keys()
        shapes[keys[0]] = shape
        if place.kind == "spectral":
            rest = 1
            for length in shape[1:]:
                rest *= length
            shapes[keys[1]], shapes[keys[2]] = [shape[0]], [rest]
    return shapes


def compare(shapes: Mapping[str, Sequence[int]], config: ModelConfig) -> Comparison:
    """Keys and shapes of a checkpoint against those that a model of these sizes needs."""
    expected = expected_shapes(config)
    common = [key for key in expected if key in shapes]
    wrong = tuple(
        f"{key} {list(shapes[key])} instead of {expected[key]}" for key in common if list(shapes[key]) != expected[key]
    )
    others = [key for key in shapes if key not in expected]
    ignored = tuple(key for key in others if key.startswith(IGNORED))
    unknown = tuple(key for key in others if key.startswith(GENERATOR) and not key.startswith(IGNORED))
    return Comparison(
        used=tuple(common),
        missing=tuple(key for key in expected if key not in shapes),
        wrong_shape=wrong,
        unknown=unknown,
        extra=tuple(key for key in others if not key.startswith((*GENERATOR, *IGNORED))),
        ignored=ignored,
    )


def convert(tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Folded weights of everything but the head-pose network, by our names.

    Raises:
        ModelError: a key is missing, of another shape, or belongs to another network; names which.
    """
    comparison = compare({key: list(value.shape) for key, value in tensors.items()}, config)
    if not comparison.fits:
        raise ModelError(f"expected an EMOPortraits stage-1 checkpoint but its keys differ: {comparison.differences()}")
    _check_constants(tensors)
    return convert_network(tensors, config, "")


def _check_constants(tensors: Mapping[str, Tensor]) -> None:
    """The constants of the published encoders are ImageNet's; with others its weights would see other pictures.

    Raises:
        ModelError: names the constant and both values.
    """
    for key, value in tensors.items():
        expected = next((numbers for ending, numbers in _CONSTANTS.items() if key.endswith(ending)), None)
        if expected is None or not key.startswith(IGNORED):
            continue
        got = value.flatten().double()
        if got.shape != (3,) or not torch.allclose(got, torch.tensor(expected, dtype=torch.float64), atol=1e-3):
            shown = ", ".join(f"{number:.4g}" for number in got[:3].tolist())
            raise ModelError(f"expected {key} to be ImageNet's {expected} but got {shown}: another model's pictures")


def convert_network(tensors: Mapping[str, Tensor], config: ModelConfig, network: str) -> dict[str, Tensor]:
    """The folded weights whose names (ours) start with `network`; raises on what is not finite, checks no keys."""
    out = {}
    for name in _our_shapes(config):
        if name.startswith(_POSE) or not name.startswith(network):
            continue
        place = origin(name, config)
        stored = [tensors[key] for key in place.stored_keys()]
        if not all(tensor.is_floating_point() and tensor.isfinite().all() for tensor in stored):
            raise ModelError(f"expected finite weights but {place.key} has others; is the checkpoint damaged?")
        if place.kind == "spectral":
            try:
                out[name] = spectral_weight(*stored)
            except ValueError as error:
                raise ModelError(
                    f"expected {place.key} with u and v of its own spectral norm but {error}; a layer of another"
                    " checkpoint, a transposed weight or a damaged file"
                ) from error
        else:
            out[name] = standardised_weight(stored[0]) if place.kind == "standardised" else stored[0].float()
        if not out[name].isfinite().all():
            raise ModelError(f"expected finite weights but {place.key} gives others; is the checkpoint damaged?")
    return out


def convert_pose_net(tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """The head-pose regressor (torchvision's ResNet-18 with nine outputs) by our names.

    Raises:
        ModelError: a key is missing, unknown, or of another shape; names which.
    """
    ours = {name: shape for name, shape in _our_shapes(config).items() if name.startswith(_POSE)}
    places = {name: _pose_key(name) for name in ours}
    keys = set(places.values())
    # Old files lack batch norm's counters, which nothing reads.
    counters = {key: torch.zeros((), dtype=torch.int64) for key in keys if key.endswith("num_batches_tracked")}
    tensors = {**counters, **tensors}
    comparison = Comparison(
        used=tuple(key for key in tensors if key in keys),
        missing=tuple(key for key in places.values() if key not in tensors),
        wrong_shape=tuple(
            f"{key} {list(tensors[key].shape)} instead of {ours[name]}"
            for name, key in places.items()
            if key in tensors and list(tensors[key].shape) != ours[name]
        ),
        unknown=tuple(key for key in tensors if key not in keys),
    )
    if not comparison.fits:
        raise ModelError(
            f"expected a head-pose regressor (ResNet-18 with 9 outputs) but its keys differ: {comparison.differences()}"
        )
    for key in places.values():
        if tensors[key].is_floating_point() and not tensors[key].isfinite().all():
            raise ModelError(f"expected finite numbers in the head-pose regressor but {key} has others; is it damaged?")
    return {name: tensors[key] for name, key in places.items()}


def _pose_key(name: str) -> str:
    layer, leaf = name.removeprefix(_POSE).rsplit(".", 1)
    return f"{torchvision_name(layer.removeprefix('trunk.'))}.{leaf}"


@cache
def _our_shapes(config: ModelConfig) -> dict[str, list[int]]:
    with torch.device("meta"):
        return {name: list(value.shape) for name, value in EMOPortraits(config).state_dict().items()}
