"""What closing the lids does to z, of exact face points."""

from __future__ import annotations

import pytest
import torch

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.sources.shapes import LIDS, closed_lids, z_of_shapes


@pytest.fixture(scope="module")
def teacher() -> EMOPortraits:
    return EMOPortraits.from_preset("emoportraits-mini", pretrained=True)


def test_lids_close_alike_on_other_people(teacher: EMOPortraits) -> None:
    lids = closed_lids(teacher, [3_000_000, 3_000_001])
    rest, shut = z_of_shapes(teacher, 3_000_002, LIDS)
    assert torch.nn.functional.cosine_similarity(lids, shut - rest, dim=0) > 0.9
    assert 0.5 < lids.norm() / (shut - rest).norm() < 2


def test_lids_are_not_a_mouth(teacher: EMOPortraits) -> None:
    lids = closed_lids(teacher, [3_000_000])
    rest, wide = z_of_shapes(teacher, 3_000_000, [{}, {"jawOpen": 1.0}])
    assert abs(torch.nn.functional.cosine_similarity(lids, wide - rest, dim=0)) < 0.5


def test_nobody_is_refused(teacher: EMOPortraits) -> None:
    with pytest.raises(ModelError, match="at least 1 person"):
        closed_lids(teacher, [])
