"""The clips of a data directory: feed-mini, the public FEED release, or anything named like it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.errors import LayoutError
from feed_dataset.layout import CAMERAS, PATTERN, STEMS, ClipName, is_video, parse_clip_path
from feed_dataset.splits import split_of
from feed_dataset.text import unknown

MINI_ROOT = Path(__file__).parent / "mini"
TRUTH_SUFFIX = ".npz"
_SAMPLE_BYTES = 65_536
_SHOWN_FILES = 3


@dataclass(frozen=True)
class Clip:
    """One video of one camera."""

    id: str  # "S01/MAU_strong_C"
    subject: str
    stem: str
    task: str  # key of feed_dataset.layout.TASKS
    mode: str
    camera: str  # "C", "L" or "R"
    path: Path
    ground_truth: Path | None
    has_audio: bool

    @property
    def take_id(self) -> str:
        """The clip without its camera: views of one take share it."""
        return f"{self.subject}/{self.stem}"

    @property
    def split(self) -> str:
        """ "train" or "test", by subject."""
        return split_of(self.subject)


@dataclass(frozen=True)
class Catalog:
    """Every clip of a data directory, in order of subject, stem and camera."""

    name: str
    root: Path
    clips: tuple[Clip, ...]
    problems: tuple[tuple[Path, str], ...]  # videos that are unreadable or not named like FEED, and why
    digest: str  # of names, sizes and samples of the contents; the place of the directory does not enter

    def select(
        self,
        *,
        subjects: Collection[str] | None = None,
        stems: Collection[str] | None = None,
        cameras: Collection[str] | None = None,
    ) -> tuple[Clip, ...]:
        """The clips with these subjects, stems and cameras; None takes all.

        Raises LayoutError for a name that is not there.
        """
        wanted = {"subject": subjects, "stem": stems, "camera": cameras}
        for kind, names in wanted.items():
            if isinstance(names, str):
                raise TypeError(f"expected {kind}s as a collection of names but got the string {names!r}")
            known = {getattr(clip, kind) for clip in self.clips}
            for name in names or ():
                if name not in known:
                    raise LayoutError(f"{self.name}: {unknown(kind, name, known)}")
        return tuple(
            clip
            for clip in self.clips
            if all(names is None or getattr(clip, kind) in names for kind, names in wanted.items())
        )

    def clip(self, clip_id: str) -> Clip:
        """The clip with this id. Raises LayoutError."""
        for clip in self.clips:
            if clip.id == clip_id:
                return clip
        raise LayoutError(f"{self.name}: {unknown('clip', clip_id, [clip.id for clip in self.clips])}")


def open_catalog(data_dir: Path | str | None = None) -> Catalog:
    """List the clips of `data_dir`; None means feed-mini, which is part of the package.

    Raises:
        LayoutError: there is no such directory, it holds no FEED video, or two files claim to be the same
        clip.
    """
    root = (MINI_ROOT if data_dir is None else Path(data_dir).expanduser()).resolve()
    name = "feed-mini" if root == MINI_ROOT.resolve() else "feed"
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise LayoutError(f"expected a directory with videos {PATTERN} but {root} {what}")
    named, problems = _find(root)
    if not named:
        raise LayoutError(_nothing_found(root))
    clips = []
    for clip_name, path in sorted(named.items(), key=lambda item: _order(item[0])):
        has_audio, fault = _sound(path)
        if fault:
            problems.append((path, fault))
        clips.append(_clip(clip_name, path, has_audio))
    return Catalog(name, root, tuple(clips), tuple(sorted(problems)), digest_of(root))


def _find(root: Path) -> tuple[dict[ClipName, Path], list[tuple[Path, str]]]:
    named: dict[ClipName, Path] = {}
    problems: list[tuple[Path, str]] = []
    for path in _videos(root):
        found = parse_clip_path(path.relative_to(root), root.name)
        if isinstance(found, str):
            problems.append((path, found))
        elif found in named:
            raise LayoutError(f"expected one file for clip {found.id} but got {named[found]} and {path}; remove one")
        else:
            named[found] = path
    _refuse_similar_subjects(named)
    return named, problems


def _refuse_similar_subjects(named: dict[ClipName, Path]) -> None:
    """Two spellings of one subject (`ID_1`, `id_1`) would count as two people."""
    spelling: dict[str, ClipName] = {}
    for name in named:
        key = re.sub(r"[_\- ]", "", name.subject).lower()
        first = spelling.setdefault(key, name)
        if first.subject != name.subject:
            raise LayoutError(
                f"expected one folder per subject but got {first.subject!r} ({named[first]}) "
                f"and {name.subject!r} ({named[name]}); rename one"
            )


def _videos(root: Path) -> Iterator[Path]:
    return (path for path in _files(root) if is_video(path))


def _files(root: Path) -> Iterator[Path]:
    """Files below `root` in a fixed order; links to directories are followed, each directory is read once."""
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            yield Path(folder) / name


def _clip(name: ClipName, path: Path, has_audio: bool) -> Clip:
    truth = path.with_name(f"{name.stem.name}{TRUTH_SUFFIX}")
    return Clip(
        id=name.id,
        subject=name.subject,
        stem=name.stem.name,
        task=name.stem.task,
        mode=name.stem.mode,
        camera=name.camera,
        path=path,
        ground_truth=truth if truth.is_file() else None,
        has_audio=has_audio,
    )


def _sound(path: Path) -> tuple[bool, str | None]:
    from feed_dataset.errors import VideoDecodeError
    from feed_dataset.video_reader import has_audio_stream

    try:
        return has_audio_stream(path), None
    except VideoDecodeError as error:
        return False, str(error)


def _order(name: ClipName) -> tuple[list[tuple[int, str]], int, int]:
    """Numbers in subject names count as numbers: ID_2 before ID_10."""
    parts = [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name.subject)]
    return parts, list(STEMS).index(name.stem.name), list(CAMERAS).index(name.camera)


def digest_of(root: Path) -> str:
    """Hash of the videos and ground truth files below `root`: relative name, size, and 64 KiB of both ends.

    Copies have equal digests.
    """
    total = hashlib.sha256()
    for path in _files(root):
        is_truth = path.suffix == TRUTH_SUFFIX and not path.name.startswith(".")
        if not is_truth and not is_video(path):
            continue
        size = path.stat().st_size
        total.update(f"{path.relative_to(root).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            total.update(file.read(_SAMPLE_BYTES))
            file.seek(max(size - _SAMPLE_BYTES, 0))
            total.update(file.read(_SAMPLE_BYTES))
    return total.hexdigest()


def _nothing_found(root: Path) -> str:
    videos = [path.relative_to(root).as_posix() for path in _videos(root)]
    entries = sorted(path.name for path in root.iterdir())
    if videos:
        found = f"{len(videos)} other videos ({_shorten(videos)})"
    else:
        found = f"no video, only {_shorten(entries)}" if entries else "an empty directory"
    return (
        f"expected FEED videos {PATTERN} with stem among {', '.join(STEMS)} "
        f"and camera among {', '.join(CAMERAS)} below {root} but got {found}"
    )


def _shorten(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN_FILES]) + (", ..." if len(names) > _SHOWN_FILES else "")
