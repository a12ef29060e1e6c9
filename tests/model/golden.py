"""Deterministic weights and inputs, functions of their names alone, and the published code's outputs for them."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

FOLDER = Path(__file__).resolve().parent.parent / "data" / "golden"
CONSTANTS = (".mean", ".std", "identity_grid", "identity_grid_512", "aligned_keypoints")
"""Endings of keys that hold constants: they keep the values that the published code gives them."""


def shapes() -> dict[str, list[int]]:
    """Every key of the published model with its shape."""
    loaded: dict[str, list[int]] = json.loads((FOLDER / "shapes.json").read_text(encoding="utf-8"))
    return loaded


def outputs() -> dict[str, Tensor]:
    """What the published code computed."""
    with np.load(FOLDER / "outputs.npz") as stored:
        return {key: torch.from_numpy(stored[key]) for key in stored.files}


def generator(name: str) -> np.random.Generator:
    """Seeded by the CRC-32 of the name."""
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


def normal(name: str, *shape: int) -> Tensor:
    """Standard normal numbers."""
    return torch.from_numpy(generator(name).standard_normal(shape).astype(np.float32))


def picture(name: str, side_px: int = 512) -> Tensor:  # [1, 3, side, side] in {0, 1/255, ..., 1}
    """A smooth, textured picture."""
    rng = generator(name)
    y, x = np.mgrid[0:side_px, 0:side_px] / (side_px - 1)
    planes = []
    for _ in range(3):
        a, b, p, q = rng.uniform(2, 11, 4)
        noise = 0.04 * rng.standard_normal((side_px, side_px))
        planes.append(0.5 + 0.25 * np.sin(a * x + p) * np.cos(b * y - q) + noise)
    eight_bits = (np.clip(np.stack(planes), 0, 1) * 255).round().astype(np.float32)
    return torch.from_numpy(eight_bits / 255)[None]


def weights(keys: dict[str, list[int]]) -> dict[str, Tensor]:
    """The tensors of these keys, constants left out; `weight_u` and `weight_v` need their `weight_orig` among them."""
    made = {key: _tensor(key, shape) for key, shape in keys.items() if not key.endswith((*CONSTANTS, "_u", "_v"))}
    for key in keys:
        if key.endswith("weight_u"):
            stem = key.removesuffix("_u")
            made[key], made[f"{stem}_v"] = _singular_pair(made[f"{stem}_orig"], stem)
    return {key: torch.from_numpy(value) for key, value in made.items()}


def _tensor(key: str, shape: list[int]) -> np.ndarray:
    if key.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    value = generator(key).standard_normal(shape)
    leaf = key.rsplit(".", 1)[-1]
    if leaf == "running_var":
        value = np.ones(shape)
    elif leaf == "bias":
        value = 0.1 * value
    elif ".projector.u." in key:
        value = value * shape[1] ** -0.5
    elif ".projector.v." in key:
        value = value * 0.5 * shape[0] ** -0.5
    elif leaf == "weight" and len(shape) == 1:
        value = 1 + 0.15 * value
    elif leaf in ("weight", "weight_orig"):
        value = value * np.prod(shape[1:]) ** -0.5
    return np.asarray(value, dtype=np.float32)


def _singular_pair(weight: np.ndarray, name: str, steps: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Leading singular vectors (u [out], v [rest]) by power iteration from a named start."""
    matrix = weight.reshape(weight.shape[0], -1).astype(np.float64)
    u = generator(f"{name}/u").standard_normal(matrix.shape[0])
    products = matrix @ matrix.T  # one product of matrices is quicker than many with a vector
    for _ in range(steps - 1):
        u = products @ u
        u /= np.linalg.norm(u)
    v = matrix.T @ u
    v /= np.linalg.norm(v)
    u = matrix @ v
    u /= np.linalg.norm(u)
    return u.astype(np.float32), v.astype(np.float32)
