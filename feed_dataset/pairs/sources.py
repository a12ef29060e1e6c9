"""The videos that pairs are drawn from: the clips themselves, or their prepared face crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.catalog.catalog import Catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.catalog.rows import indexed
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.npz import open_npz
from feed_dataset.pairs.sampling import PairError

if TYPE_CHECKING:
    from feed_dataset.core.media.frame_index import FrameIndex
    from feed_dataset.prepare import PreparedClip, PreparedSet


@dataclass(frozen=True)
class PairSource:
    """One video to draw from.

    Args:
        id, subject, task, view: what samples say of it.
        path: of the video, or of its crops.
        frame_index: of `path`, where a manifest has it.
        crop_data: what `prepare` stored beside the crops.
    """

    id: str
    subject: str
    task: str
    view: str
    path: Path
    frame_index: bytes = field(default=b"", repr=False)
    crop_data: Path | None = None

    def index(self) -> FrameIndex | None:
        """The frame index that need not be built again. Raises FrameIndexError."""
        from feed_dataset.core.media.frame_index import FrameIndex

        return FrameIndex.from_bytes(self.frame_index) if self.frame_index else None

    def usable_frames(self, frame_count: int) -> np.ndarray:  # int64 [K]
        """All frames; of crops, those in which the face was found. Raises PairError."""
        if self.crop_data is None:
            return np.arange(frame_count)
        try:
            with open_npz(self.crop_data) as stored:
                valid = stored["valid"]
        except (OSError, KeyError, ValueError) as error:
            raise PairError(
                f"expected what `prepare` stored but cannot read {self.crop_data}: {words_of(error)}"
            ) from error
        if valid.shape != (frame_count,):
            raise PairError(f"expected {frame_count} frames in {self.crop_data} but got {len(valid)}; prepare again")
        return np.flatnonzero(valid)


def pair_sources(
    catalog: Catalog, clips: Sequence[Clip], prepared: Path | str | None
) -> tuple[tuple[PairSource, ...], dict[str, str]]:
    """(videos, clip id -> why it is left out). Raises PreparedError, PairError for crops that are no videos."""
    known = indexed(catalog)
    crops = None if prepared is None else Crops(Path(prepared))
    problems = dict(catalog.problems)
    left_out: dict[str, str] = {}
    sources = []
    for clip in clips:
        source = PairSource(
            clip.id, clip.subject, clip.task, clip.camera, clip.path, known.frame_indexes.get(clip.id, b"")
        )
        found: PairSource | str = problems.get(clip.path) or known.faults.get(clip.id) or source
        if not isinstance(found, str) and crops is not None:
            found = crops.of(source, catalog.root, known.sha256.get(clip.id))
        if isinstance(found, str):
            left_out[clip.id] = found
        else:
            sources.append(found)
    return tuple(sources), left_out


class Crops:
    """The output of `prepare` by the names that it gave.

    Raises:
        PreparedError: there is none.
        PairError: its crops are no videos.
    """

    def __init__(self, root: Path) -> None:
        from feed_dataset.prepare import PreparedSet

        self._set: PreparedSet = PreparedSet.load(root)
        if self._set.settings.output != "mp4":
            raise PairError(f"expected crops as videos but {root} has {self._set.settings.output}; prepare as mp4")
        self._clips: dict[str, PreparedClip] = {clip.id: clip for clip in self._set}

    def of(self, source: PairSource, root: Path, sha256: str | None = None) -> PairSource | str:
        """The crops of a video below `root`, or why there are none.

        Args:
            sha256: of the video, where it is known: crops of another file are refused.
        """
        made = self._clips.get(source.path.relative_to(root).with_suffix("").as_posix())
        if made is None:
            return f"it was not prepared in {self._set.root}"
        if made.status != "ok":
            return f"it could not be prepared: {made.reason or made.status}"
        if sha256 not in (None, made.source_sha256):
            return f"{self._set.root} was prepared from another file; prepare again"
        return replace(source, path=self._set.path_of(made), frame_index=b"", crop_data=self._set.root / made.data)
