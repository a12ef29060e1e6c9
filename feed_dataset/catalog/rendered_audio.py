"""What the file beside rendered takes says of their sound: no clip has to be opened for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.files import read_text

RENDERED_FILE = "manifest.json"


def takes_with_audio(root: Path, digest: str) -> frozenset[str] | None:
    """Ids of these takes; None where nothing is said of a folder with exactly these contents.

    Args:
        digest: of the folder as it is now.
    """
    found = _about(root, digest).get("with_audio")
    return frozenset(map(str, found)) if isinstance(found, list) else None


def languages_of(root: Path, digest: str) -> Mapping[str, str]:
    """By subject the language that it speaks, such as "Spanish"; nobody of whom nothing is said."""
    found = _about(root, digest).get("languages")
    return {str(subject): str(name) for subject, name in found.items()} if isinstance(found, dict) else {}


def _about(root: Path, digest: str) -> dict[str, Any]:
    try:
        about = json.loads(read_text(root / RENDERED_FILE))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) and about.get("digest") == digest else {}
