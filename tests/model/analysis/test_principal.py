"""Principal components: the mouth's alone, the same however they are computed, and kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.jobs.array_store import save_arrays
from model.analysis.principal import (
    Components,
    load_components,
    pooled_components,
    principal_components,
    save_components,
)
from model.networks.errors import ModelError


def latents(count: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(count, 5)) @ np.diag([5.0, 3, 2, 1, 0.5]) + draw.normal(size=5)


def test_components_are_those_of_the_covariance() -> None:
    """Against its eigenvectors, and projections against their definition."""
    z = latents(200)
    found = principal_components(z, 3)
    values, vectors = np.linalg.eigh(np.cov(z.T))
    np.testing.assert_allclose(found.deviation**2, values[::-1][:3])
    np.testing.assert_allclose(np.abs(found.directions @ vectors[:, ::-1][:, :3]), np.eye(3), atol=1e-9)
    np.testing.assert_allclose(found.explained, values[::-1][:3] / values.sum())
    np.testing.assert_allclose(found.project(z).std(axis=0, ddof=1), found.deviation)
    np.testing.assert_allclose(found.project(z)[7, 2], (z[7] - z.mean(axis=0)) @ found.directions[2])


def test_what_clips_differ_in_on_average_does_not_count() -> None:
    people = [latents(100, seed) for seed in range(3)]
    far = [z + 100 * np.eye(5)[4] * number for number, z in enumerate(people)]
    near, moved = pooled_components(people, 2), pooled_components(far, 2)
    np.testing.assert_allclose(np.abs(near.directions), np.abs(moved.directions))
    np.testing.assert_allclose(near.deviation, moved.deviation)
    assert abs(principal_components(np.concatenate(far), 1).directions[0, 4]) > 0.9


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    found = principal_components(latents(50), 4)
    save_components(tmp_path / "m.safetensors", found, {"mouths": ["a"]})
    read, card = load_components(tmp_path / "m.safetensors")
    assert card == {"mouths": ["a"]} and (tmp_path / "m.safetensors").stat().st_size < 2000
    for name in ("mean", "directions", "deviation", "explained"):
        np.testing.assert_allclose(getattr(read, name), getattr(found, name), rtol=1e-6)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with pytest.raises(ModelError, match="expected mouth components in .* but it is no such file"):
        load_components(path)
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no such file"):
        load_components(path)
    bad = {name: np.ones(2) for name in ("mean", "deviation", "explained")} | {"directions": np.ones((2, 2))}
    save_arrays(path, bad, {"kind": "mouth-components", "version": 1})
    with pytest.raises(ModelError, match="orthogonal directions of unit length"):
        load_components(path)
    save_arrays(path, {"mean": np.ones(2)}, {"kind": "mouth-components", "version": 1})
    with pytest.raises(ModelError, match="directions"):
        load_components(path)


def test_more_components_than_there_can_be() -> None:
    with pytest.raises(ModelError, match="expected 1 to 2 components of 3 latents but got 3"):
        principal_components(latents(3), 3)
    with pytest.raises(ModelError, match="expected 1 to 2 components of 4 latents but got 3"):
        pooled_components([latents(2), latents(2)], 3)
    with pytest.raises(ModelError, match=r"expected components \[k, d\]"):
        Components(np.ones(3), np.ones((1, 2)), np.ones(1), np.ones(1))
