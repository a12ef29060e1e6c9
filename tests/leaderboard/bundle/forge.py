"""Hands of a forger: a bundle taken apart, changed, and put together again with a manifest that fits."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.results.schema import Results
from leaderboard.bundle.archive import MANIFEST, write_archive
from leaderboard.bundle.arrays import header_of
from leaderboard.bundle.manifest import ListedMember, Manifest
from leaderboard.bundle.rows import ROWS, write_rows

Members = dict[str, bytes]


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(folder: Path, members: Members, *, is_listed: bool = True) -> Path:
    """A bundle of these members; without `is_listed` with the manifest that they bring."""
    if is_listed:
        content = {name: one for name, one in members.items() if name != MANIFEST}
        listed = {
            name: ListedMember(size=len(one), sha256=hashlib.sha256(one).hexdigest()) for name, one in content.items()
        }
        members = {**content, MANIFEST: Manifest(members=listed).to_bytes()}
    path = folder / "forged.zip"
    write_archive(path, {name: [one] for name, one in members.items()})
    return path


def edited_results(members: Members, edit: Callable[[dict[str, Any]], object], folder: Path) -> None:
    """Change results.json, and the table of rows with it."""
    document = json.loads(members["results.json"])
    edit(document)
    members["results.json"] = (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
    write_rows(folder / ROWS, Results.model_validate(document))
    members[ROWS] = (folder / ROWS).read_bytes()


def edited_array(members: Members, feature: str, edit: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the rows of one feature."""
    name = f"features/{feature}.safetensors"
    start = 8 + int.from_bytes(members[name][:8], "little")
    shape = json.loads(members[name][8:start])["rows"]["shape"]
    array = np.frombuffer(members[name][start:], "<f4").reshape(shape).copy()
    found = np.ascontiguousarray(edit(array), "<f4")
    members[name] = header_of(found.shape) + found.tobytes()


def edited_index(members: Members, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the index of features."""
    document = json.loads(members["features/index.json"])
    edit(document)
    text = json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n"
    members["features/index.json"] = text.encode()
