"""Try the sources of one entry in order and put the verified file in place."""

from __future__ import annotations

import os
import shutil
import tempfile
import urllib.parse
from pathlib import Path

from feed_dataset.core.jobs.errors import words_and_place
from feed_dataset.core.jobs.own_files import LockTimeout, locked
from feed_dataset.core.weights import packages, registry, transfer
from feed_dataset.core.weights.hashing import hash_problem
from feed_dataset.core.weights.sources import ByHand, HubFile, PackageMember, Source, Url
from feed_dataset.core.weights.transfer import DownloadError, Progress
from feed_dataset.core.weights.weight import Weight

LOCK_TIMEOUT_S = 1800.0

unreachable_hosts: dict[str, str] = {}
"""Hosts that did not answer in this process, with the reason: asked once, not once per entry."""


class NoSourceWorked(Exception):
    """Every source of an entry failed; the text joins the reasons."""


def is_offline() -> bool:
    """`FEED_OFFLINE` is set: nothing is fetched."""
    return os.environ.get("FEED_OFFLINE", "0") not in ("", "0")


def fetch(weight: Weight, target: Path, siblings: dict[str, Path], *, progress: Progress | None = None) -> None:
    """Put the verified file of `weight` at `target`.

    Args:
        siblings: cache paths of other entries; those found in the same archive are stored as well, so that it is
            downloaded once.

    Raises:
        NoSourceWorked: with one reason per source.
    """
    if is_offline():
        raise NoSourceWorked("not on this machine, and FEED_OFFLINE is set")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with locked(target.parent / ".lock", timeout_s=LOCK_TIMEOUT_S):
            if target.is_file():  # another process was faster
                return
            reasons = []
            for source in weight.sources:
                try:
                    _fetch_from(source, weight, target, siblings, progress)
                    return
                except DownloadError as error:
                    reasons.append(str(error))
            raise NoSourceWorked("; ".join(reasons))
    except LockTimeout as error:
        raise NoSourceWorked(str(error)) from error


def _fetch_from(
    source: Source, weight: Weight, target: Path, siblings: dict[str, Path], progress: Progress | None
) -> None:
    match source:
        case Url(url, None):
            _download(url, target, weight, progress)
        case Url(url, str() as member):
            archive = target.with_name(target.name + ".archive")
            _download(url, archive, None, progress)
            _place_member(archive, member, weight, target)
            for name, sibling_target in siblings.items():
                for other in registry.REGISTRY[name].sources:
                    if isinstance(other, Url) and other.url == url and other.member is not None:
                        sibling_target.parent.mkdir(parents=True, exist_ok=True)
                        _place_member(archive, other.member, registry.REGISTRY[name], sibling_target)
            archive.unlink(missing_ok=True)
        case HubFile():
            _fetch_hub_file(source, weight, target)
        case PackageMember():
            _fetch_package(source, weight, target, siblings)
        case ByHand():
            raise DownloadError(f"only by hand: {source}")


def _download(url: str, target: Path, weight: Weight | None, progress: Progress | None) -> None:
    host = urllib.parse.urlsplit(url).netloc
    if host in unreachable_hosts:
        raise DownloadError(f"{url}: {unreachable_hosts[host]}")
    try:
        transfer.fetch(
            url,
            target,
            sha256=None if weight is None else weight.sha256,
            size_bytes=None if weight is None else weight.size_bytes,
            progress=progress,
        )
    except transfer.Unreachable as error:
        unreachable_hosts[host] = f"{host} could not be reached"
        raise DownloadError(str(error)) from error


def _fetch_hub_file(source: HubFile, weight: Weight, target: Path) -> None:
    """Through the hub's own client, for its tokens, HF_ENDPOINT and HF_HUB_OFFLINE; a cut download is resumed."""
    from huggingface_hub import constants, hf_hub_download  # slow to import and seldom needed

    if constants.HF_HUB_OFFLINE:
        raise DownloadError(f"{source}: HF_HUB_OFFLINE is set")
    folder = target.parent / "hub"
    if folder.is_symlink():
        folder.unlink()  # nothing is written to where somebody else's link leads
    try:
        path = Path(hf_hub_download(source.repo_id, source.path, revision=source.revision, local_dir=folder))
    except Exception as error:  # the client lets errors of its HTTP library through, which differs between versions
        detail = next(iter(words_and_place(error).strip().splitlines()), "no message")
        raise DownloadError(f"{source}: {type(error).__name__}: {detail}") from error
    problem = hash_problem(path, weight.sha256, weight.size_bytes)
    if problem is None:
        os.replace(path, target)
    shutil.rmtree(folder)
    if problem is not None:
        raise DownloadError(f"{source}: {problem}; the file was removed")


def _fetch_package(source: PackageMember, weight: Weight, target: Path, siblings: dict[str, Path]) -> None:
    with packages.downloaded_archive(source, target.parent) as archive:
        _place_member(archive, source.member, weight, target)
        for name, sibling_target in siblings.items():
            sibling = registry.REGISTRY[name]
            for other in sibling.sources:
                if isinstance(other, PackageMember) and other.requirement == source.requirement:
                    sibling_target.parent.mkdir(parents=True, exist_ok=True)
                    _place_member(archive, other.member, sibling, sibling_target)


def _place_member(archive: Path, member: str, weight: Weight, target: Path) -> None:
    """Extract beside `target`, verify, and move into place."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="member-") as temporary:
        extracted = Path(temporary) / "file"
        limit = weight.size_bytes or packages.MAX_MEMBER_BYTES
        packages.extract_member(archive, member, extracted, max_bytes=limit)
        problem = hash_problem(extracted, weight.sha256, weight.size_bytes)
        if problem is not None:
            raise DownloadError(f"{member} in {archive.name}: {problem}")
        os.replace(extracted, target)
