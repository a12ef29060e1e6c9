"""The compiled head assets: base mesh, morph targets, joints, skinning weights and masks.

Made by `compile_assets.py`; where everything comes from is written in `data/PROVENANCE.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.suggestions import unknown

ASSETS_PATH = Path(__file__).parent / "data" / "head_assets.npz"


class AssetsError(FeedError):
    """The head assets are missing or incomplete, or a morph target does not exist."""


@dataclass(frozen=True)
class HeadAssets:
    """Base head in MakeHuman's hm08 topology, decimetres, cropped at the upper chest."""

    vertices: np.ndarray  # float32 [N, 3]
    uv_table: np.ndarray  # float32 [., 2]
    quads: dict[str, np.ndarray]  # group -> int32 [m, 4, 2]: vertex and UV index per corner
    joints: dict[str, np.ndarray]  # joint -> int [k]: vertices whose mean is the joint
    skin_weights: np.ndarray  # float32 [N, 5]: torso, neck01, neck02, neck03, head
    masks: dict[str, np.ndarray]  # name -> uint8 [2048, 2048] in UV space
    target_names: tuple[str, ...]
    target_starts: np.ndarray  # int [targets + 1]
    target_indices: np.ndarray  # int32 [.]
    target_offsets: np.ndarray  # float32 [., 3]
    target_numbers: dict[str, int]

    @classmethod
    def load(cls, path: Path = ASSETS_PATH) -> HeadAssets:
        """Read an npz of `compile_assets`.

        Raises:
            AssetsError: the file is missing or is not such an npz.
        """
        try:
            with np.load(path) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, BadZipFile) as error:
            raise AssetsError(
                f"expected the compiled head assets at {path} but could not read them ({words_of(error)}); "
                "reinstall the package or run scripts/compile_head_assets.py"
            ) from error

        def group(prefix: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

        try:
            names = tuple(str(name) for name in arrays["t_names"])
            return cls(
                vertices=arrays["v"].astype(np.float32),
                uv_table=arrays["vt"],
                quads=group("face:"),
                joints=group("joint:") | group("mean:"),
                skin_weights=arrays["W"],
                masks=group("mask:"),
                target_names=names,
                target_starts=arrays["t_ptr"],
                target_indices=arrays["t_idx"],
                target_offsets=arrays["t_d"].astype(np.float32),
                target_numbers={name: number for number, name in enumerate(names)},
            )
        except KeyError as error:
            raise AssetsError(
                f"expected the array {error} in {path} but it has none; run scripts/compile_head_assets.py"
            ) from error

    def add_target(self, vertices: np.ndarray, name: str, weight: float) -> None:
        """Add `weight` times a morph target to vertices float32 [N, 3], in place.

        Raises:
            AssetsError: no such target.
        """
        if weight == 0:
            return
        number = self.target_numbers.get(name)
        if number is None:
            raise AssetsError(unknown("morph target", name, self.target_numbers))
        span = slice(self.target_starts[number], self.target_starts[number + 1])
        vertices[self.target_indices[span]] += weight * self.target_offsets[span]

    def group_vertices(self, group: str) -> np.ndarray:
        """Sorted vertex indices of a face group."""
        return np.unique(self.quads[group][:, :, 0])


@lru_cache(maxsize=1)
def shipped_assets() -> HeadAssets:
    """The assets inside this package, read once."""
    return HeadAssets.load()
