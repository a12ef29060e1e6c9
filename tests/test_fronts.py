"""The packages' fronts: cheap to import, and every name in their stubs is there."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("feed_dataset", "benchmark", "baselines", "model", "leaderboard")
FRONTS = sorted(
    ".".join(stub.parent.relative_to(ROOT).parts) for room in ROOMS for stub in (ROOT / room).rglob("__init__.pyi")
)
HEAVY = ("cv2", "datasets", "matplotlib", "numpy", "pydantic", "scipy", "torch")


def test_fronts_import_nothing_heavy() -> None:
    assert {"feed_dataset", "feed_dataset.core.faces", "model"} <= set(FRONTS)
    code = f"import sys, {', '.join(FRONTS)}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", FRONTS)
def test_every_public_name_loads(name: str) -> None:
    front = importlib.import_module(name)
    assert front.__all__ and set(front.__all__) <= set(dir(front))
    assert all(getattr(front, public) is not None for public in front.__all__)
    with pytest.raises(AttributeError, match="absent"):
        _ = front.absent
