"""One source to prepare, where its results go, and whether they are there already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.npz import open_npz, save_npz
from feed_dataset.core.weights.hashing import sha256_file
from feed_dataset.prepare.prepared import PreparedClip
from feed_dataset.prepare.settings import PrepareSettings
from feed_dataset.prepare.sources import Source
from feed_dataset.prepare.truth import true_parts

DATA_SUFFIX = ".crop.npz"


@dataclass(frozen=True)
class Job:
    """One source with all that decides its crop."""

    source: Source
    out: Path
    settings: PrepareSettings
    networks: tuple[tuple[str, str], ...]  # name, sha256

    @property
    def data(self) -> Path:
        return self.out / f"{self.source.id}{DATA_SUFFIX}"

    @property
    def frames(self) -> Path:
        is_image, output = self.source.is_image, self.settings.output
        if output == "mp4":
            return self.out / f"{self.source.id}{'.png' if is_image else '.mp4'}"
        return self.out / (f"{self.source.id}.{output}" if is_image else f"{self.source.id}.frames")

    def masks(self, kind: str) -> Path:
        return self.out / f"{self.source.id}.{kind}"

    def key(self, source_sha256: str) -> str:
        truth = true_parts(self.source.path, self.source.root) if self.settings.masks else None
        parts = [source_sha256, self.settings.to_json(), json.dumps(self.networks)]
        parts.append(sha256_file(truth.path) if truth else "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def below(self, path: Path) -> str:
        """A path as the index names it."""
        return path.relative_to(self.out).as_posix()

    def store(self, clip: PreparedClip, arrays: dict[str, np.ndarray]) -> None:
        """The data file is written last: where it is, everything is."""
        save_npz(self.data, {"clip": np.array(json.dumps(asdict(clip))), **arrays})

    def finished(self, key: str) -> PreparedClip | None:
        """The clip as it was made before, if all of it is still there."""
        try:
            with open_npz(self.data) as stored:
                clip = PreparedClip(**json.loads(str(stored["clip"])))
        except (OSError, KeyError, TypeError, ValueError):
            return None
        files = [self.out / name for name in (clip.path, clip.face_oval, clip.parts) if name]
        return clip if clip.key == key and all(file.exists() for file in files) else None
