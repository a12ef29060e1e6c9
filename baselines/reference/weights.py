"""Where a model's weights lie, and what their folder says about them, without loading PyTorch."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from baselines.interface.errors import MethodUnavailable
from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.core.jobs.files import read_text
from model.networks.config import ModelConfig
from model.networks.errors import ModelError

PRESET = "emoportraits-mini"
SHIPPED_LICENCE = "Apache-2.0"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_CONFIG, _TENSORS = "config.json", "model.safetensors"


@dataclass(frozen=True)
class Weights:
    """A model folder: its side in pixels and its licence."""

    folder: Path
    size_px: int
    licence: str

    @cached_property
    def sha256(self) -> str:
        """Digest of the tensors' file: what a loaded model has as `weights_sha256`."""
        return file_sha256(self.folder / _TENSORS)


def find_weights(where: str | None = None) -> Weights:
    """The folder of a model.

    Args:
        where: a folder or a hub id; None for the weights that the package ships.

    Raises:
        MethodUnavailable: no folder and no hub id, or a folder without a readable model.
    """
    if where is None:
        # The package is installed as plain files: the model's own loader reads them by path, too.
        folder = Path(str(resources.files("model"))) / "weights" / PRESET
        licence: str | None = SHIPPED_LICENCE
    else:
        folder, licence = Path(where) if Path(where).is_dir() else _from_hub(where), None
    settings = _settings(folder)
    try:
        size_px = ModelConfig.from_dict(settings["model"]).image_size_px
    except (TypeError, ModelError) as error:
        raise MethodUnavailable(f"expected the sizes of a model in {folder / _CONFIG} but got: {error}") from error
    return Weights(folder, size_px, licence or _licence(settings))


def _settings(folder: Path) -> dict[str, Any]:
    lacking = [name for name in (_CONFIG, _TENSORS) if not (folder / name).is_file()]
    if lacking:
        raise MethodUnavailable(
            f"expected a model with {_CONFIG} and {_TENSORS} in {folder} but {lacking[0]} is missing"
        )
    try:
        settings = json.loads(read_text(folder / _CONFIG))
    except (OSError, ValueError) as error:
        raise MethodUnavailable(f"expected settings of a model in {folder / _CONFIG} but got: {error}") from error
    if not isinstance(settings, dict) or not isinstance(settings.get("model"), dict):
        raise MethodUnavailable(f"expected the sizes of a model in {folder / _CONFIG} but it has none")
    return settings


def _licence(settings: dict[str, Any]) -> str:
    provenance = settings.get("provenance")
    licence = provenance.get("licence") if isinstance(provenance, dict) else None
    return str(licence) if licence else "unknown"


def _from_hub(where: str) -> Path:
    """The cached folder of a hub model; fetched where it is not here."""
    if not _HUB_ID.fullmatch(where):
        raise MethodUnavailable(f"expected a model folder or a hub id OWNER/NAME but {where!r} is neither")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        files = [Path(hf_hub_download(where, name)) for name in (_CONFIG, _TENSORS)]
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise MethodUnavailable(f"expected a model folder or a hub id but got {where!r}: {reason}") from error
    return files[0].parent
