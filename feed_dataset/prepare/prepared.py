"""What `prepare` made, and what it could not make."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.prepare.settings import PrepareSettings

INDEX_NAME = "prepared.parquet"
FORMAT = 1
Status = Literal["ok", "no face", "unreadable", "refused"]
STATUSES: tuple[Status, ...] = ("ok", "no face", "unreadable", "refused")
MUCH_PADDED = 0.1
_SHOWN = 5


class PreparedError(FeedError):
    """A folder does not hold prepared clips, or its index is damaged."""


@dataclass(frozen=True)
class PreparedClip:
    """One source and its crop. Numbers are 0 where the status is not "ok"."""

    id: str  # path of the source below the folder that was given, without extension
    source: str
    source_sha256: str
    key: str  # of source, settings, networks and code: equal keys, equal crops
    status: Status
    reason: str  # why it is not "ok"; where it is, why some frames have no face; else ""
    path: str = ""  # of the crops below the folder of the index: a video, an image, or a folder of frames
    data: str = ""  # of the .npz with crop boxes, validity, landmarks
    face_oval: str = ""  # folder of masks
    parts: str = ""
    frame_count: int = 0
    valid_count: int = 0  # frames in which the face was found
    inside_share: float = 0.0  # share of these in which all of the face is in the crop
    padded_share: float = 0.0  # share of the crops' area outside the picture, filled by repeating its border
    face_count: int = 0  # most faces seen at once, in about one frame per second
    width_px: int = 0  # of the source
    height_px: int = 0
    fps_num: int = 0
    fps_den: int = 1
    has_audio: bool = False
    reader: str = ""


@dataclass(frozen=True, repr=False)
class PreparedSet:
    """All clips of one `prepare`, in order of id."""

    root: Path
    settings: PrepareSettings
    networks: dict[str, str]  # name -> sha256
    clips: tuple[PreparedClip, ...]
    made: int = 0  # crops that this run made; other good ones were there

    def __repr__(self) -> str:
        return f"PreparedSet({self.root}, {self.summary().splitlines()[0]})"

    def __len__(self) -> int:
        return len(self.clips)

    def __iter__(self) -> Iterator[PreparedClip]:
        return iter(self.clips)

    def with_status(self, status: Status) -> tuple[PreparedClip, ...]:
        return tuple(clip for clip in self.clips if clip.status == status)

    @property
    def kept(self) -> int:
        """Crops that were there before this run."""
        return len(self.with_status("ok")) - self.made

    @property
    def with_several_faces(self) -> tuple[PreparedClip, ...]:
        return tuple(clip for clip in self.clips if clip.face_count > 1)

    @property
    def leaving_the_crop(self) -> tuple[PreparedClip, ...]:
        """Clips in which the face is not always inside the crop."""
        return tuple(clip for clip in self.clips if clip.status == "ok" and clip.inside_share < 1)

    @property
    def much_padded(self) -> tuple[PreparedClip, ...]:
        """Clips whose crops are to more than a tenth repeated border."""
        return tuple(clip for clip in self.clips if clip.padded_share > MUCH_PADDED)

    def path_of(self, clip: PreparedClip) -> Path:
        return self.root / clip.path

    def summary(self) -> str:
        """A few lines for people: how many of each kind, the first names of each kind of trouble."""
        counts = Counter(clip.status for clip in self.clips)
        told = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
        frames = sum(clip.frame_count for clip in self.clips)
        missing = frames - sum(clip.valid_count for clip in self.clips)
        lines = [f"{len(self.clips)} clips: {told}; {frames} frames, {missing} of them without a face"]
        for status in STATUSES[1:]:
            lines += _named(f"{status}:", [f"{clip.id} ({clip.reason})" for clip in self.with_status(status)])
        lines += _named("several faces (the largest was taken) in", [c.id for c in self.with_several_faces])
        lines += _named(
            "the face leaves the crop in", [f"{c.id} ({1 - c.inside_share:.0%})" for c in self.leaving_the_crop]
        )
        lines += _named("with much repeated border:", [f"{c.id} ({c.padded_share:.0%})" for c in self.much_padded])
        return "\n".join(lines)

    def save(self) -> Path:
        """Write the index; atomic."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.root / INDEX_NAME
        columns = {field.name: [getattr(clip, field.name) for clip in self.clips] for field in fields(PreparedClip)}
        metadata = {
            "feed.prepared": json.dumps(
                {"format": FORMAT, "settings": asdict(self.settings), "networks": self.networks}, sort_keys=True
            )
        }
        with replacing(path) as temporary:
            pq.write_table(pa.table(columns).replace_schema_metadata(metadata), temporary)
        return path

    @classmethod
    def load(cls, root: Path | str) -> PreparedSet:
        """Read what `save` wrote. Raises PreparedError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = Path(root) / INDEX_NAME
        try:
            table = pq.read_table(path)
            about = json.loads((table.schema.metadata or {})[b"feed.prepared"])
            if about["format"] != FORMAT:
                raise PreparedError(f"expected format {FORMAT} in {path} but got {about['format']}; prepare again")
            clips = tuple(PreparedClip(**row) for row in table.to_pylist())
            return cls(Path(root), PrepareSettings(**about["settings"]), about["networks"], clips)
        except FileNotFoundError as error:
            raise PreparedError(f"expected prepared clips in {root} but {INDEX_NAME} is not there") from error
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise PreparedError(
                f"expected the index of prepared clips but {path} is unreadable: {words_of(error)}"
            ) from error


def _named(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{len(names)} {what} {', '.join(names[:_SHOWN])}{more}"]
