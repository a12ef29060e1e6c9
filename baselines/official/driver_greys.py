"""What the checks see of drivers: read once for all sources that a driver is tried with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from baselines.interface.errors import BatchError
from baselines.official.checks import small_grey
from baselines.official.staging import driver_frames
from baselines.outside.batch import Batch, BatchCase

_MOST_FRAMES = 8192  # 128 MB


@dataclass
class DriverGreys:
    """Brightness of drivers' frames at 64 px.

    Args:
        from_images: from the images beside the videos, for a repository that is given images.
        most_frames: of all drivers that are remembered; the one that was not asked for longest goes first.
    """

    batch: Batch
    from_images: bool = False
    most_frames: int = _MOST_FRAMES
    _known: dict[str, np.ndarray] = field(default_factory=dict)

    def of(self, case: BatchCase) -> np.ndarray | None:
        """float32 [T, 64, 64]; None where the protocol withholds the driver's frames.

        Raises:
            BatchError: the driver has another number of frames than the case says.
            FeedError: it cannot be read.
        """
        if case.driver is None:
            return None
        greys = self._known.pop(case.driver, None)
        if greys is None:
            greys = self._read(case)
        self._known[case.driver] = greys
        while len(self._known) > 1 and sum(map(len, self._known.values())) > self.most_frames:
            del self._known[next(iter(self._known))]
        if len(greys) != case.frame_count:
            raise BatchError(f"{case.id}: expected {case.frame_count} driver frames but got {len(greys)}; stage again")
        return greys

    def _read(self, case: BatchCase) -> np.ndarray:
        from feed_dataset.core.media.reader import open_reader

        if self.from_images:
            return np.stack([small_grey(frame) for frame in driver_frames(self.batch, case)])
        with open_reader(self.batch.folder / str(case.driver)) as reader:
            return np.stack([small_grey(frame) for _, frame in reader.stream()])
