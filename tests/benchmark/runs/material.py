"""Runs with stand-in networks that comparisons, differences and merged files are made from."""

from __future__ import annotations

from pathlib import Path

from benchmark.protocols.protocol import Protocol
from benchmark.runs.opened import Run, open_runs
from tests.benchmark import harness

PEOPLE = 7  # enough for a difference to be called real
METRICS = ("csim[dlib]", "id_l2[dlib]", "expression_transfer[mesh468]", "fid[pytorch-fid]", "fd[dlib]")


def write_people(root: Path, brighter: int = 0) -> Path:
    """One take of each of 7 people, laid out like FEED."""
    for number in range(1, PEOPLE + 1):
        path = root / f"ID_{number}" / "MAU_strong_C.mp4"
        harness.write_clip(path, level=14 * number + brighter, frames=4, side_px=64)
    return root


def protocol(**changes: object) -> Protocol:
    """Each of the people drives another one."""
    tiny = harness.tiny_protocol()
    drivers = tiny.drivers.model_copy(update={"cases": PEOPLE})
    sources = tiny.sources.model_copy(update={"photo_cases": 0})
    fixed = {"drivers": drivers, "sources": sources, "metrics": METRICS, "frames_per_case": 4, "size_px": 48}
    return tiny.model_copy(update=fixed | changes)


def two_runs(root: Path) -> list[Run]:
    """Two runs in ROOT/a and ROOT/b: one method is in both."""
    data = write_people(root / "data")
    for name, methods in {"a": ("copy-source", "keypoint-warp"), "b": ("copy-source", "copy-driver")}.items():
        harness.run_plan(harness.make_plan(data, root / name, protocol=protocol(), methods=methods))
    return open_runs([root / "a", root / "b" / "results.json"])
