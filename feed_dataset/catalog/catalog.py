"""The clips of a data directory: feed-mini, the public FEED release, or anything named like it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.catalog.clip import Clip
from feed_dataset.catalog.rendered_audio import languages_of, takes_with_audio
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.jobs.files import refusal, walk
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.corpora.base import CorpusFile
from feed_dataset.corpora.feed import Feed
from feed_dataset.layout.mini import EMBEDDED, MINI_ROOT
from feed_dataset.layout.names import CAMERAS, PATTERN, STEMS, canonical_subject, is_video, subject_folder
from feed_dataset.layout.withdrawn import WithdrawnError, added, reason_of, shipped
from feed_dataset.manifest.place import find_manifest
from feed_dataset.manifest.scan import Scan, natural, scan_corpus

if TYPE_CHECKING:
    from feed_dataset.catalog.take import Take
    from feed_dataset.manifest.entry import ManifestEntry

TRUTH_SUFFIX = ".npz"
_SAMPLE_BYTES = 65_536
_SHOWN_FILES = 3
_ABSENT = ""  # no file, hence no reason


@dataclass(frozen=True)
class Catalog:
    """Every clip of a data directory, in order of subject, stem and camera."""

    name: str
    root: Path
    clips: tuple[Clip, ...]
    problems: tuple[tuple[Path, str], ...]  # videos that are unreadable or not named like FEED, and why
    digest: str  # of names, sizes and samples of the contents; the place of the directory does not enter
    withdrawn: tuple[tuple[str, str], ...] = ()  # ids of clips that are there and must not be used, and why
    indexed: Mapping[Path, ManifestEntry] = field(default_factory=dict, repr=False, compare=False)  # the manifest's

    def select(
        self,
        *,
        subjects: Collection[str] | None = None,
        stems: Collection[str] | None = None,
        cameras: Collection[str] | None = None,
    ) -> tuple[Clip, ...]:
        """The clips with these subjects, stems and cameras; None takes all.

        Raises LayoutError for a name that is not there, and WithdrawnError for a subject who withdrew.
        """
        wanted = {"subject": subjects, "stem": stems, "camera": cameras}
        for kind, names in wanted.items():
            if isinstance(names, str):
                raise TypeError(f"expected {kind}s as a collection of names but got the string {names!r}")
            known = {getattr(clip, kind) for clip in self.clips}
            for name in names or ():
                if kind == "subject" and name not in known:
                    self._refuse_withdrawn(name)
                if name not in known:
                    raise LayoutError(f"{self.name}: {unknown(kind, name, known)}")
        return tuple(
            clip
            for clip in self.clips
            if all(names is None or getattr(clip, kind) in names for kind, names in wanted.items())
        )

    def clip(self, clip_id: str) -> Clip:
        """The clip with this id. Raises LayoutError, and WithdrawnError for a subject who withdrew."""
        for clip in self.clips:
            if clip.id == clip_id:
                return clip
        self._refuse_withdrawn(clip_id.partition("/")[0])
        raise LayoutError(f"{self.name}: {unknown('clip', clip_id, [clip.id for clip in self.clips])}")

    def takes(self) -> tuple[Take, ...]:
        """Every take with the cameras that are there, in order of subject and stem."""
        return tuple(self.take(take_id) for take_id in dict.fromkeys(clip.take_id for clip in self.clips))

    def take(self, take_id: str) -> Take:
        """The take with this id, such as "ID_1/random". Raises LayoutError, and WithdrawnError as `clip` does."""
        clips = {clip.camera: clip for clip in self.clips if clip.take_id == take_id}
        if not clips:
            self._refuse_withdrawn(take_id.partition("/")[0])
            raise LayoutError(f"{self.name}: {unknown('take', take_id, {clip.take_id for clip in self.clips})}")
        from feed_dataset.catalog.take import Take

        known = {camera: self.indexed[clip.path] for camera, clip in clips.items() if clip.path in self.indexed}
        fresh = {camera: entry.index() for camera, entry in known.items() if entry.describes(clips[camera].path)}
        indices = {camera: index for camera, index in fresh.items() if index is not None}
        subject, _, stem = take_id.partition("/")
        return Take(subject, stem, clips, indices)

    def _refuse_withdrawn(self, subject: str) -> None:
        reason = _why_withdrawn(subject, self.root)
        if reason:
            raise WithdrawnError(subject, reason)


def open_catalog(data_dir: Path | str | None = None) -> Catalog:
    """List the clips of `data_dir`; None means feed-mini, which is part of the package.

    Where the directory was indexed, files that did not change since are not opened again, and those that the index
    found damaged are problems. Of feed-mini and other rendered takes as they were written no file is opened.

    Raises:
        LayoutError: there is no such directory, it holds no FEED video, or two files claim to be the same
        clip.
        ManifestError: the directory's manifest is damaged.
        WithdrawnListError: its list of withdrawn subjects is damaged.
    """
    root = (MINI_ROOT if data_dir is None else Path(data_dir).expanduser()).resolve()
    name = next((name for name, place in EMBEDDED.items() if root == place.resolve()), "feed")
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise LayoutError(f"expected a directory with videos {PATTERN} but {root} {what}")
    scan = scan_corpus(root, Feed())
    if not scan.usable:
        raise LayoutError(_nothing_found(scan))
    known = _indexed(root)
    digest = digest_of(root)
    with_audio, languages = takes_with_audio(root, digest), languages_of(root, digest)
    problems = [*scan.strangers, *((named.path, named.reason) for named in scan.refused)]
    clips = []
    truths: dict[Path, str | None] = {}
    for named in sorted(scan.usable, key=lambda named: _order(named.file)):
        if with_audio is None:
            has_audio, fault = _sound(named.path, known.get(named.path))
        else:
            has_audio, fault = f"{named.file.subject}/{named.file.fields['stem']}" in with_audio, None
        if fault:
            problems.append((named.path, fault))
        truth = named.path.with_name(f"{named.file.fields['stem']}{TRUTH_SUFFIX}")
        if truth not in truths:  # cameras of a take share it
            truths[truth] = refusal(truth, root) if os.path.lexists(truth) and not truth.is_dir() else _ABSENT
        found = truth if truths[truth] is None else None
        clips.append(_clip(named.file, named.path, found, has_audio, languages.get(named.file.subject)))
    problems += [(truth, reason) for truth, reason in truths.items() if reason]
    withdrawn = tuple((named.file.id, named.reason) for named in scan.withdrawn)
    return Catalog(name, root, tuple(clips), tuple(sorted(problems)), digest, withdrawn, known)


def _clip(file: CorpusFile, path: Path, truth: Path | None, has_audio: bool, language: str | None) -> Clip:
    return Clip(
        id=file.id,
        subject=file.subject,
        stem=file.fields["stem"],
        task=file.task,
        mode=file.fields["mode"],
        camera=file.view,
        path=path,
        ground_truth=truth,
        has_audio=has_audio,
        language=language if has_audio else None,
    )


def _indexed(root: Path) -> dict[Path, ManifestEntry]:
    """What the manifest says of each file, where there is one."""
    path = find_manifest(root)
    if path is None:
        return {}
    from feed_dataset.manifest.manifest import Manifest

    return {root / entry.path: entry for entry in Manifest.load(path).entries if entry.path}


def _sound(path: Path, known: ManifestEntry | None) -> tuple[bool, str | None]:
    """Whether there is sound, and what is wrong with the file."""
    from feed_dataset.core.jobs.errors import VideoDecodeError
    from feed_dataset.core.media.whole_video import has_audio_stream

    if known is not None and known.describes(path):
        return known.has_audio, known.reason or None
    try:
        return has_audio_stream(path), None
    except VideoDecodeError as error:
        return False, str(error)


def _order(file: CorpusFile) -> tuple[list[tuple[int, str]], int, int]:
    return natural(file.subject), list(STEMS).index(file.fields["stem"]), list(CAMERAS).index(file.view)


def digest_of(root: Path) -> str:
    """Hash of the videos and ground truth files below `root`: relative name, size, and 64 KiB of both ends.

    Copies have equal digests. Files of withdrawn subjects do not enter.
    """
    total = hashlib.sha256()
    for path in walk(root).files:
        is_truth = path.suffix == TRUTH_SUFFIX and not path.name.startswith(".")
        if not is_truth and not is_video(path):
            continue
        if _why_withdrawn(canonical_subject(subject_folder(path.relative_to(root), root.name)), root):
            continue
        size = path.stat().st_size
        total.update(f"{path.relative_to(root).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            total.update(file.read(_SAMPLE_BYTES))
            file.seek(max(size - _SAMPLE_BYTES, 0))
            total.update(file.read(_SAMPLE_BYTES))
    return total.hexdigest()


def _why_withdrawn(subject: str, root: Path) -> str | None:
    return reason_of(subject, {**added(root), **shipped()})


def _nothing_found(scan: Scan) -> str:
    root = scan.root
    videos = [path.relative_to(root).as_posix() for path, _ in scan.strangers if is_video(path)]
    entries = sorted(path.name for path in root.iterdir())
    unread = [(named.path, named.reason) for named in scan.refused]
    unread += [(path, reason) for path, reason in scan.strangers if not is_video(path)]
    if scan.withdrawn:
        found = f"{len(scan.withdrawn)} videos of subjects that must not be used ({scan.withdrawn[0].reason})"
    elif unread:
        found = f"{len(unread)} that must not be read ({unread[0][0]}: {unread[0][1]})"
    elif videos:
        found = f"{len(videos)} other videos ({_shorten(videos)})"
    else:
        found = f"no video, only {_shorten(entries)}" if entries else "an empty directory"
    return (
        f"expected FEED videos {PATTERN} with stem among {', '.join(STEMS)} "
        f"and camera among {', '.join(CAMERAS)} below {root} but got {found}"
    )


def _shorten(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN_FILES]) + (", ..." if len(names) > _SHOWN_FILES else "")
