"""The features of a run, gathered for a bundle: each video once, one file for each feature, the largest left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import numpy as np

from benchmark.features.extractors.catalog import is_thinned, split_ids
from benchmark.features.scored import FeatureReader, RecentVideos, ScoredCase, load_latents, load_scored
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics.thinning import every_nth
from leaderboard.bundle.archive import Content
from leaderboard.bundle.arrays import Kind, header_of
from leaderboard.bundle.index import TIMES, ArrayItem, Group, Index, OutputItem, VideoItem, member_of

LATENTS = "latents"
MAX_FEATURE_BYTES = 192 << 20
"""Of one feature of all videos."""
MAX_ALL_BYTES = 512 << 20


@dataclass
class _Column:
    """One feature as rows come."""

    group: Group
    stream: BinaryIO
    kind: Kind = "F32"
    rows: list[int] = field(default_factory=list)
    shape: tuple[int, ...] | None = None
    size: int = 0
    refused: str | None = None

    def push(self, array: np.ndarray | None) -> None:
        """The rows of the next item; None where it has none."""
        if array is None:
            self.rows.append(0)
            return
        self.rows.append(len(array))
        if self.refused is not None:
            return
        self.shape = self.shape if self.shape is not None or not len(array) else array.shape[1:]
        data = np.ascontiguousarray(array, "<f4" if self.kind == "F32" else "<f8").tobytes()
        self.size += len(data)
        if len(array) and array.shape[1:] != self.shape:
            self.refused = f"rows of {list(array.shape[1:])} beside rows of {list(self.shape or ())}"
        elif self.size > MAX_FEATURE_BYTES:
            self.refused = f"more than {MAX_FEATURE_BYTES >> 20} MiB"
        if self.refused is not None:
            self.stream.truncate(0)
            return
        self.stream.write(data)


@dataclass(frozen=True)
class Collected:
    """Members of a bundle.

    Args:
        left_out: by feature why it is not among them.
    """

    index: Index
    members: Mapping[str, Content]
    left_out: Mapping[str, str]


class Collector:
    """Takes the cases of a run one after the other.

    Args:
        folder: for the arrays; a new, empty one.
        wanted: features that metrics read.
    """

    def __init__(self, folder: Path, wanted: Iterable[str], stride: int) -> None:
        video, pair, audio = split_ids(wanted)
        groups: dict[str, Group] = {TIMES: "videos", **dict.fromkeys(video, "videos"), **dict.fromkeys(pair, "pairs")}
        groups |= {**dict.fromkeys(audio, "audio"), LATENTS: "latents"}
        self._folder, self._stride, self._open = folder, stride, ExitStack()
        self._columns = {
            name: _Column(group, self._open.enter_context(self._path(name).open("wb")))
            for name, group in groups.items()
        }
        self._columns[TIMES].kind = "F64"
        self._places: dict[tuple[str, ...], int] = {}
        self._sizes: dict[Group, int] = {"videos": 0, "pairs": 0, "audio": 0, "latents": 0}
        self._videos: list[VideoItem] = []
        self._cases: dict[str, list[OutputItem]] = {}

    def take(self, method: str, cases: Iterable[ScoredCase], reader: FeatureReader) -> None:
        """All outputs of one method. Raises BenchmarkError where a feature is gone."""
        recent, items = RecentVideos(), self._cases.setdefault(method, [])
        for case in cases:
            latents = None if case.latents is None else load_latents(reader.store, case.latents)
            items.append(self._item(case, load_scored(case, reader, latents, recent)))

    def finish(self) -> Collected:
        """Close the files; features beyond the size that a bundle may have are left out, the largest first."""
        self._open.close()
        left_out = {name: one.refused for name, one in self._columns.items() if one.refused is not None}
        kept = {name: one for name, one in self._columns.items() if one.refused is None and one.size}
        while sum(one.size for one in kept.values()) > MAX_ALL_BYTES:
            largest = max(kept, key=lambda name: (kept[name].size, name))
            left_out[largest] = f"the features together have more than {MAX_ALL_BYTES >> 20} MiB"
            del kept[largest]
        index = Index(
            stride=self._stride,
            sizes=self._sizes,
            videos=self._videos,
            arrays={name: ArrayItem(group=one.group, rows=one.rows) for name, one in kept.items()},
            cases=self._cases,
        )
        members: dict[str, Content] = {
            member_of(name): [header_of((sum(one.rows), *(one.shape or ())), one.kind), self._path(name)]
            for name, one in kept.items()
        }
        return Collected(index, members, left_out)

    def _item(self, case: ScoredCase, features: CaseFeatures) -> OutputItem:
        thinned = every_nth(features, self._stride)
        chosen = features.output.faces.is_chosen
        return OutputItem(
            case_id=case.case_id,
            cluster=case.cluster,
            source_cluster=case.source_cluster,
            output=self._video(case.output, features.output, thinned.output, case.person if chosen else None),
            driver=self._video(case.driver, features.driver, thinned.driver, None),
            source=None if case.source is None else self._video(case.source, features.source, features.source, None),
            pairs=self._push("pairs", (case.output, case.driver), features.pairs) if features.pairs else None,
            audio=None if case.audio is None else self._push("audio", (case.audio,), features.sound),
            latents=None
            if features.latents is None
            else self._push("latents", (case.latents or "",), {LATENTS: features.latents}),
            no_source=case.no_source,
            no_pairs=case.no_pairs,
            no_audio=case.no_audio,
            has_reference=case.has_reference,
            fps=case.fps,
        )

    def _video(self, content_id: str, video: FaceFeatures, thinned: FaceFeatures, person: str | None) -> int:
        arrays = {name: (thinned if is_thinned([name]) else video).arrays.get(name) for name in video.arrays}
        arrays |= {LANDMARKS: video.landmarks_px, TIMES: video.times_s}
        before = self._sizes["videos"]
        place = self._push("videos", (content_id, person or ""), arrays)
        if place == before:
            height, width = video.frame_hw or (0, 0)
            self._videos.append(
                VideoItem(
                    id=content_id,
                    frames=len(video),
                    frame_hw=[height, width],
                    reasons=[(reason, len(list(run))) for reason, run in groupby(video.reasons)],
                    problem=video.problem,
                    faces=video.faces.array.tolist(),
                )
            )
        return place

    def _push(self, group: Group, key: tuple[str, ...], arrays: Mapping[str, np.ndarray | None]) -> int:
        """The place of an item in its group; its rows are taken where it is new."""
        key = (group, *key)
        if key not in self._places:
            self._places[key] = self._sizes[group]
            self._sizes[group] += 1
            for name, column in self._columns.items():
                if column.group == group:
                    column.push(arrays.get(name))
        return self._places[key]

    def _path(self, name: str) -> Path:
        return self._folder / Path(member_of(name)).name
