"""The rendered cases of a finished run, with what is true of them and what methods made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.ceilings.exact_render import is_rendered
from benchmark.engine.inputs import Input
from benchmark.engine.plan import Plan, PlannedCase
from benchmark.engine.predictions import PredictionPath, load_record
from benchmark.features.models import ModelCache, Track
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.faces.crop import CropBox, apply_crop
from feed_dataset.core.jobs.array_store import file_sha256, key_of, load_arrays, save_arrays
from feed_dataset.synthetic.takes.settings import VERSION
from scripts.validation.geometry_scores import Scores, chosen_points, scores
from scripts.validation.geometry_truth import (
    State,
    Truth,
    as_it_is,
    draw,
    head_of,
    states_of,
    supersample_of,
    truth_in_crop,
    view_of,
)


@dataclass(frozen=True, eq=False)
class JudgedCase:
    """One case whose truth is known.

    Args:
        source, driver: people, by which cases are clustered.
        image: uint8 [S, S, 3], what methods get of the source.
        at_px: float64 [N, 2], its landmarks.
        chosen: bool [N], those that are judged.
        clips: of source and driver.
    """

    id: str
    source: str
    driver: str
    image: np.ndarray
    at_px: np.ndarray
    chosen: np.ndarray
    truth: Truth
    box: CropBox
    clips: tuple[Path, Path]

    def __repr__(self) -> str:
        return f"JudgedCase({self.id}, {int(self.chosen.sum())} landmarks)"

    def judge(self, frames: np.ndarray) -> Scores:
        """Frames uint8 [T, S, S, 3] that a method made."""
        return scores(self.image, frames, self.at_px, self.chosen, self.truth)

    def still(self) -> np.ndarray:
        """The source image as often as there are frames."""
        return np.stack([self.image] * len(self.truth.points_px))

    def drawn(self, folder: Path, name: str, state: State = as_it_is) -> np.ndarray:
        """The source person drawn in the driver's states, or in states made of them; kept under a name."""
        source, driver = self.clips
        count, size_px = len(self.truth.points_px), self.image.shape[0]
        key = key_of("geometry", VERSION, name, file_sha256(source), file_sha256(driver), count)
        path = folder / f"{key[:32]}.safetensors"
        kept = load_arrays(path)
        if kept is not None:
            return apply_crop(kept[0]["frames"], self.box, size_px)
        frames = draw(head_of(source), states_of(driver, count, state), view_of(driver), supersample_of(driver))
        save_arrays(path, {"frames": frames}, {})
        return apply_crop(frames, self.box, size_px)


def rendered_cases(plan: Plan) -> list[PlannedCase]:
    """Those whose source and driver this version rendered."""
    return [case for case in plan.cases if _clips(case) is not None]


def judged_cases(planned: list[PlannedCase]) -> Iterator[JudgedCase]:
    """What is true of each case.

    Raises:
        BenchmarkError: the square that methods saw cannot be found again.
    """
    models = ModelCache()
    for case in planned:
        clips = _clips(case)
        if clips is None or case.source is None or case.source.crop is None:
            raise BenchmarkError(f"expected a rendered, cropped source and driver but {case.id} has others")
        crop = case.source.crop
        image = next(iter(case.source.load(models).read()))
        box = box_of(case.source, image, models.track)
        source, driver = clips
        size_px = crop.size_px
        rest = truth_in_crop(head_of(source), states_of(source, 2)[:1], view_of(source), box, size_px)
        truth = truth_in_crop(head_of(source), states_of(driver, crop.frame_budget), view_of(driver), box, size_px)
        at_px = rest.points_px[0]
        chosen = chosen_points(image, at_px, rest.visible[0])
        yield JudgedCase(case.id, case.source_cluster, case.cluster, image, at_px, chosen, truth, box, clips)


def box_of(source: Input, image: np.ndarray, track: Track) -> CropBox:
    """The square of a source's crop: found again as it was made, and compared pixel by pixel."""
    from feed_dataset.core.faces.crop import crop_box
    from feed_dataset.core.media.video import read_video

    if source.crop is None:
        raise BenchmarkError(f"expected a cropped {source.label} but it is a file as it is")
    first = read_video(source.path, max_frames=1).frames
    box = crop_box(track(first).landmarks_px[0], (first.shape[1], first.shape[2]), source.crop.scale)
    if not np.array_equal(apply_crop(first, box, source.crop.size_px)[0], image):
        raise BenchmarkError(f"expected the crop of {source.label} again but its pixels differ; run the benchmark anew")
    return box


def frames_of(predictions: Path, method: str, case_id: str) -> np.ndarray | None:
    """What a method made, uint8 [T, S, S, 3]; None where it failed.

    Raises:
        BenchmarkError: the video is not the one that the run wrote.
    """
    from feed_dataset.core.media.video import read_video

    at = PredictionPath(predictions / method, case_id)
    if not at.record.is_file():
        return None
    if load_record(at) is None:
        raise BenchmarkError(f"expected the video that the run wrote but {at.video} is another one; run it anew")
    return np.asarray(read_video(at.video).frames)


def _clips(case: PlannedCase) -> tuple[Path, Path] | None:
    source, driver = case.source, case.driver
    if source is None or driver is None or source.kind != "first-frame":
        return None
    clips = source.path, driver.path
    return clips if all(is_rendered(clip) for clip in clips) else None
