"""From the members of a bundle back to what metrics read of each case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.features.extractors.catalog import is_thinned, split_ids
from benchmark.features.scored import ScoredCase, assembled
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import LANDMARKS
from feed_dataset.core.faces.seen import FacesSeen
from leaderboard.bundle.collecting import LATENTS
from leaderboard.bundle.index import TIMES, ArrayItem, Index, OutputItem, VideoItem, member_of
from leaderboard.bundle.problems import Refused

_POINTS = (468, 3)


@dataclass(frozen=True)
class _Array:
    """One feature of all items of its group."""

    content: np.ndarray
    ends: np.ndarray  # int64 [items + 1]

    def of(self, place: int) -> np.ndarray:
        rows: np.ndarray = self.content[self.ends[place] : self.ends[place + 1]]
        return rows


class Features:
    """The features of a bundle, checked against its index.

    Args:
        arrays: by name of the feature the content of its member.

    Raises:
        Refused: arrays do not have the rows that the index says.
    """

    def __init__(self, index: Index, arrays: Mapping[str, np.ndarray]) -> None:
        self.index = index
        self._arrays = {name: _array(name, index, arrays[name]) for name in index.arrays}
        self._by_group = {
            group: [name for name, one in index.arrays.items() if one.group == group and name not in (TIMES, LANDMARKS)]
            for group in ("videos", "pairs", "audio", "latents")
        }
        self._videos: dict[int, FaceFeatures] = {}

    @property
    def names(self) -> frozenset[str]:
        """Features that the bundle has."""
        return frozenset(self._arrays)

    def cases(self, method: str) -> Iterator[CaseFeatures]:
        """What metrics read of each output of a method that the bundle has."""
        for item in self.index.cases[method]:
            yield self._case(item)

    def video(self, place: int) -> FaceFeatures:
        """The features of one video."""
        if place not in self._videos:
            self._videos[place] = self._video(place, self.index.videos[place])
        return self._videos[place]

    def _case(self, item: OutputItem) -> CaseFeatures:
        videos = self.index.videos
        source = None if item.source is None else self.video(item.source)
        about = ScoredCase(
            case_id=item.case_id,
            cluster=item.cluster,
            source_cluster=item.source_cluster,
            driver=videos[item.driver].id,
            output=videos[item.output].id,
            source=None if item.source is None else videos[item.source].id,
            no_source=item.no_source,
            person=None,
            audio=None,
            no_audio=item.no_audio,
            no_pairs=item.no_pairs,
            has_reference=item.has_reference,
            fps=item.fps,
        )
        latents = (
            None if item.latents is None or LATENTS not in self._arrays else self._arrays[LATENTS].of(item.latents)
        )
        return assembled(
            about,
            self.video(item.output),
            self.video(item.driver),
            source,
            latents=latents,
            pairs=self._rows("pairs", item.pairs),
            sound=self._rows("audio", item.audio),
        )

    def _rows(self, group: str, place: int | None) -> dict[str, np.ndarray]:
        if place is None:
            return {}
        return {name: self._arrays[name].of(place) for name in self._by_group[group]}

    def _video(self, place: int, about: VideoItem) -> FaceFeatures:
        frames = about.frames
        found = {}
        for name in self._by_group["videos"]:
            rows = self._arrays[name].of(place)
            found[name] = _placed(rows, frames, self.index.stride) if is_thinned([name]) else rows
        landmarks = np.broadcast_to(np.float32(np.nan), (frames, *_POINTS))
        if LANDMARKS in self._arrays:
            landmarks = self._arrays[LANDMARKS].of(place)
        times = self._arrays[TIMES].of(place) if TIMES in self._arrays else None
        return FaceFeatures(
            landmarks_px=landmarks,
            reasons=tuple(reason for reason, count in about.reasons for _ in range(count)),
            arrays=found,
            problem=about.problem,
            frame_hw=(about.frame_hw[0], about.frame_hw[1]),
            faces=FacesSeen.of_array(np.array(about.faces, np.int64)),
            times_s=times,
        )


def _array(name: str, index: Index, content: np.ndarray) -> _Array:
    item = index.arrays[name]
    place = member_of(name)
    ends = np.concatenate([[0], np.cumsum(np.array(item.rows, np.int64))])
    if ends[-1] != len(content):
        raise Refused(place, f"expected {ends[-1]} rows, as the index says, but got {len(content)}")
    if item.group != (group := _group_of(name)):
        raise Refused(place, f"expected a feature of {group} but the index says {item.group}")
    if name == LANDMARKS and content.shape[1:] != _POINTS:
        raise Refused(place, f"expected rows of {list(_POINTS)} but got {list(content.shape[1:])}")
    if name == TIMES and content.ndim != 1:
        raise Refused(place, f"expected one time of each frame but got {list(content.shape[1:])}")
    if item.group == "videos":
        _check_frames(name, index, item, place)
    return _Array(content, ends)


def _check_frames(name: str, index: Index, item: ArrayItem, place: str) -> None:
    """A feature of frames has a row for each frame, or for every n-th."""
    from benchmark.features.extractors.catalog import video_extractor

    if name not in (LANDMARKS, TIMES) and video_extractor(name).rows != "frame":
        return
    stride = index.stride if name not in (LANDMARKS, TIMES) and is_thinned([name]) else 1
    for number, (video, rows) in enumerate(zip(index.videos, item.rows, strict=True)):
        if rows != (due := -(-video.frames // stride)):
            raise Refused(place, f"expected {due} rows of video {number} but got {rows}")


def _group_of(name: str) -> str:
    if name in (TIMES, LATENTS):
        return "videos" if name == TIMES else "latents"
    _, pair, audio = split_ids([name])
    return "pairs" if pair else "audio" if audio else "videos"


def _placed(rows: np.ndarray, frames: int, stride: int) -> np.ndarray:
    """Rows at their frames, NaN at those that were left out."""
    if stride == 1:
        return rows
    placed = np.full((frames, *rows.shape[1:]), np.nan, np.float32)
    placed[::stride] = rows
    return placed
