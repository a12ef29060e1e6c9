"""Methods of one process: loaded once, and a `load` that fails is a reason, whatever it raises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baselines.bounds.copy_source import CopySource
from baselines.interface.errors import DriveError, MethodUnavailable
from baselines.registry import resolve
from benchmark.engine.tools import Tools
from tests.benchmark import harness

_FILE = """
from baselines import Capabilities, Method
class Mine(Method):
    capabilities = Capabilities(drives={"image"}, licence="MIT")
    def load(self, device="cpu"):
        raise RuntimeError("no weights\\nin this folder")
    def prepare(self, source): return source
    def drive(self, prepared, driver): return driver.frames
"""
SPEC = replace(resolve("copy-source"), name="mine")


class Failing(CopySource):
    """Counts how often it is asked to load, and never can."""

    def __init__(self, error: Exception) -> None:
        self.error, self.calls = error, 0

    def load(self, device: str = "cpu") -> None:
        self.calls += 1
        raise self.error


def lent(method: Failing) -> Tools:
    return Tools(harness.models(), objects={"mine": method})


def test_a_load_that_fails_names_the_method_and_the_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(_FILE)
    with pytest.raises(MethodUnavailable) as caught:
        Tools(harness.models()).method(resolve(str(file)))
    assert str(caught.value) == "expected Mine to load on cpu but got RuntimeError in mine.py:6: no weights"


def test_a_load_that_failed_is_not_tried_again_for_the_next_case() -> None:
    method = Failing(OSError("disk"))
    tools, reasons = lent(method), []
    for _ in range(3):
        with pytest.raises(MethodUnavailable) as caught:
            tools.method(SPEC)
        reasons.append(str(caught.value))
    assert method.calls == 1 and len(set(reasons)) == 1 and "OSError in test_tools.py" in reasons[0]


def test_a_reason_in_the_methods_own_words_stays() -> None:
    with pytest.raises(DriveError, match="^get the weights first$"):
        lent(Failing(DriveError("get the weights first"))).method(SPEC)


def test_out_of_memory_is_left_to_the_executor() -> None:
    with pytest.raises(MemoryError):
        lent(Failing(MemoryError())).method(SPEC)
