"""`doctor`: what exactly an official repository lacks on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from baselines.interface.errors import MethodUnavailable
from baselines.interface.versions import admits
from baselines.official.adapter import Adapter, Run, Weight
from baselines.official.arguments import Arguments, read_arguments
from baselines.official.calls import call_problems, read_call
from baselines.official.checkout import checkout_state
from baselines.official.interpreter import ask, sees_cuda
from baselines.official.job import command_line
from baselines.official.not_weights import no_weights
from baselines.official.settings import LAUNCHER_FOLDER, Settings, load_settings
from baselines.official.shim_names import SHIM_FOLDER, environment_of
from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.weights.file_kind import check_checkpoint
from feed_dataset.core.weights.hashing import hash_problem, sha256_file

_TORCH_SUFFIXES = (".pth", ".pt", ".tar", ".ckpt", ".bin", ".th")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        state: "missing" keeps it from running, "remark" does not.
        advice: what to do; "" where there is nothing.
    """

    what: str
    state: Literal["ok", "missing", "remark"]
    detail: str
    advice: str = ""


def examine(adapter: Adapter) -> list[Finding]:
    """Everything that can be known without running the repository."""
    if adapter.run is None:
        return [Finding("code", "missing", str(adapter.reason), f"give finished frames: frames:DIR={adapter.name}")]
    try:
        settings = load_settings(adapter)
    except MethodUnavailable as error:
        return [Finding("setup", "missing", str(error))]
    return [*_code(adapter, settings), *_weights(adapter, settings), *_environment(adapter, settings)]


def _code(adapter: Adapter, settings: Settings) -> Iterator[Finding]:
    run = adapter.run
    assert run is not None
    script = settings.checkout / run.script
    if not script.is_file():
        yield Finding("checkout", "missing", f"{script} is not there", f"clone {adapter.repository} and run setup")
        return
    state = checkout_state(settings.checkout)
    if state.commit == adapter.commit and state.changes_sha256 is None:
        yield Finding("checkout", "ok", f"{settings.checkout} at {(adapter.commit or '')[:7]}")
    else:
        what = "no git checkout" if state.commit is None else state.commit[:7]
        changed = ", with changed files" if state.changes_sha256 else ""
        yield Finding("checkout", "remark", f"{what}{changed}; the adapter was tried with {(adapter.commit or '')[:7]}")
    problems = dict.fromkeys(one for name in adapter.variants for one in option_problems(adapter, settings, name))
    for problem in problems:
        yield Finding("command line", "missing", f"{run.script}: {problem}", "use the commit above")


def option_problems(adapter: Adapter, settings: Settings, variant: str) -> list[str]:
    """What the scripts of the user's checkout would refuse of our command line."""
    run = adapter.run
    assert run is not None
    try:
        known = declared_options(run, settings.checkout)
    except (OSError, SyntaxError, ValueError) as error:
        return [f"its options cannot be read ({words_of(error)})"]
    found = known.problems(
        after_script(run, command_line(run, adapter.variants[variant], settings, sample(adapter, settings)))
    )
    return [*found, *call_problems([read_call(text) for text in run.calls], settings.checkout)]


def declared_options(run: Run, checkout: Path) -> Arguments:
    """The options that a checkout's own files declare, or our launcher."""
    files = [checkout / file for file in run.options_in or (run.script,)]
    if run.launcher is not None:
        files = [LAUNCHER_FOLDER / f"{run.launcher}.py"]
    texts = [file.read_text(encoding="utf-8") for file in files]
    parts = [read_arguments(text, run.script, style=run.style) for text in texts]
    return Arguments(script=run.script, style=run.style, arguments=tuple(a for part in parts for a in part.arguments))


def after_script(run: Run, argv: list[str]) -> list[str]:
    """The arguments of the script: what follows it, or its module after -m."""
    script = run.script if run.launcher is None else f"{run.launcher}.py"
    module = script.removesuffix(".py").replace("/", ".")
    place = next(n for n, word in enumerate(argv) if word.endswith(script) or word == module)
    return argv[place + 1 :]


def sample(adapter: Adapter, settings: Settings) -> dict[str, str]:
    """Values of every field, as for some case."""
    numbers = {"n": "0", "frame_count": "10", "fps": "25.0", "side": "256", "seed": "0"}
    inputs = {"source": "s0.png", "driver": "d0.mp4", "frames": "f0", "audio": "a0.wav"}
    return {**settings.paths(adapter), "work": "work", **numbers, **inputs}


def _weights(adapter: Adapter, settings: Settings) -> Iterator[Finding]:
    advice = " or ".join(adapter.weights_from)
    for weight in adapter.weights.values():
        file = settings.weight(weight)
        place = weight.address or advice
        if not file.exists():
            yield Finding(weight.path, "missing", f"{file} is not there", f"get it from {place}" if place else "")
            continue
        problem = weight_problem(file, weight)
        if problem is None:
            yield Finding(weight.path, "ok", f"{file.stat().st_size} bytes" if file.is_file() else "a folder")
        else:
            yield Finding(weight.path, "missing", problem, f"get it from {place}" if place else "")


def weight_problem(file: Path, weight: Weight) -> str | None:
    """Why a weights file is none, or not the expected one; None where nothing is wrong."""
    problem = no_weights(file)
    if problem is not None:
        return f"{file} {problem}"
    if file.is_dir():
        return None
    try:
        if file.suffix in _TORCH_SUFFIXES:
            check_checkpoint(file)
    except FeedError as error:
        return str(error)
    problem = hash_problem(file, None, weight.bytes)
    if problem is not None:
        return f"{file}: {problem}"
    if weight.sha256 is not None and not sha256_file(file).startswith(weight.sha256):
        return f"{file}: expected sha256 {weight.sha256} but got {sha256_file(file)}"
    if weight.prefix is not None and not _has_prefix(file, weight.prefix):
        return f"{file} has no tensor named {weight.prefix}*: the repository would load nothing and say nothing"
    return None


def _has_prefix(file: Path, prefix: str) -> bool:
    import torch

    try:
        found = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except Exception:  # a pickle of other things: it is not ours to run
        return True
    found = found.get("state_dict", found) if isinstance(found, dict) else {}
    return any(str(name).startswith(prefix) for name in found)


def _environment(adapter: Adapter, settings: Settings) -> Iterator[Finding]:
    wanted = adapter.environment
    assert wanted is not None
    variables = {}
    if settings.shims:
        variables = {**environment_of(settings.shims, None), "PYTHONPATH": str(SHIM_FOLDER)}
    try:
        found = ask(settings.python, wanted.modules, variables)
    except MethodUnavailable as error:
        yield Finding("python", "missing", str(error), f"run setup {adapter.name} --python EXE")
        return
    for name, asked, have in (("python", wanted.python, found.python), ("torch", wanted.torch, found.torch)):
        if asked is not None and have is not None and not admits(asked, have):
            yield Finding(name, "remark", f"{have}; its authors ask for {asked}")
        elif have is not None:
            yield Finding(name, "ok", have)
    for module in found.missing:
        yield Finding(module, "missing", f"{settings.python} has no module {module}", "install it there")
    for program in wanted.programs:
        if shutil.which(program) is None:
            yield Finding(program, "missing", f"no {program} on PATH", "install it")
    for shim in settings.shims:
        yield Finding("shim", "remark", f"{shim} is switched on")
    if settings.device == "cuda":
        yield from _cuda(settings)


def _cuda(settings: Settings) -> Iterator[Finding]:
    try:
        seen = sees_cuda(settings.python)
    except MethodUnavailable as error:
        yield Finding("gpu", "missing", str(error))
        return
    if seen:
        yield Finding("gpu", "ok", "PyTorch sees it")
    else:
        yield Finding("gpu", "missing", "PyTorch of that environment sees no GPU", "check the driver and the build")
