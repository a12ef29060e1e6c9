"""The reference packages import."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "name", ["torchvision", "pytorch_fid.inception", "cleanfid.fid", "torch_fidelity", "lpips", "torchmetrics"]
)
def test_reference_packages_import(name: str) -> None:
    pytest.importorskip(name, reason=f"{name} is not installed: it comes with the extra oracles")
