"""Pairing by equal names: `sub/a.mp4` belongs to `sub/a.avi`, whatever else lies in the two folders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.pairing.pair_list import Pair, PairingError, PairList, checked_id
from feed_dataset.core.jobs.files import walk
from feed_dataset.core.media.suffixes import AUDIO_SUFFIXES, IMAGE_SUFFIXES, VIDEO_SUFFIXES, why_unread

_SHOWN = 3


@dataclass(frozen=True)
class Found:
    """The files of one folder by their relative path, and those that cannot be used."""

    files: dict[str, Path]
    left_out: tuple[tuple[str, str], ...]
    unread: dict[str, str]  # relative path -> why files of this kind are not read


@dataclass(frozen=True)
class Folder:
    """The files of one folder by id, and those that cannot be used."""

    by_id: dict[str, Path]
    left_out: tuple[tuple[str, str], ...]
    unread: dict[str, str]  # id -> why its file is not read


def pair_by_stem(
    generated: Path, reference: Path, *, source: Path | None = None, audio: Path | None = None
) -> PairList:
    """Pair the videos below two folders by their path without the suffix.

    Ids that only one side has are cases without a video on the other: they fail and are counted.

    Raises:
        PairingError: a folder is missing or empty, two files claim one id, or no id is on both sides.
    """
    outputs = scan(generated, "--generated", VIDEO_SUFFIXES)
    references = scan(reference, "--reference", VIDEO_SUFFIXES)
    sources = scan(source, "--source", (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)) if source else None
    sounds = scan(audio, "--audio", (*AUDIO_SUFFIXES, *VIDEO_SUFFIXES)) if audio else None
    if not outputs.by_id.keys() & references.by_id.keys():
        raise PairingError(
            f"expected videos with equal names in {generated} and {reference} but got"
            f" {_some(outputs.by_id)} and {_some(references.by_id)}; rename them, or say which belongs to"
            " which in a --pairs CSV"
        )
    ids = sorted(outputs.by_id.keys() | references.by_id.keys())
    pairs = tuple(
        Pair(
            id=case_id,
            cluster=case_id,
            source_cluster=case_id,
            generated=outputs.by_id.get(case_id),
            reference=references.by_id.get(case_id),
            source=sources.by_id.get(case_id) if sources else None,
            audio=sounds.by_id.get(case_id) if sounds else None,
            unread=outputs.unread.get(case_id) or references.unread.get(case_id),
        )
        for case_id in ids
    )
    left_out = [*outputs.left_out, *references.left_out]
    for folder, option in ((sources, "--source"), (sounds, "--audio")):
        if folder is not None:
            left_out += folder.left_out
            strangers = folder.by_id.keys() - set(ids)
            left_out += [(f"{option} {folder.by_id[i].name}", "no video with this id") for i in sorted(strangers)]
    return PairList(pairs, tuple(left_out), has_sources=sources is not None, has_audio=sounds is not None)


def scan(folder: Path, option: str, suffixes: Collection[str]) -> Folder:
    """The files below `folder` that end in one of `suffixes`, by their relative path without it.

    Raises:
        PairingError: no such folder, nothing usable in it, or two files of one id.
    """
    found = find(folder, option, suffixes)
    by_id: dict[str, Path] = {}
    for name, path in found.files.items():
        case_id = checked_id(name[: -len(path.suffix)], f"{option} {name}")
        if case_id in by_id:
            raise PairingError(
                f"expected one file per id in {option} but got {by_id[case_id].name} and {path.name} for"
                f" {case_id!r}; remove one, or name the right one in a --pairs CSV"
            )
        by_id[case_id] = path
    unread = {name[: -len(Path(name).suffix)]: reason for name, reason in found.unread.items()}
    if not by_id and found.left_out:
        raise PairingError(
            f"expected files ({', '.join(suffixes)}) in {option} {folder} but all are left out:"
            f" {'; '.join(f'{name}: {reason}' for name, reason in found.left_out[:_SHOWN])}"
        )
    if not by_id:
        entries = sorted(folder.expanduser().iterdir())
        named = [printable(path.name) for path in entries if path.is_dir() and path.suffix.lower() in suffixes]
        if named:
            raise PairingError(
                f"expected files in {option} {folder} but {_first(named)} is a folder; folders of images are scored"
                " with: feed benchmark run --method frames:DIR"
            )
        seen = [printable(path.name) for path in entries]
        raise PairingError(
            f"expected files ({', '.join(suffixes)}) in {option} {folder} but it has {_first(seen) or 'nothing'}"
        )
    return Folder(by_id, found.left_out, unread)


def find(folder: Path, option: str, suffixes: Collection[str]) -> Found:
    """The files below `folder` that end in one of `suffixes`.

    Links that lead out of the folder, pipes and names that are no text are left out and said.
    """
    root = folder.expanduser()
    if not root.is_dir():
        what = "a file; name the folder that holds it" if root.exists() else "nothing"
        raise PairingError(f"expected a folder for {option} but {folder} is {what}")
    listing = walk(root)
    files: dict[str, Path] = {}
    unread: dict[str, str] = {}
    left_out = [
        (f"{option} {printable(path.relative_to(root).as_posix())}", printable(reason))
        for path, reason in listing.refused
        if path.suffix.lower() in suffixes or not path.suffix
    ]
    for path in listing.files:
        name = path.relative_to(root).as_posix()
        reason = why_unread(path, suffixes)
        if reason:
            unread[name] = printable(reason)
            left_out.append((f"{option} {printable(name)}", printable(reason)))
        if path.suffix.lower() not in suffixes or path.name.startswith("."):
            continue
        if printable(name) != name:
            left_out.append((f"{option} {printable(name)}", "its name is no printable text"))
        else:
            files[name] = path
    return Found(files, tuple(left_out), unread)


def printable(text: str) -> str:
    """The text with everything escaped that a terminal or a file in UTF-8 cannot show."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in safe)


def _some(by_id: dict[str, Path]) -> str:
    return _first(sorted(path.name for path in by_id.values()))


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
