"""Results of an ablation on disk, which a later call goes on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.errors import words_of
from model.networks.errors import ModelError


def read_results(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What is there. Raises ModelError where it was made with other settings, or is damaged."""
    if not path.exists():
        return {"settings": settings, "runs": {}}
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        then = found["settings"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"expected results of an ablation in {path} but got: {words_of(error)}") from error
    if then != settings:
        raise ModelError(f"expected the settings {then} of {path} but got {settings}; name another folder with --out")
    return found
