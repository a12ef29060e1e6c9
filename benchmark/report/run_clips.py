"""Clips of any case of a finished run: those kept for its report, else made from frames that still lie there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from benchmark.engine.case_files import lies_inside, load_index
from benchmark.engine.clips import CLIP_FRAMES, clip_of_frames
from benchmark.engine.inputs import kept_crops
from benchmark.engine.plan import predictions_folder
from benchmark.engine.predictions import PredictionPath
from benchmark.engine.showcase import Curve, ShownCase, clip_place, load_showcase
from benchmark.report.clip_rows import load_clip_at, load_output
from benchmark.results.schema import REFERENCE_ROW
from benchmark.runs.opened import Run
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.scan import scan_video
from feed_dataset.core.media.timing import is_steady


class RunClips:
    """See the module.

    Args:
        run: with its folder; without it there are no clips.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._showcase = {case.case_id: case for case in load_showcase(run.folder).cases}
        self._index = load_index(run.folder)

    def shown(self, case_id: str) -> ShownCase | None:
        """What the run's own report plays of a case."""
        return self._showcase.get(case_id)

    def has(self, case_id: str, method: str) -> bool:
        """Whether a clip of an output is there, or frames to make it from, as far as names of files tell."""
        shown = self.shown(case_id)
        kept = None if shown is None else clip_place(self._run.folder, shown.outputs.get(method))
        return (kept is not None and kept.is_file()) or self._prediction(case_id, method) is not None

    def describe(self, case_id: str, method: str) -> ShownCase | None:
        """A case that the run's own report does not play, from its beginning; what a method's frames tell of it."""
        at = self._prediction(case_id, method)
        if at is None:
            return None
        try:
            scan = scan_video(at.video)
        except (FeedError, OSError):
            return None
        times_s = scan.index.times_s[:CLIP_FRAMES] - scan.index.first_s
        files = self._index.get(case_id)
        return ShownCase(
            case_id=case_id,
            driver_id=case_id if files is None else files.driver_id,
            source_id=case_id if files is None else files.source_id,
            judged_id=None if files is None else files.judged_id,
            reasons=(),
            first_frame=0,
            frames=scan.index.frame_count,
            fps=float(scan.fps),
            times_s=None if is_steady(times_s, scan.fps) else tuple(times_s.tolist()),
            has_reference=any(one.name == REFERENCE_ROW for one in self._run.results.methods),
            source=None,
            driver=None,
        )

    def source(self, case: ShownCase) -> np.ndarray | None:
        """uint8 [1, S, S, 3]; None where it was not kept."""
        shown, inputs = self.shown(case.case_id), self._run.results.inputs
        kept = None if shown is None else load_clip_at(self._run.folder, shown.source)
        return self._crop(None if inputs is None else inputs.sources, case, 0) if kept is None else kept

    def driver(self, case: ShownCase) -> np.ndarray | None:
        """uint8 [T, S, S, 3] from the case's first frame on; None where it was not kept."""
        shown, inputs = self._at_same_frame(case), self._run.results.inputs
        kept = None if shown is None else load_clip_at(self._run.folder, shown.driver)
        return self._crop(None if inputs is None else inputs.drivers, case, case.first_frame) if kept is None else kept

    def output(self, case: ShownCase, method: str) -> np.ndarray | None:
        """Likewise of a method."""
        shown = self._at_same_frame(case) or case.model_copy(update={"outputs": {}})
        return load_output(shown, self._run.folder, method)

    def curves(self, case: ShownCase, method: str) -> tuple[Curve, ...]:
        """Of a method, where the run's own report plays the case."""
        shown = self.shown(case.case_id)
        return () if shown is None else tuple(one for one in shown.curves if one.method == method)

    def _at_same_frame(self, case: ShownCase) -> ShownCase | None:
        shown = self.shown(case.case_id)
        return shown if shown is not None and shown.first_frame == case.first_frame else None

    def _prediction(self, case_id: str, method: str) -> PredictionPath | None:
        at = PredictionPath(predictions_folder(self._run.folder) / method, case_id)
        is_there = lies_inside(at.video, self._run.folder) and at.video.is_file() and at.record.is_file()
        return at if is_there else None

    @cached_property
    def _crops(self) -> Mapping[str, Callable[[], Iterator[np.ndarray]]]:
        return kept_crops(self._run.folder / "inputs")

    def _crop(self, contents: Sequence[str | None] | None, case: ShownCase, first_frame: int) -> np.ndarray | None:
        """An input of the run, by what the results say it contained."""
        ids = self._run.results.protocol.case_ids
        content = None if contents is None or case.case_id not in ids else contents[ids.index(case.case_id)]
        read = None if content is None else self._crops.get(content)
        return None if read is None else clip_of_frames(read(), first_frame)
