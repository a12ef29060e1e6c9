"""Value types of the manifest: what is known of each file of a data directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.corpora.base import Kind

if TYPE_CHECKING:
    from feed_dataset.core.media.frame_index import FrameIndex

Status = Literal["ok", "missing", "corrupt", "withdrawn"]
STATUSES: tuple[Status, ...] = ("ok", "missing", "corrupt", "withdrawn")
VERSION = 1
"""Of the manifest's format."""


class ManifestError(FeedError):
    """A manifest is absent, damaged, or of another format or corpus."""


@dataclass(frozen=True)
class MediaFacts:
    """What a container says; times in seconds from the container's own zero."""

    container: str = ""  # FFmpeg's name of the demuxer, or PIL's of the image format
    codec: str = ""
    width_px: int = 0  # as shown, after rotation
    height_px: int = 0
    rotation_deg: int = 0  # anticlockwise; what the file asks the player to do
    pix_fmt: str = ""
    fps: Fraction | None = None
    frame_count: int = 0  # of frames that are shown
    first_pts_s: float | None = None
    last_pts_s: float | None = None
    has_audio: bool = False
    audio_rate_hz: int = 0
    frame_index: bytes = field(default=b"", repr=False)  # FrameIndex.to_bytes()


@dataclass(frozen=True, kw_only=True)
class ManifestEntry(MediaFacts):
    """One file of a corpus, there or not."""

    id: str  # as the corpus names it, such as "ID_1/random_C"
    path: str = ""  # below the root, with "/"; "" for a missing file
    subject: str
    kind: Kind = "video"
    task: str = ""
    view: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)  # what else the name says; plain, so that it pickles
    status: Status = "ok"
    reason: str = ""  # why it is not ok
    size_bytes: int = 0
    mtime_ns: int = 0
    sha256: str = ""  # "" for what was not read: missing and withdrawn files

    @property
    def stem(self) -> str:
        """FEED's stem, such as "MAU_mild"; "" for a corpus without stems."""
        return self.fields.get("stem", "")

    @property
    def mode(self) -> str:
        return self.fields.get("mode", "")

    @property
    def take_id(self) -> str:
        """The views of one take share it."""
        return f"{self.subject}/{self.fields['take']}" if "take" in self.fields else self.id

    @property
    def length_s(self) -> float | None:
        """From the first frame to the end of the last; None without frames."""
        if self.first_pts_s is None or self.last_pts_s is None:
            return None
        return self.last_pts_s - self.first_pts_s + (float(1 / self.fps) if self.fps else 0.0)

    def describes(self, path: Path) -> bool:
        """Whether this file was read and has not changed since, by its size and modification time."""
        found = path.stat()
        was_read = self.status in ("ok", "corrupt")
        return was_read and (found.st_size, found.st_mtime_ns) == (self.size_bytes, self.mtime_ns)

    def index(self) -> FrameIndex | None:
        """The frame index for exact seeking. Raises FrameIndexError."""
        from feed_dataset.core.media.frame_index import FrameIndex

        return FrameIndex.from_bytes(self.frame_index) if self.frame_index else None
