"""The numbers of the figures on made-up latents with known answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.metrics.moments import merged, moments_of
from model.analysis.canonical import relative_difference
from model.analysis.components import still_upper_face
from model.analysis.disentangle import shares
from model.analysis.material import Clip
from model.analysis.principal import principal_components
from model.analysis.spectrum import LatentSpectrum, latent_spectrum, spectrum_of
from model.networks.errors import ModelError


def latents(n: int, d: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, d)) @ draw.normal(size=(d, d))


def test_latents_in_memory_and_in_pieces_have_one_spectrum() -> None:
    z = latents(300, 12)
    pieces = merged([moments_of(z[:100]), moments_of(z[100:])])
    np.testing.assert_allclose(spectrum_of(z).cumulative, latent_spectrum(pieces).cumulative, rtol=1e-9)


def test_isotropic_and_collapsed_latents() -> None:
    isotropic = np.random.default_rng(1).normal(size=(20_000, 10))
    assert spectrum_of(isotropic).auc_z == pytest.approx(0.55, abs=0.01)  # (d + 1) / 2d
    line = np.outer(np.arange(50.0), np.ones(10)) * np.arange(1, 11)
    assert spectrum_of(line).cumulative.min() == pytest.approx(1.0)


def test_components_are_counted_from_one() -> None:
    spectrum = LatentSpectrum(np.array([0.5, 0.3, 0.15, 0.05]), constant_dims=0, n=10)
    assert [spectrum.components_for(percent) for percent in (40, 80, 81, 99)] == [1, 2, 3, 4]


def test_too_few_frames_are_refused_instead_of_looking_collapsed() -> None:
    with pytest.raises(ModelError, match=r"as many latents as dimensions that vary \(10\) but got 9"):
        spectrum_of(latents(9, 10))
    with pytest.raises(ModelError, match="expected at least 2 latents but got 1"):
        spectrum_of(latents(1, 10))


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
