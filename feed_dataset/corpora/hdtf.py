"""HDTF: talking heads cut from video addresses of politicians and radio hosts.

The official repository (MRzzm/HDTF) holds annotations only, in the folder HDTF_dataset: `RD_`, `WDA_` and `WRA_` +
`video_url.txt`, `annotion_time.txt` (so spelled), `crop_wh.txt`, `resolution.txt`, `crop_ratio.txt`; its README
names the clips `<video>_<clip>.mp4`. The download script it points to (universome/HDTF) writes
`<subset>_<video>_<clip, three digits>.mp4`, which is how the data is met. Both are read.

The person is the video's name without its number (`WDA_AmyKlobuchar0` and `...1` are one person); a radio show's
episodes keep theirs, because each has another host or guest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.files import read_text
from feed_dataset.corpora.base import Corpus, CorpusFile

SUBSETS: Mapping[str, str] = MappingProxyType(
    {"RD": "radio", "WDA": "weekly Democratic address", "WRA": "weekly Republican address"}
)
_NAME = re.compile(r"(?:(RD|WDA|WRA)_)?([A-Za-z][A-Za-z0-9.\-]*?)_(\d{1,3})")
_SPAN = re.compile(r"(\d{1,2}(?::\d{1,2}){1,2})-(\d{1,2}(?::\d{1,2}){1,2})")


class HdtfAnnotationError(FeedError):
    """An annotation file is missing or a line of it is not in the documented format."""


@dataclass(frozen=True, order=True)
class HdtfName:
    """What a file name of HDTF says."""

    subset: str  # key of SUBSETS; "" in the plain form of the README
    video: str  # "AmyKlobuchar0"
    clip: int

    @property
    def person(self) -> str:
        return self.video if self.video.startswith("Radio") else self.video.rstrip("0123456789") or self.video


@dataclass(frozen=True)
class HdtfClip:
    """One annotated clip: where it is cut from."""

    name: HdtfName
    url: str | None  # None where the list of addresses lacks the video
    start_s: int
    stop_s: int
    crop_px: tuple[int, int, int, int] | None  # x, y, width, height at the resolution below; None where not given
    resolution_px: int | None  # height of the video that the crop refers to


def parse_name(stem: str) -> HdtfName | str:
    """Read a name without its extension; the reason in words when it is none of HDTF."""
    match = _NAME.fullmatch(stem)
    if match is None:
        return f"expected <subset>_<video>_<clip> such as WDA_BarackObama_000 but got {stem!r}"
    return HdtfName(match[1] or "", match[2], int(match[3]))


class Hdtf(Corpus):
    """Args: annotations: clips that should be there (`read_annotations`); without them nothing can be missing."""

    name = "hdtf"
    title = "HDTF: High-resolution Audio-visual Talking Face dataset (Zhang et al., CVPR 2021)"
    licence = "annotations CC BY 4.0; the videos keep the rights of their owners"
    how_to_get = (
        "Clone the repository for the annotations, then run the script of universome/HDTF, which downloads each video "
        "and cuts and crops the clips. Some videos are no longer online: a part of the data cannot be had."
    )
    page = "https://github.com/MRzzm/HDTF"
    pattern = "<subset>_<video>_<clip>.mp4"
    suffixes = frozenset({".mp4"})

    def __init__(self, annotations: tuple[HdtfClip, ...] = ()) -> None:
        self._annotations = annotations

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        if any(part == "_videos_raw" for part in relative.parts):
            return "an uncut download of the script, no clip"
        found = parse_name(relative.stem)
        return found if isinstance(found, str) else _file(found)

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """All annotated clips that can be cut: those with an address and a crop."""
        plain = {file.id for file in found.values() if not file.fields["subset"]}
        complete: dict[str, CorpusFile] = {}
        for clip in self._annotations:
            file = _file(clip.name)
            short = _file(HdtfName("", clip.name.video, clip.name.clip)).id
            if clip.url is not None and clip.crop_px is not None and short not in plain:
                complete[file.id] = file
        return tuple({**complete, **found}.values())


def read_annotations(folder: Path) -> tuple[HdtfClip, ...]:
    """The clips of the official annotation files in `folder`, in order of subset, video and clip.

    Raises HdtfAnnotationError.
    """
    clips: list[HdtfClip] = []
    for subset in SUBSETS:
        spans = _rows(folder / f"{subset}_annotion_time.txt")
        urls = _rows(folder / f"{subset}_video_url.txt")
        crops = _rows(folder / f"{subset}_crop_wh.txt")
        heights = _rows(folder / f"{subset}_resolution.txt")
        for video, columns in spans.items():
            height = heights.get(video)
            for index, text in enumerate(columns):
                start_s, stop_s = _span(text, f"{subset}_annotion_time.txt, {video}")
                crop = crops.get(f"{video}_{index}")
                clips.append(
                    HdtfClip(
                        name=HdtfName(subset, video, index),
                        url=urls[video][0] if video in urls else None,
                        start_s=start_s,
                        stop_s=stop_s,
                        crop_px=_crop(crop, f"{subset}_crop_wh.txt, {video}_{index}") if crop else None,
                        resolution_px=_number(height[0], f"{subset}_resolution.txt, {video}") if height else None,
                    )
                )
    return tuple(sorted(clips, key=lambda clip: clip.name))


def _rows(path: Path) -> dict[str, list[str]]:
    """First column, less ".mp4" -> the other columns."""
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise HdtfAnnotationError(f"expected HDTF's annotations in {path} but got: {words_of(error)}") from error
    rows: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        columns = line.split()
        if not columns:
            continue
        if len(columns) < 2:
            raise HdtfAnnotationError(f"expected a name and its values in line {number} of {path} but got {line!r}")
        rows[columns[0].removesuffix(".mp4")] = columns[1:]
    return rows


def _span(text: str, where: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise HdtfAnnotationError(f"expected a span such as 00:30-02:50 in {where} but got {text!r}")
    start_s, stop_s = _seconds(match[1]), _seconds(match[2])
    if stop_s <= start_s:
        raise HdtfAnnotationError(f"expected a span that ends after it starts in {where} but got {text!r}")
    return start_s, stop_s


def _seconds(text: str) -> int:
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total


def _crop(columns: list[str], where: str) -> tuple[int, int, int, int]:
    """The file says min x, width, min y, height."""
    if len(columns) != 4:
        raise HdtfAnnotationError(f"expected four numbers in {where} but got {' '.join(columns)!r}")
    x, width, y, height = (_number(text, where) for text in columns)
    return x, y, width, height


def _number(text: str, where: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise HdtfAnnotationError(f"expected a number in {where} but got {text!r}")
    return int(text)


def _file(name: HdtfName) -> CorpusFile:
    prefix = f"{name.subset}_" if name.subset else ""
    fields = {"subset": name.subset, "video": name.video, "clip": f"{name.clip:03d}"}
    identity = f"{prefix}{name.video}_{name.clip:03d}"
    return CorpusFile(identity, name.person, "video", task="speech", fields=MappingProxyType(fields))
