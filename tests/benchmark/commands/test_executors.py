"""--executor: one line for everything that cannot be."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from benchmark.cli import main
from feed_dataset.core.jobs import ray_cluster
from tests.benchmark import harness

METHOD = """
from baselines import Capabilities, Method

class Mine(Method):
    name = "mine"
    capabilities = Capabilities(drives=frozenset({"image"}), licence="MIT")

    def prepare(self, source):
        return source

    def drive(self, prepared, driver):
        yield from driver.frames
"""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray, as far as anybody looks before a connection is made."""
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: ModuleSpec("ray", None, origin="ray/__init__.py"))


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("option", ["--store", "--ray-address"])
def test_options_of_ray_without_it(capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str) -> None:
    line = error_of(capsys, "run", "--out", str(tmp_path), option, "x")
    assert line == f"error: expected --executor ray with {option} but got local"


@pytest.mark.parametrize("found", [None, ModuleSpec("ray", None)], ids=["nothing", "a folder of that name"])
@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_without_the_package(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: ModuleSpec | None,
    more: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: found)
    line = error_of(capsys, *_run(tmp_path), "--method", "copy-source,copy-driver", *more)
    assert line.endswith('package ray but it is not installed; get it with: pip install "feed-benchmark[ray]"')


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_a_method_that_is_a_file_cannot_go_through_a_store(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, more: tuple[str, ...]
) -> None:
    (tmp_path / "mine.py").write_text(METHOD)
    line = error_of(capsys, *_run(tmp_path), "--method", f"{tmp_path}/mine.py", "--store", "s3://bucket", *more)
    assert "expected mine to be installed on every machine with --store but it needs" in line


@pytest.mark.usefixtures("installed")
def test_gpus_have_no_numbers_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = error_of(capsys, *_run(tmp_path), "--method", "copy-source,copy-driver", "--device", "cuda:1")
    assert "expected --device cuda with --executor ray but got 'cuda:1'" in line


def _run(tmp_path: Path) -> list[str]:
    data = harness.write_data(tmp_path / "data")
    return ["run", "--data", str(data), "--limit", "1", "--out", str(tmp_path / "out"), "--executor", "ray"]
