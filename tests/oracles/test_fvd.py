"""FVD equals cd-fvd."""

from __future__ import annotations

import pytest

from tests.oracles.compare_fvd import compare

pytest.importorskip("cdfvd.third_party.i3d.pytorch_i3d", reason="cd-fvd is not installed: extra oracles")


def test_frames_logits_and_distance_equal_the_package() -> None:
    for figure in compare(quick=True):
        assert figure.is_met, figure
