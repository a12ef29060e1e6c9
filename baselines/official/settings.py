"""Where a user's checkout, checkpoints and interpreter of an official repository are: remembered by `setup`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from baselines.interface.errors import MethodUnavailable
from baselines.official.adapter import Adapter, Weight
from feed_dataset.core.jobs.array_store import write_atomic
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import read_text

LAUNCHER_FOLDER = Path(__file__).parent / "launchers"
CONFIG_VARIABLE = "FEED_CONFIG"
"""Names the folder of settings; ~/.config/feed when it is unset."""

Device = Literal["cpu", "cuda"]


class Settings(BaseModel):
    """One user's installation of one repository.

    Args:
        python: the interpreter of its environment.
        shims: compatibility shims that are switched on.
        lossless: take the frames that the repository hands to its video writer, instead of the video.
        time_factor: how much longer than usual a process may take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    checkout: Path
    checkpoints: Path
    python: Path
    device: Device
    shims: tuple[str, ...] = ()
    lossless: bool = True
    time_factor: float = Field(default=1.0, gt=0)

    def weight(self, weight: Weight) -> Path:
        """Where a weights file must be."""
        return (self.checkout if weight.root == "checkout" else self.checkpoints) / weight.path

    def paths(self, adapter: Adapter) -> Mapping[str, str]:
        """Values of the fields that do not depend on a case."""
        return {
            "checkout": str(self.checkout),
            "checkpoints": str(self.checkpoints),
            "launchers": str(LAUNCHER_FOLDER),
            **{f"weights.{name}": str(self.weight(one)) for name, one in adapter.weights.items()},
        }


def settings_file(name: str) -> Path:
    """Where the settings of an adapter are kept."""
    folder = os.environ.get(CONFIG_VARIABLE) or Path.home() / ".config" / "feed"
    return Path(folder).expanduser() / "official" / f"{name}.json"


def save_settings(name: str, settings: Settings) -> Path:
    """Remember them; returns the file."""
    file = settings_file(name)
    text = settings.model_dump_json(indent=2) + "\n"
    write_atomic(file, lambda temporary: _write(temporary, text))
    return file


def load_settings(adapter: Adapter) -> Settings:
    """What `setup` remembered.

    Raises:
        MethodUnavailable: nothing, or a file that cannot be read; says what to type.
    """
    file = settings_file(adapter.name)
    again = f"python -m baselines setup {adapter.name} --checkout DIR"
    if not file.exists():
        raise MethodUnavailable(
            f"{adapter.name} is not set up: get {adapter.repository} at commit {(adapter.commit or '')[:7]}, then type:"
            f" {again}"
        )
    try:
        return Settings.model_validate(json.loads(read_text(file)))
    except (OSError, ValueError) as error:
        line = _line(error)
        raise MethodUnavailable(f"expected settings of {adapter.name} in {file} but {line}; type: {again}") from error


def default_device(adapter: Adapter) -> Device:
    """ "cuda" where the machine has an NVIDIA driver or the repository knows nothing else."""
    cpu_only_machine = shutil.which("nvidia-smi") is None
    return "cpu" if cpu_only_machine and adapter.run is not None and adapter.run.cpu is not None else "cuda"


def _line(error: OSError | ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else first["msg"]
    return words_of(error).splitlines()[0]


def _write(temporary: Path, text: str) -> None:
    temporary.write_text(text, encoding="utf-8")
