"""Where speech weights lie, and whether the folder is whole, without loading PyTorch."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from feed_dataset.core.jobs.suggestions import nearest
from model.networks.errors import ModelError

SHIPPED = ("speech-mini",)
"""Names of weights that the package may bring, in `model/weights`."""
EXPRESSION_FOLDER, HEAD_MOTION_FOLDER, COMPONENTS_FILE = "expression", "head-motion", "mouth-components.safetensors"
FILES = (
    *(
        f"{part}/{name}"
        for part in (EXPRESSION_FOLDER, HEAD_MOTION_FOLDER)
        for name in ("config.json", "model.safetensors")
    ),
    COMPONENTS_FILE,
)
"""What a folder of speech weights must have."""
LIDS_FILE = "closed-lids.safetensors"
"""What it may have besides: without it nobody blinks."""
_HOW = (
    "feed model train-speech and train-head-motion make them, and their folder is given with --speech-model"
    " (docs/speech.md)"
)


def speech_folder(where: str | Path = SHIPPED[0]) -> Path:
    """The folder that a name of SHIPPED stands for, or the one that is named, with all of FILES in it.

    Raises:
        ModelError: no such folder, or a file is missing; names it.
    """
    folder = shipped_folder(str(where)) if where in SHIPPED else Path(where)
    if not folder.is_dir():
        if where in SHIPPED:
            raise ModelError(f"expected the trained speech weights {where} but this package has none; {_HOW}")
        guess = nearest(str(where), SHIPPED)
        raise ModelError(
            f"expected a folder of speech weights or {', '.join(SHIPPED)} but got {str(where)!r}"
            + (f"; did you mean {guess!r}?" if guess else f"; {_HOW}")
        )
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelError(f"expected speech weights in {folder} but {name} is missing; {_HOW}")
    return folder


def shipped_folder(name: str) -> Path:
    """Where the weights of that name would lie."""
    return Path(str(resources.files("model"))) / "weights" / name
