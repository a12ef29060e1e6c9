"""Which clips of a built data set have no row, and why: kept beside the rows, which later processes only open."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path

from feed_dataset.core.jobs.atomic import replacing

_FILE = "left_out.json"


class LeftOutWarning(UserWarning):
    """A clip is there but gives no row; the message says which and why."""


def warn_left_out(clip_id: str, reason: str) -> None:
    """Say that a clip has no row."""
    warnings.warn(f"no row for {clip_id}: {reason}", LeftOutWarning, stacklevel=2)


def save_left_out(folder: Path, reasons: Mapping[str, str]) -> None:
    """Keep clip id -> reason in the folder of the rows."""
    with replacing(folder / _FILE) as temporary:
        temporary.write_text(json.dumps(dict(reasons), indent=1), encoding="utf-8")


def load_left_out(folder: Path) -> dict[str, str]:
    """Clip id -> reason. Raises OSError, ValueError."""
    content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    return {str(clip_id): str(reason) for clip_id, reason in content.items()}
