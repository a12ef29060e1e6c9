"""Which frames came from which weights: a repository that loads nothing gives the same ones with any file."""

from __future__ import annotations

import json
from pathlib import Path

from feed_dataset.core.jobs.array_store import key_of, write_atomic
from feed_dataset.core.jobs.cache_folder import cache_folder

_MOST_WEIGHTS = 8  # that are remembered of one input


def same_as_other_weights(method: str, inputs: str, weights: str | None, frames: str) -> str | None:
    """The digest of other weights that gave these very frames of these inputs; None where there are none.

    What was asked is remembered, in the cache folder.
    """
    if weights is None:
        return None
    file = cache_folder() / "official" / "frames" / f"{key_of(method, inputs)[:32]}.json"
    seen = _seen(file)
    other = next((one for one, digest in seen.items() if digest == frames and one != weights), None)
    if other is None and seen.get(weights) != frames:
        recent = {**{one: seen[one] for one in list(seen)[-_MOST_WEIGHTS + 1 :]}, weights: frames}
        text = json.dumps(recent)

        def write(temporary: Path) -> None:
            temporary.write_text(text, encoding="utf-8")

        write_atomic(file, write)
    return other


def _seen(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
