"""The frames of ceilings: the driver encoded again, the driver late, the source person in the driver's state."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.ceilings.exact_render import render_states
from benchmark.engine.inputs import Crop, Input, crop_to_face
from benchmark.engine.outputs import CaseFailed, CaseInputs, Output
from benchmark.engine.tools import Tools
from benchmark.features.types.sequence import FrameSequence
from benchmark.results.reserved import CRF
from feed_dataset.core.jobs.array_store import file_sha256, key_of, load_arrays, save_arrays
from feed_dataset.core.media.video import read_video, write_video
from feed_dataset.synthetic.takes.settings import VERSION


@dataclass(frozen=True)
class Reencoded:
    """The driver's frames as they come back from a second encoding."""

    is_reference: bool = False

    def find(self, inputs: CaseInputs) -> Output | None:
        return None

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        frames = np.stack(list(inputs.driver.read()))
        return Output(FrameSequence.from_frames(reencoded(frames, inputs.driver.fps), inputs.driver.fps), inputs.audio)


def reencoded(frames: np.ndarray, fps: Fraction) -> np.ndarray:
    """Frames uint8 [T, H, W, 3] after H.264 and back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.mp4"
        write_video(path, frames, fps, crf=CRF)
        return read_video(path).frames


@dataclass(frozen=True)
class Delayed:
    """The driver a frame of its file late; the first frame stays.

    Args:
        drivers: by case id the driver with its delay.
    """

    drivers: Mapping[str, Input]
    is_reference: bool = False

    def find(self, inputs: CaseInputs) -> Output | None:
        return None

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        return Output(self.drivers[inputs.case_id].load(tools.models), inputs.audio)


@dataclass(frozen=True)
class ExactRender:
    """The person of the source's clip, rendered as the driver's ground truth says, in the source's square.

    Args:
        crop: the square, and how many frames.
        folder: where frames are kept: drawing them takes minutes.
        pairs: by case id (source clip, driver clip); cases without it, such as photographs, have no exact render.
    """

    crop: Crop
    folder: Path
    pairs: Mapping[str, tuple[Path, Path]]
    is_reference: bool = False

    def find(self, inputs: CaseInputs) -> Output | None:
        return None

    def make(self, inputs: CaseInputs, tools: Tools) -> Output:
        if inputs.case_id not in self.pairs:
            raise CaseFailed("the source was not rendered: nobody knows its exact picture")
        frames = self._frames(*self.pairs[inputs.case_id])
        cropped = crop_to_face(iter(frames), tools.models.track, self.crop.size_px, self.crop.scale)
        return Output(FrameSequence.from_frames(cropped, inputs.driver.fps), inputs.audio)

    def _frames(self, source: Path, driver: Path) -> np.ndarray:
        """Drawn once, uint8 [T, S, S, 3]."""
        key = key_of("exact-render", VERSION, file_sha256(source), file_sha256(driver), self.crop.frame_budget)
        path = self.folder / f"{key[:32]}.safetensors"
        kept = load_arrays(path)
        if kept is None:
            save_arrays(path, {"frames": render_states(source, driver, self.crop.frame_budget)}, {})
            kept = load_arrays(path)
        if kept is None:
            raise CaseFailed(f"expected the frames just drawn but {path.name} cannot be read; is the disk full?")
        return kept[0]["frames"]
