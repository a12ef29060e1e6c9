"""Stand-ins for official repositories: a checkout whose script takes exactly the recorded options.

What it then does is in `repositories.py`: the layout of inputs and outputs of that repository, with its traps. What
goes wrong besides is chosen by STAND_IN_FAULT in its environment. Of repositories that a launcher of ours drives, the
folder `classes` has classes with the recorded signatures.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from baselines.official.arguments import Arguments
from baselines.official.calls import Signature
from baselines.official.loading import adapter, split_name
from baselines.official.method import OfficialMethod
from baselines.official.settings import CONFIG_VARIABLE, Settings, save_settings

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / "tests" / "data" / "official"
CLASSES = Path(__file__).parent / "classes"


def recorded(name: str) -> Arguments:
    """The options that a repository takes at the commit of its adapter."""
    content = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    content.pop("commit")
    return Arguments.model_validate(content)


def recorded_signatures(name: str) -> dict[str, dict[str, Signature]]:
    """File -> name -> signature of what our launcher calls at the commit of an adapter."""
    content = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["signatures"]
    return {
        file: {one: Signature.model_validate(value) for one, value in names.items()} for file, names in content.items()
    }


def recorded_commit(name: str) -> str:
    return str(json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["commit"])


def stand_in(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    *,
    fault: str = "",
    lossless: bool = False,
    shims: tuple[str, ...] = (),
    time_factor: float = 1.0,
) -> OfficialMethod:
    """A method over a stand-in checkout, set up in a folder of its own."""
    found, _ = split_name(method)
    assert found.run is not None
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("STAND_IN_FAULT", fault)
    monkeypatch.setenv("STAND_IN_LOG", str(tmp_path / "starts"))
    checkout = make_checkout(tmp_path / "the checkout", found.name)
    settings = Settings(
        checkout=checkout,
        checkpoints=tmp_path / "checkpoints",
        python=Path(sys.executable),
        device="cpu" if found.run.cpu is not None else "cuda",
        lossless=lossless,
        shims=shims,
        time_factor=time_factor,
    )
    for weight in found.weights.values():
        file = settings.weight(weight)
        file.parent.mkdir(parents=True, exist_ok=True)
        if weight.path in _WRITTEN:
            _WRITTEN[weight.path](file)
        elif Path(weight.path).suffix:
            file.write_bytes(b"\x80 stand-in weights")
        else:
            file.mkdir(exist_ok=True)
            (file / "model").write_bytes(b"stand-in weights")
    save_settings(found.name, settings)
    return OfficialMethod(method)


def make_checkout(folder: Path, name: str) -> Path:
    """A checkout with the script of a repository and the files that its command line names."""
    run = adapter(name).run
    assert run is not None
    if run.launcher is not None:
        shutil.copytree(CLASSES / name, folder)
        return folder
    options = recorded(name)
    files = {file: _declared(options) for file in run.options_in} | {run.script: _script(name, options)}
    for file, text in files.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if "-m" in run.command:  # a folder without it would give way to any package of that name
        (folder / run.script).with_name("__init__.py").touch()
    for one in run.files:
        if one.base is not None:
            base = Path(one.base.replace("{checkout}", str(folder)))
            base.parent.mkdir(parents=True, exist_ok=True)
            base.write_text("kept: 1\ntest_cases: {old: [older]}\n", encoding="utf-8")
    for target in run.links.values():
        if target.startswith("{checkout}/"):
            (folder / target.removeprefix("{checkout}/")).mkdir(parents=True, exist_ok=True)
    return folder


def _uva(file: Path) -> None:
    import torch

    names = {"canonical_generator.embedding.embedding.weight": (3, 4), "points3d": (2,)}
    torch.save({"state_dict": {name: torch.ones(shape) for name, shape in names.items()}}, file)


def _emoportraits(folder: Path) -> None:
    import torch

    folder.mkdir(exist_ok=True)
    torch.save(torch.nn.Linear(2, 1).state_dict(), folder / "328_model.pth")


def _settings(file: Path) -> None:
    file.write_text("project: va\nmodel_checkpoint: \n", encoding="utf-8")


_RELEASED = "logs/Retrain_with_17_V1_New_rand_MM_SEC_4_drop_02_stm_10_CV_05_1_1"
_WRITTEN = {
    "vox_second_stage.ckpt": _uva,
    f"{_RELEASED}/checkpoints": _emoportraits,
    f"{_RELEASED}/args.txt": _settings,
}
"""Weights that are read for what they are, by their path."""


def starts(tmp_path: Path) -> int:
    """How many processes were started."""
    log = tmp_path / "starts"
    return len(log.read_text().splitlines()) if log.exists() else 0


def _script(name: str, options: Arguments) -> str:
    """A script whose options can be read from its text, as those of a repository."""
    body = "hydra_options(sys.argv[1:])" if options.style == "hydra" else "parser.parse_args()"
    return f"""\
import argparse, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.baselines.official.repositories import hydra_options, run
if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
{_lines(options)}
    run({name!r}, {body})
"""


def _lines(options: Arguments) -> str:
    lines = []
    for one in options.arguments:
        if options.style == "hydra":
            continue
        named = f", required={one.required}" if one.flags[0].startswith("-") else ""
        flags = ", ".join(repr(flag) for flag in one.flags)
        if one.takes == "0":
            on = [flag for flag in one.flags if not flag.startswith("--no")]
            for names in (on, [flag for flag in one.flags if flag not in on]):  # tyro's switches have two sides
                if names:
                    shown = ", ".join(repr(name) for name in names)
                    lines.append(f"    parser.add_argument({shown}, action='store_true'{named})")
            continue
        nargs = "" if one.takes == "1" else f", nargs={int(one.takes) if one.takes.isdigit() else one.takes!r}"
        choices = f", choices={list(one.choices)!r}" if one.choices else ""
        lines.append(f"    parser.add_argument({flags}, type={one.kind}{nargs}{choices}{named})")
    return "\n".join(lines)


def _declared(options: Arguments) -> str:
    """What a file of its own says of the options, for those who read it."""
    if options.style == "hydra":
        return "".join(f"{one.flags[0]}: null\n" for one in options.arguments)
    if options.style == "argparse":
        return f"def add(parser):\n    pass\n{_lines(options)}\n"
    fields = [
        f"    {one.flags[0].lstrip('-')}: {'bool' if one.takes == '0' else one.kind} = None"
        for one in options.arguments
    ]
    return "class ArgumentConfig:\n" + "\n".join(fields) + "\n"
