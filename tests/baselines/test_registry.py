"""Methods by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

import baselines
from baselines.interface.errors import UnknownMethod
from baselines.registry import BOUNDS


def test_names_are_sorted_and_bounds_are_among_them() -> None:
    assert list(baselines.names()) == sorted(baselines.names())
    assert set(BOUNDS) < set(baselines.names())
    assert "emoportraits" in baselines.names()


@pytest.mark.parametrize("name", BOUNDS)
def test_load_gives_the_method_of_that_name(name: str) -> None:
    method = baselines.load(name)
    assert method.name == name
    assert method.weights_sha256 is None
    assert baselines.card(name).summary


def test_unknown_method_names_the_nearest() -> None:
    with pytest.raises(UnknownMethod, match="did you mean 'copy-source'"):
        baselines.load("copy-sorce")


def test_listing_imports_nothing_heavy() -> None:
    code = "import sys, baselines; baselines.names(); print({'torch', 'numpy', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
