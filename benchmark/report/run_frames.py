"""Single frames of a finished run for pictures: at full size where its folder still has them, else its thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmark.engine.case_files import lies_inside, load_index
from benchmark.engine.inputs import kept_crops
from benchmark.engine.plan import predictions_folder
from benchmark.engine.predictions import PredictionPath, load_record
from benchmark.engine.thumbnails import COLUMNS, load_thumbnails
from benchmark.runs.opened import Run
from feed_dataset.core.media.lossless import iterate_lossless
from feed_dataset.core.media.thinning import spread

MOMENTS = COLUMNS
"""Places in a video of which a run keeps thumbnails: evenly spread, the first and the last frame included."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame.

    Args:
        image: uint8 [H, W, 3].
        is_small: it is a thumbnail, because the frame itself is gone.
    """

    image: np.ndarray
    is_small: bool = False


class RunFrames:
    """The frames of a run, by case.

    Args:
        run: with its folder; without it there are no frames.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ids = run.results.protocol.case_ids
        self._index = load_index(run.folder)

    def source(self, case_id: str) -> Picture | None:
        """The source of a case."""
        inputs = self._run.results.inputs
        return self._input(None if inputs is None else inputs.sources, case_id, 0) or self._thumbnail(
            self._index[case_id].source if case_id in self._index else None, 0
        )

    def driver(self, case_id: str, moment: int) -> Picture | None:
        """The driver of a case; `moment` counts the places of which thumbnails are kept."""
        inputs = self._run.results.inputs
        return self._input(None if inputs is None else inputs.drivers, case_id, moment) or self._thumbnail(
            self._index[case_id].driver if case_id in self._index else None, moment
        )

    def output(self, method: str, case_id: str, moment: int) -> Picture | None:
        """A method's frame of a case at a moment."""
        at = PredictionPath(predictions_folder(self._run.folder) / method, case_id)
        if lies_inside(at.video, self._run.folder) and load_record(at) is not None:
            frames = list(iterate_lossless(at.video))
            return Picture(frames[_place(len(frames), moment)])
        found = self._index.get(case_id)
        return self._thumbnail(None if found is None else found.outputs.get(method), moment)

    def moment_of_most(self, case_id: str) -> int:
        """Where the driver is farthest from its first frame, of the moments; the middle where no frame is left."""
        found = self._index.get(case_id)
        frames = None if found is None or found.driver is None else self._load(found.driver)
        if frames is None:
            shown = [one for moment in range(MOMENTS) if (one := self.driver(case_id, moment)) is not None]
            frames = np.stack([one.image for one in shown]) if shown else None
        if frames is None:
            return MOMENTS // 2
        distance = np.abs(frames.astype(np.int16) - frames[:1].astype(np.int16)).mean(axis=(1, 2, 3))
        return int(distance.argmax())

    @cached_property
    def _crops(self) -> dict[str, Callable[[], Iterator[np.ndarray]]]:
        return kept_crops(self._run.folder / "inputs")

    def _input(self, contents: list[str | None] | None, case_id: str, moment: int) -> Picture | None:
        """A crop of the run's inputs, by what the results say it contained."""
        content = None if contents is None else contents[self._ids.index(case_id)]
        read = None if content is None else self._crops.get(content)
        if read is None:
            return None
        frames = list(read())
        return Picture(frames[_place(len(frames), moment)])

    def _thumbnail(self, place: str | None, moment: int) -> Picture | None:
        frames = None if place is None else self._load(place)
        return None if frames is None else Picture(frames[min(moment, len(frames) - 1)], is_small=True)

    def _load(self, place: str) -> np.ndarray | None:
        path: Path = self._run.folder / place
        return load_thumbnails(path) if lies_inside(path, self._run.folder) else None


def _place(count: int, moment: int) -> int:
    """The index of the frame of a moment."""
    places = spread(count, MOMENTS)
    return places[min(moment, len(places) - 1)]
