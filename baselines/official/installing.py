"""`setup`: remember where a repository is, and give it an environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from baselines.interface.errors import MethodUnavailable
from baselines.interface.versions import admits
from baselines.official.adapter import Adapter
from baselines.official.checkout import checkout_state
from baselines.official.interpreter import ask
from baselines.official.settings import Device, Settings, default_device, save_settings
from baselines.official.shim_names import check_shims
from feed_dataset.core.jobs.array_store import write_atomic
from feed_dataset.core.jobs.cache_folder import cache_folder

_FINISHED = "requirements-that-were-installed.txt"
"""In an environment: written when all of it is there; an interrupted `setup` leaves none and begins again."""


def set_up(
    adapter: Adapter,
    checkout: Path,
    *,
    checkpoints: Path | None = None,
    python: Path | None = None,
    device: Device | None = None,
    shims: Sequence[str] = (),
    lossless: bool = True,
    time_factor: float = 1.0,
    announce: Callable[[str], None] = lambda line: None,
) -> Settings:
    """Check what was named and remember it.

    Args:
        checkpoints: folder of the weights; None: the checkout.
        python: interpreter of the repository's environment; None makes one with the requirements that were tried.
        announce: called with each line that the user should read.

    Raises:
        MethodUnavailable: the repository cannot be driven, a folder is not what it should be, no environment can be
            made, or a shim has no such name.
    """
    if adapter.run is None or adapter.environment is None:
        raise MethodUnavailable(
            f"{adapter.name} cannot be run: {adapter.reason}; give finished frames with frames:DIR={adapter.name}"
        )
    check_shims(shims)
    checkout = checkout.expanduser().resolve()
    if not (checkout / adapter.run.script).is_file():
        raise MethodUnavailable(
            f"expected a checkout of {adapter.repository} but {checkout} has no {adapter.run.script}"
        )
    places = checkout if checkpoints is None else checkpoints.expanduser().resolve()
    if not places.is_dir():
        raise MethodUnavailable(f"expected a folder with weights but {places} is none")
    for line in _commit_remarks(adapter, checkout):
        announce(line)
    if device == "cpu" and adapter.run.cpu is None:
        raise MethodUnavailable(f"expected a GPU for {adapter.name}: its code knows no other device")
    chosen = _environment(adapter, announce) if python is None else Path(shutil.which(python) or python).absolute()
    found = ask(chosen)
    wanted = adapter.environment.python
    if wanted is not None and not admits(wanted, found.python):
        announce(f"its authors ask for Python {wanted}; this is {found.python}")
    if python is None:
        shims = tuple(dict.fromkeys((*adapter.environment.shims, *shims)))
        for one in adapter.environment.shims:
            announce(f"the shim {one} is switched on: the requirements were tried with it")
    settings = Settings(
        checkout=checkout,
        checkpoints=places,
        python=chosen,
        device=device or default_device(adapter),
        shims=tuple(shims),
        lossless=lossless,
        time_factor=time_factor,
    )
    if adapter.output is not None and not (lossless and adapter.output.recorder) and not adapter.output.images:
        announce("its frames are taken from its video: a codec has touched them")
    announce(f"remembered in {save_settings(adapter.name, settings)}")
    return settings


def _commit_remarks(adapter: Adapter, checkout: Path) -> list[str]:
    state = checkout_state(checkout)
    if state.commit is None:
        return [f"{checkout} is no git checkout: nobody can say that it is commit {adapter.commit}"]
    found = []
    if state.commit != adapter.commit:
        found.append(f"the checkout is at {state.commit[:7]}; the adapter was tried with {(adapter.commit or '')[:7]}")
    if state.changes_sha256 is not None:
        found.append("files of the checkout were changed: its rows are not those of the official code")
    return found


def _environment(adapter: Adapter, announce: Callable[[str], None]) -> Path:
    """The interpreter of a new environment with the tried requirements."""
    wanted = adapter.environment
    assert wanted is not None
    have = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if wanted.tried_python is None:
        versions = ", ".join(
            f"{name} {text}" for name, text in (("Python", wanted.python), ("torch", wanted.torch)) if text
        )
        raise MethodUnavailable(
            f"no requirements of {adapter.name} were tried here; make an environment as its README says"
            f"{f' ({versions})' if versions else ''} and name its interpreter with --python"
        )
    if wanted.tried_python != have:
        raise MethodUnavailable(
            f"the requirements of {adapter.name} were tried with Python {wanted.tried_python} but this is {have}; run"
            " setup with that one, or name an interpreter with --python"
        )
    folder = cache_folder() / "environments" / adapter.name
    python, finished = folder / "bin" / "python", folder / _FINISHED
    tried = "".join(f"{one}\n" for one in (sys.executable, *wanted.requirements))
    if python.exists() and finished.is_file() and finished.read_text(encoding="utf-8") == tried:
        announce(f"the environment in {folder} has {', '.join(wanted.requirements)}")
        return python
    announce(f"making an environment in {folder} with {', '.join(wanted.requirements)}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for step in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", *wanted.requirements],
    ):
        made = subprocess.run(step, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if made.returncode != 0:
            last = (made.stderr.strip().splitlines() or ["no message"])[-1]
            raise MethodUnavailable(f"expected an environment for {adapter.name} in {folder} but got: {last}")
    write_atomic(finished, lambda temporary: _write(temporary, tried))
    return python


def _write(temporary: Path, text: str) -> None:
    temporary.write_text(text, encoding="utf-8")
