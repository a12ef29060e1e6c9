"""Official code itself, end to end on a CPU, with weights made at random from its own classes.

Nothing of it ships here. A test runs where the environment names a checkout and an interpreter that has what it needs:
FEED_BASELINE_FOMM=DIR FEED_BASELINE_FOMM_PYTHON=EXE. Otherwise it is skipped by that name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from baselines.interface.errors import OutputFault
from baselines.official.adapter import Adapter
from baselines.official.checks import FrameWatch
from baselines.official.health import examine
from baselines.official.installing import set_up
from baselines.official.loading import split_name
from baselines.official.method import OfficialMethod
from baselines.official.records import Record
from baselines.official.settings import CONFIG_VARIABLE, load_settings
from baselines.official.shim_names import SHIM_FOLDER, environment_of
from feed_dataset.core.media.lossless import read_lossless
from tests.baselines.official.batches import SIDE, make_batch

_SCRIPTS = Path(__file__).parent / "weights"


def set_up_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, shims: Sequence[str] = ()
) -> OfficialMethod:
    """The method over the checkout that the environment names, with random weights; skips without it.

    Args:
        shims: those that its environment needs, unless FEED_BASELINE_NAME_SHIMS names others.
    """
    found, _ = split_name(method)
    variable = f"FEED_BASELINE_{found.name.upper().replace('-', '_')}"
    named, python = os.environ.get(variable), os.environ.get(f"{variable}_PYTHON")
    if not named or not python:
        pytest.skip(f"set {variable} to a checkout of {found.repository} and {variable}_PYTHON to its interpreter")
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    (tmp_path / "weights").mkdir()
    checkout = Path(named)
    if any(one.root == "checkout" for one in found.weights.values()):
        checkout = _copied(checkout, tmp_path / "checkout", found)
    chosen = os.environ.get(f"{variable}_SHIMS", ",".join(shims)).split(",")
    set_up(
        found,
        checkout,
        checkpoints=tmp_path / "weights",
        python=Path(python),
        device="cpu",
        shims=[one for one in chosen if one],
        time_factor=4.0,
    )
    return OfficialMethod(method)


def _copied(checkout: Path, target: Path, adapter: Adapter) -> Path:
    """A copy without its weights, as ours go into the checkout itself and a user's own are not to be touched."""
    weights = {checkout / one.path for one in adapter.weights.values()}

    def left_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name == ".git" or Path(folder, name) in weights}

    shutil.copytree(checkout, target, ignore=left_out)
    return target


def make_weights(method: OfficialMethod) -> None:
    """Run `weights/NAME.py` in the repository's own environment, which writes every file that its adapter names."""
    found = load_settings(method.adapter)
    files = {name: found.weight(one) for name, one in method.adapter.weights.items()}
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
    shims = environment_of(found.shims, None)
    script = _SCRIPTS / f"{method.adapter.name}.py"
    paths = json.dumps({name: str(file) for name, file in files.items()})
    made = subprocess.run(
        [str(found.python), str(script), str(found.checkout), paths, str(SIDE)],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            **shims,
            "PYTHONPATH": os.pathsep.join([str(SHIM_FOLDER), str(found.checkout)]),
            "CUDA_VISIBLE_DEVICES": "",
        },
    )
    assert made.returncode == 0, made.stderr[-2000:]
    assert [one for one in examine(method.adapter) if one.state == "missing"] == []


def check_made(method: OfficialMethod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int = 2) -> list[str]:
    """Two cases come back, other than each other; why their pictures would be refused, as random ones may be."""
    said: list[str] = []
    check = FrameWatch.check

    def lenient(watch: FrameWatch) -> None:
        try:
            check(watch)
        except OutputFault as fault:
            said.append(str(fault))

    monkeypatch.setattr(FrameWatch, "check", lenient)
    made = method.generate(make_batch(tmp_path / "in", frames=frames), tmp_path / "out")
    assert [one.reason for one in made] == [None, None]
    for one in made:
        assert one.frames is not None
        assert read_lossless(one.frames).shape == (frames, SIDE, SIDE, 3)
    records = [
        Record.model_validate_json((tmp_path / "out" / ".records" / f"case-{n}.json").read_text()) for n in range(2)
    ]
    assert records[0].frames_sha256 != records[1].frames_sha256  # their drivers differ
    assert [one.frames for one in records] == ["lossless", "lossless"]
    print(f"{method.name}: {[round(one.seconds, 1) for one in records]} s for {frames} frames each; refused: {said}")
    return said
