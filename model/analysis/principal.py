"""Principal components of z, and the file that keeps those of the mouth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.jobs.array_store import load_arrays, save_arrays
from model.networks.errors import ModelError

KIND = "mouth-components"


@dataclass(frozen=True, repr=False)
class Components:
    """Principal components of latents, the strongest first."""

    mean: np.ndarray  # float64 [d]
    directions: np.ndarray  # float64 [k, d], unit length
    deviation: np.ndarray  # float64 [k]
    explained: np.ndarray  # float64 [k], shares of the variance

    def __post_init__(self) -> None:
        k, d = self.directions.shape if self.directions.ndim == 2 else (0, 0)
        shapes = {name: getattr(self, name).shape for name in ("mean", "deviation", "explained")}
        if not k or shapes != {"mean": (d,), "deviation": (k,), "explained": (k,)}:
            raise ModelError(f"expected components [k, d] but got {self.directions.shape} and {shapes}")
        if not all(np.isfinite(getattr(self, name)).all() for name in (*shapes, "directions")):
            raise ModelError("expected components of finite numbers but got others")
        if np.abs(self.directions @ self.directions.T - np.eye(k)).max() > 1e-4:
            raise ModelError("expected orthogonal directions of unit length but got others")

    def __repr__(self) -> str:
        return f"Components({len(self.directions)} of {len(self.mean)} dimensions)"

    def project(
        self,
        z: np.ndarray,  # float [..., d]
    ) -> np.ndarray:  # float64 [..., k]
        """PC(k) of Eq. 6."""
        found: np.ndarray = (z.astype(np.float64) - self.mean) @ self.directions.T
        return found


def principal_components(
    latents: np.ndarray,  # float [N, d]
    count: int,
) -> Components:
    """The first components. Raises ModelError for fewer than 2 samples or more components than there can be."""
    return pooled_components([latents], count)


def pooled_components(
    clips: Sequence[np.ndarray],  # float [N_i, d] each
    count: int,
) -> Components:
    """The first components of what changes within clips: how clips differ from each other on average does not count.

    Of one clip its principal components, as in the paper. Several may be of several people, whose z differ at rest.

    Raises:
        ModelError: fewer than 2 samples of a clip on average, or more components than there can be.
    """
    z = [latents.astype(np.float64) for latents in clips]
    total, free = sum(map(len, z)), sum(len(latents) - 1 for latents in z)
    most = min(free, z[0].shape[1]) if z else 0
    if not 1 <= count <= most:
        raise ModelError(f"expected 1 to {most} components of {total} latents but got {count}")
    centred = np.concatenate([latents - latents.mean(axis=0) for latents in z])
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    variance = singular**2 / free
    return Components(
        np.concatenate(z).mean(axis=0), directions[:count], np.sqrt(variance[:count]),
        variance[:count] / variance.sum(),
    )  # fmt: skip


def save_components(path: Path, components: Components, card: Mapping[str, Any]) -> None:
    """One small safetensors file, atomically; the card, plain values, says how they were made."""
    names = ("mean", "directions", "deviation", "explained")
    arrays = {name: getattr(components, name).astype(np.float32) for name in names}
    save_arrays(path, arrays, {"kind": KIND, "version": 1, "card": dict(card)})


def load_components(path: Path) -> tuple[Components, dict[str, Any]]:
    """Components and their card. Raises ModelError where the file is none of these, or damaged."""
    found = load_arrays(path)
    if found is None or found[1].get("kind") != KIND or found[1].get("version") != 1:
        raise ModelError(
            f"expected mouth components in {path} but it is no such file; `feed model analyse components` writes one"
        )
    arrays, said = found
    try:
        names = ("mean", "directions", "deviation", "explained")
        return Components(*(arrays[name].astype(np.float64) for name in names)), dict(said.get("card", {}))
    except (KeyError, TypeError, ValueError, ModelError) as error:
        raise ModelError(f"expected mouth components in {path} but got: {error}") from error
