"""Which takes of a rendered folder have audio, as the file beside them says: no clip has to be opened for it."""

from __future__ import annotations

import json
from pathlib import Path

from feed_dataset.core.jobs.files import read_text

RENDERED_FILE = "manifest.json"


def takes_with_audio(root: Path, digest: str) -> frozenset[str] | None:
    """Ids of these takes; None where nothing is said of a folder with exactly these contents.

    Args:
        digest: of the folder as it is now.
    """
    try:
        about = json.loads(read_text(root / RENDERED_FILE))
    except (OSError, ValueError):
        return None
    if not isinstance(about, dict) or about.get("digest") != digest or not isinstance(about.get("with_audio"), list):
        return None
    return frozenset(map(str, about["with_audio"]))
