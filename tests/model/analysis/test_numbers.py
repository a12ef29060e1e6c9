"""The numbers of the figures on made-up latents with known answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.metrics.auc_z import latent_spectrum
from benchmark.metrics.moments import moments_of
from model.analysis.canonical import relative_difference
from model.analysis.components import still_upper_face
from model.analysis.disentangle import shares
from model.analysis.latent import components_needed, explained_variance
from model.analysis.material import Clip
from model.analysis.principal import principal_components
from model.networks.errors import ModelError


def latents(n: int, d: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, d)) @ draw.normal(size=(d, d))


def test_the_curve_is_that_of_the_benchmarks_metric() -> None:
    z = latents(300, 12)
    assert explained_variance(z).mean() == pytest.approx(latent_spectrum(moments_of(z)).auc_z, rel=1e-9)


def test_isotropic_and_collapsed_latents() -> None:
    isotropic = np.random.default_rng(1).normal(size=(20_000, 10))
    assert explained_variance(isotropic).mean() == pytest.approx(0.55, abs=0.01)  # (d + 1) / 2d
    line = np.outer(np.arange(50.0), np.ones(10)) * np.arange(1, 11)
    assert explained_variance(line).min() == pytest.approx(1.0)


def test_components_needed_counts_from_one() -> None:
    curve = np.array([0.5, 0.8, 0.95, 1.0])
    assert [components_needed(curve, share) for share in (0.4, 0.8, 0.81, 0.99)] == [1, 2, 3, 4]


def test_too_few_frames_are_refused_instead_of_looking_collapsed() -> None:
    with pytest.raises(ModelError, match=r"more frames than dimensions of z that vary \(10\) but got 10"):
        explained_variance(latents(10, 10))


def test_principal_components_find_a_known_direction() -> None:
    draw = np.random.default_rng(2)
    direction = np.array([3.0, 4.0, 0.0]) / 5
    z = draw.normal(size=(4000, 1)) * 2 * direction + 0.1 * draw.normal(size=(4000, 3))
    found = principal_components(z, 2)
    assert abs(found.directions[0] @ direction) > 0.999
    assert found.deviation[0] == pytest.approx(2.0, rel=0.05) and found.explained[0] > 0.98


def test_shares_of_rows_and_columns() -> None:
    rows, columns = np.arange(4.0)[:, None, None], np.arange(3.0)[None, :, None] * 10
    grid = np.zeros((4, 3, 1))
    assert shares(grid + rows) == pytest.approx((1, 0, 0))
    assert shares(grid + columns) == pytest.approx((0, 1, 0))
    by_row, by_column, rest = shares(grid + rows + columns)
    assert rest == pytest.approx(0, abs=1e-12) and by_row / by_column == pytest.approx(1.25 / (100 * 2 / 3))
    with pytest.raises(ModelError, match="all are alike"):
        shares(grid)


def test_equal_volumes_do_not_differ_and_opposite_ones_do() -> None:
    volume = torch.randn(2, 3, 4)
    assert relative_difference(volume, volume) == 0
    assert relative_difference(volume, -volume) == pytest.approx(2)


def test_the_upper_face_stays_still_and_the_mouth_moves() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    points = np.zeros((3, 468, 3), np.float32)
    points[:, :, 0] = np.linspace(100, 200, 468)
    points[:, :, 1] = np.linspace(100, 200, 468)
    points[:, [0, 2], 1] = 150  # lip and nose at half of the height
    still = still_upper_face(Clip("a", "a", crops, points))
    assert (still[:, :28] == crops[:1, :28]).all() and (still[:, 37:] == crops[:, 37:]).all()
