"""Which network a file is, or which of them an archive holds, by hash and by name."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

from feed_dataset.core.weights.hashing import hash_problem
from feed_dataset.core.weights.registry import REGISTRY
from feed_dataset.core.weights.sources import PackageMember, Source, Url
from feed_dataset.core.weights.weight import Weight

ARCHIVES = (".zip", ".whl", ".tar.gz", ".tgz")


def networks_in(path: Path) -> list[str]:
    """Names of the networks that a file is or holds: by its sha256, else by its name. [] for an unknown file."""
    by_hash = [weight.name for weight in REGISTRY.values() if weight.sha256 and _is_file_of(weight, path)]
    if by_hash:
        return by_hash
    held = [weight.name for weight in REGISTRY.values() if member_in(path, weight) is not None]
    return held or [weight.name for weight in REGISTRY.values() if path.name == weight.file_name]


def member_in(path: Path, weight: Weight) -> str | None:
    """The member of an archive that is the network, or None where the file is not an archive that holds it."""
    if not path.name.endswith(ARCHIVES) or path.name == weight.file_name:
        return None
    for source in weight.sources:
        member = getattr(source, "member", None)
        if member is not None and _is_archive_of(source, path.name):
            return str(member)
    return None


def _is_file_of(weight: Weight, path: Path) -> bool:
    return hash_problem(path, weight.sha256, weight.size_bytes) is None


def _is_archive_of(source: Source, name: str) -> bool:
    """Whether a file of that name is what the source downloads."""
    if isinstance(source, Url):
        return name == Path(urllib.parse.urlsplit(source.url).path).name
    if not isinstance(source, PackageMember):
        return False
    project, version = source.requirement.split("==")
    words = "[-_.]+".join(re.escape(word) for word in re.split("[-_.]+", project))
    return re.match(rf"{words}-{re.escape(version)}(-|\.tar|\.tgz|\.zip)", name, re.IGNORECASE) is not None
