"""One process of an official repository: its private folder, command line and environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from baselines.interface.errors import MethodUnavailable
from baselines.official.adapter import Adapter, Run, TextFile, Variant
from baselines.official.placeholders import filled
from baselines.official.settings import Settings
from baselines.official.shim_names import SHIM_FOLDER, environment_of
from baselines.official.staging import Staged
from feed_dataset.core.jobs.errors import words_of

RECORDED = "recorded"


@dataclass(frozen=True)
class Job:
    """What is started.

    Args:
        folder: with its log. work: the working folder, with the inputs.
        environment: the variables that are set or changed for it.
    """

    folder: Path
    work: Path
    argv: tuple[str, ...]
    environment: Mapping[str, str]


def make_folders(folder: Path) -> Path:
    """An empty job folder; returns its working folder."""
    shutil.rmtree(folder, ignore_errors=True)
    work = folder / "work"
    work.mkdir(parents=True)
    return work


def make_job(
    folder: Path, work: Path, adapter: Adapter, variant: Variant, settings: Settings, staged: Sequence[Staged]
) -> Job:
    """Links, folders, list files and the command line around staged inputs.

    Raises:
        MethodUnavailable: a YAML file of the checkout, which cases are to be put into, cannot be read.
    """
    assert adapter.run is not None and adapter.output is not None
    run = adapter.run
    paths = {**settings.paths(adapter), "work": str(work)}
    for name in run.folders:
        (work / name).mkdir(parents=True, exist_ok=True)
    for name, target in run.links.items():
        link = work / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(filled(target, paths))
    for file in run.files:
        _write_text(file, work, paths, [one.values for one in staged])
    values = {**paths, **staged[0].values}
    records = settings.lossless and adapter.output.recorder is not None
    return Job(
        folder,
        work,
        tuple(command_line(run, variant, settings, values)),
        _environment(run, settings, values, records, work),
    )


def command_line(run: Run, variant: Variant, settings: Settings, values: Mapping[str, str]) -> list[str]:
    """The interpreter and its arguments."""
    machine = run.cuda if settings.device == "cuda" else run.cpu or ()
    found = [str(settings.python)]
    for part in run.command:
        parts = {"{variant}": variant.arguments, "{device}": machine}.get(part, (part,))
        found += [filled(one, values) for one in parts]
    return found


def _environment(run: Run, settings: Settings, values: Mapping[str, str], records: bool, work: Path) -> dict[str, str]:
    folders = [filled(one, values) for one in run.python_path]
    found = {name: filled(text, values) for name, text in run.environment.items()}
    if settings.shims or records:
        folders.insert(0, str(SHIM_FOLDER))
        found |= environment_of(settings.shims, work / RECORDED if records else None)
    if folders:
        inherited = os.environ.get("PYTHONPATH")
        found["PYTHONPATH"] = os.pathsep.join([*folders, *([inherited] if inherited else [])])
    if settings.device == "cpu":
        found["CUDA_VISIBLE_DEVICES"] = ""
    return found


def _write_text(file: TextFile, work: Path, paths: Mapping[str, str], cases: Sequence[Mapping[str, str]]) -> None:
    text = filled(file.head, paths)
    text += "".join(filled(file.each, {**paths, **case}) for case in cases)
    text += filled(file.foot, paths)
    if file.base is not None:
        text = _laid_over(Path(filled(file.base, paths)), text)
    target = work / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _laid_over(base: Path, text: str) -> str:
    import yaml

    try:
        found = yaml.safe_load(base.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise MethodUnavailable(
            f"expected a YAML file of the repository in {base} but got: {words_of(error)}"
        ) from error
    return str(yaml.safe_dump({**found, **yaml.safe_load(text)}, sort_keys=False))
