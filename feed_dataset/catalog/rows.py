"""What a data set row says about one clip: where it is, what it shows, when it begins and ends; no pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from feed_dataset.catalog.catalog import Catalog
from feed_dataset.catalog.clip import Clip

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "clip_id": "string",  # "ID_1/random_C"
        "take_id": "string",  # "ID_1/random": the views of one take share it
        "subject": "string",
        "task": "string",  # key of feed_dataset.layout.names.TASKS
        "stem": "string",
        "mode": "string",
        "view": "string",  # camera: "C", "L" or "R"
        "fps_num": "int32",  # frames per second as a fraction: 30000/1001 is no float
        "fps_den": "int32",
        "num_frames": "int32",
        "first_pts_s": "float64",  # when the first and the last frame are shown, by the container's clock
        "last_pts_s": "float64",
        "width_px": "int32",
        "height_px": "int32",
        "codec": "string",
        "has_audio": "bool",
        "size_bytes": "int64",
        "path": "string",
        "ground_truth": "string",  # path of the .npz, "" where there is none (None would not collate)
    }
)
"""Column -> its `datasets` type."""


def row_of(clip: Clip) -> dict[str, object]:
    """The row of a clip, read from the file: its packets once, one decoded frame. Raises VideoDecodeError."""
    from feed_dataset.core.media.scan import scan_video
    from feed_dataset.core.media.whole_video import describe

    scan = scan_video(clip.path, first_frame=True)
    info, index = describe(clip.path, scan), scan.index
    return _row(
        clip,
        fps=info.fps,
        num_frames=index.frame_count,
        first_pts_s=index.first_s,
        last_pts_s=index.last_s,
        width_px=info.width_px,
        height_px=info.height_px,
        codec=info.codec,
        has_audio=info.has_audio,
        size_bytes=clip.path.stat().st_size,
    )


@dataclass(frozen=True)
class Indexed:
    """What a directory's manifest says of files that have not changed since; keys are clip ids."""

    rows: Mapping[str, dict[str, object]]
    faults: Mapping[str, str]  # why a clip cannot be used
    sha256: Mapping[str, str]
    frame_indexes: Mapping[str, bytes]  # FrameIndex.to_bytes()

    def __repr__(self) -> str:
        return f"Indexed({len(self.rows)} rows, {len(self.faults)} faults)"


def indexed(catalog: Catalog) -> Indexed:
    """Rows that need no reading; empty for a directory that was never indexed."""
    rows: dict[str, dict[str, object]] = {}
    faults: dict[str, str] = {}
    digests: dict[str, str] = {}
    frame_indexes: dict[str, bytes] = {}
    for clip in catalog.clips:
        entry = catalog.indexed.get(clip.path)
        if entry is None or not entry.describes(clip.path):
            continue
        if entry.status != "ok":
            faults[clip.id] = f"it is {entry.status}: {entry.reason}"
        elif entry.fps is not None and entry.first_pts_s is not None and entry.last_pts_s is not None:
            digests[clip.id] = entry.sha256
            frame_indexes[clip.id] = entry.frame_index
            rows[clip.id] = _row(
                clip,
                fps=entry.fps,
                num_frames=entry.frame_count,
                first_pts_s=entry.first_pts_s,
                last_pts_s=entry.last_pts_s,
                width_px=entry.width_px,
                height_px=entry.height_px,
                codec=entry.codec,
                has_audio=entry.has_audio,
                size_bytes=entry.size_bytes,
            )
    return Indexed(rows, faults, digests, frame_indexes)


def _row(clip: Clip, *, fps: Fraction, **facts: object) -> dict[str, object]:
    said = {
        "clip_id": clip.id,
        "take_id": clip.take_id,
        "subject": clip.subject,
        "task": clip.task,
        "stem": clip.stem,
        "mode": clip.mode,
        "view": clip.camera,
        "fps_num": fps.numerator,
        "fps_den": fps.denominator,
        "path": str(clip.path),
        "ground_truth": _text(clip.ground_truth),
    }
    row = said | facts
    return {name: row[name] for name in FIELDS}


def _text(path: Path | None) -> str:
    return "" if path is None else str(path)
