from __future__ import annotations

import pytest
import torch

from scripts.measure_reading import SKIN, compared, measures


def test_strength_and_transfer_of_known_readings() -> None:
    true = torch.randn(5, 8, 13, generator=torch.Generator().manual_seed(0))
    assert compared(true + 1, true) == pytest.approx((1, 1))  # what a person looks like at rest does not count
    assert compared(0.5 * true, true) == pytest.approx((0.5, 0.5))
    assert compared(-true, true) == pytest.approx((-1, -1))


def test_each_part_of_a_face_moves_its_own_measures() -> None:
    face = torch.zeros(1, len(SKIN), 3)
    rest = measures(face)
    for points, moved in (((14,), {0}), ((386,), {7}), ((159,), {8}), ((336, 296, 285, 295), {9}), ((152,), {6})):
        other = face.clone()
        other[:, [SKIN.index(point) for point in points if point in SKIN], 1] += 0.1
        changed = {int(n) for n in (measures(other) - rest)[0].abs().gt(1e-4).nonzero()}
        assert moved <= changed and len(changed) <= 3
