"""Where a model's weights lie, and what their folder says about them, without loading PyTorch."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from baselines.interface.capabilities import UNKNOWN
from baselines.interface.errors import MethodUnavailable
from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import read_text
from model.networks.config import PRESETS, ModelConfig
from model.networks.errors import ModelError

EMOPORTRAITS, MEGAPORTRAITS = "emoportraits", "megaportraits"
SHIPPED = {EMOPORTRAITS: "emoportraits-mini", MEGAPORTRAITS: "megaportraits-mini"}
"""Graph -> preset of the weights that the package ships."""
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_CONFIG, _TENSORS = "config.json", "model.safetensors"


@dataclass(frozen=True)
class Weights:
    """A model folder and the card of its checkpoint: what `config.json` says of it under "provenance".

    Args:
        graph: "emoportraits" or "megaportraits": whose sizes it has.
        reads_points: it reads face points, and heads stand in it as in the template face, to the axis.
        licence: "unknown" where its card has none.
        trained_on: as a method's card has it; None where the checkpoint does not say.
        repository, commit: of the code that it was trained with.
    """

    folder: Path
    size_px: int
    graph: str
    reads_points: bool
    licence: str
    trained_on: frozenset[str] | None = None
    repository: str | None = None
    commit: str | None = None

    @cached_property
    def sha256(self) -> str:
        """Digest of the tensors' file: what a loaded model has as `weights_sha256`."""
        return file_sha256(self.folder / _TENSORS)


def find_weights(where: str | None = None, graph: str = EMOPORTRAITS) -> Weights:
    """The folder of a model.

    Args:
        where: a folder or a hub id; None for the weights that the package ships.
        graph: whose shipped weights.

    Raises:
        MethodUnavailable: no folder and no hub id, a folder without a readable model, or tensors that are not those
            of its card.
    """
    if where is None:
        # The package is installed as plain files: the model's own loader reads them by path, too.
        folder = Path(str(resources.files("model"))) / "weights" / SHIPPED[graph]
    else:
        folder = Path(where) if Path(where).is_dir() else _from_hub(where)
    settings = _settings(folder)
    try:
        config = ModelConfig.from_dict(settings["model"])
    except (TypeError, ModelError) as error:
        raise MethodUnavailable(
            f"expected the sizes of a model in {folder / _CONFIG} but got: {words_of(error)}"
        ) from error
    card = settings.get("provenance")
    card = card if isinstance(card, dict) else {}
    found = Weights(
        folder,
        config.image_size_px,
        _graph(config, card),
        config.point_modes > 0,
        licence=str(card.get("licence") or UNKNOWN),
        trained_on=names_of(card.get("trained_on")),
        repository=_text(card.get("repository")),
        commit=_text(card.get("commit")),
    )
    said = settings.get("weights_sha256")
    if said is not None and said != found.sha256:
        raise MethodUnavailable(
            f"expected the weights {str(said)[:12]} that {folder / _CONFIG} speaks of but {_TENSORS} is"
            f" {found.sha256[:12]}; it is damaged or of another checkpoint"
        )
    return found


def names_of(value: object) -> frozenset[str] | None:
    """`trained_on` of a checkpoint's card; None where it is not a list of names."""
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        return None
    return frozenset(value)


def _graph(config: ModelConfig, card: dict[str, Any]) -> str:
    """Whose sizes a checkpoint has: as its card says, else by the widths in which the two differ."""
    said = card.get("sizes", card.get("preset"))
    if said in PRESETS:
        return MEGAPORTRAITS if str(said).startswith(MEGAPORTRAITS) else EMOPORTRAITS
    theirs = PRESETS[MEGAPORTRAITS]
    same = (config.z_dim, config.encoder_channels) == (theirs.z_dim, theirs.encoder_channels)
    return MEGAPORTRAITS if same else EMOPORTRAITS


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _settings(folder: Path) -> dict[str, Any]:
    lacking = [name for name in (_CONFIG, _TENSORS) if not (folder / name).is_file()]
    if lacking:
        raise MethodUnavailable(
            f"expected a model with {_CONFIG} and {_TENSORS} in {folder} but {lacking[0]} is missing"
        )
    try:
        settings = json.loads(read_text(folder / _CONFIG))
    except (OSError, ValueError) as error:
        raise MethodUnavailable(
            f"expected settings of a model in {folder / _CONFIG} but got: {words_of(error)}"
        ) from error
    if not isinstance(settings, dict) or not isinstance(settings.get("model"), dict):
        raise MethodUnavailable(f"expected the sizes of a model in {folder / _CONFIG} but it has none")
    return settings


def _from_hub(where: str) -> Path:
    """The cached folder of a hub model; fetched where it is not here."""
    if not _HUB_ID.fullmatch(where):
        raise MethodUnavailable(f"expected a model folder or a hub id OWNER/NAME but {where!r} is neither")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        files = [Path(hf_hub_download(where, name)) for name in (_CONFIG, _TENSORS)]
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = words_of(error).strip().splitlines()[0]
        raise MethodUnavailable(f"expected a model folder or a hub id but got {where!r}: {reason}") from error
    return files[0].parent
