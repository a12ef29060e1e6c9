"""Previews of a run: small MP4 files that browsers play, of drivers, sources and outputs of the cases it shows.

They are for people to look at. No number follows from them, and nothing says that they are the frames that were scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError

from benchmark.results.errors import ResultsError
from benchmark.results.loading import parse_object, read_regular
from benchmark.results.records import Name, Record
from benchmark.results.schema import Results
from feed_dataset.core.jobs.errors import VideoDecodeError
from leaderboard.bundle.manifest import first_line
from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    import numpy as np

    from leaderboard.bundle.archive import Content

DRIVER, SOURCE = "input-driver", "input-source"
"""Folders of the inputs' previews, beside those of methods."""
CLIPS = "clips/"
MAX_CLIP_BYTES = 8 << 20
MOST_FRAMES = 100
_SHOWN = "showcase.json"  # of a run: which cases its report plays
_CRF = 23
_MOST_BYTES = 16 << 20


class _Shown(Record):
    """One case of a run's report; places are relative to the run's folder."""

    case_id: Name
    fps: Annotated[float, Field(gt=0, le=1000)]
    source: str | None
    driver: str | None
    outputs: dict[str, str | None]


def folders_of(results: Results) -> set[str]:
    """Folders that previews may lie in."""
    return {DRIVER, SOURCE, *(method.name for method in results.methods)}


def make_clips(run: Path, results: Results, folder: Path) -> dict[str, Content]:
    """Encode the clips of a run's report for browsers; members by name.

    All clips of a case have one steady rate, so that players stay in step.

    Args:
        folder: to write in.

    Raises:
        SubmissionError: the run's list of shown cases is damaged.
    """
    members: dict[str, Content] = {}
    for shown in _shown(run):
        if shown.case_id not in results.protocol.case_ids:
            continue
        places = {DRIVER: shown.driver, SOURCE: shown.source, **shown.outputs}
        for name, place in places.items():
            if place is None or name not in folders_of(results):
                continue
            frames = _frames(run, place)
            if frames is not None:
                path = folder / name / f"{shown.case_id}.mp4"
                _encode(path, frames, shown.fps)
                members[f"{CLIPS}{name}/{path.name}"] = [path]
    return members


def _shown(run: Path) -> list[_Shown]:
    if not (run / _SHOWN).is_file():
        return []
    try:
        content = parse_object(read_regular(run / _SHOWN, _MOST_BYTES), run / _SHOWN)
        known = _Shown.model_fields.keys()
        cases: list[Mapping[str, object]] = content.get("cases") or []
        return [_Shown.model_validate({key: one[key] for key in known if key in one}) for one in cases]
    except (ResultsError, ValidationError, TypeError) as error:
        raise SubmissionError(f"expected the cases that a report shows but got {first_line(error)}") from error


def _frames(run: Path, place: str) -> np.ndarray | None:
    """uint8 [T, H, W, 3] of a clip in the run's folder; None where it is gone."""
    import numpy as np

    from feed_dataset.core.media.lossless import iterate_lossless

    path = run / place
    if not path.is_file() or not path.resolve().is_relative_to(run.resolve()):
        return None
    try:
        found = list(islice(iterate_lossless(path), MOST_FRAMES))
    except VideoDecodeError:
        return None
    return np.stack(found) if found else None


def _encode(path: Path, frames: np.ndarray, fps: float) -> None:
    from feed_dataset.core.media.writer import VideoWriter

    height, width = frames.shape[1:3]
    rate = Fraction(fps).limit_denominator(1001)
    with VideoWriter(path, width, height, rate, crf=_CRF, preset="slow", matrix="bt601") as writer:
        for frame in frames:
            writer.add(frame)
