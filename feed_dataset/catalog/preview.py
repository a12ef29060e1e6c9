"""Pictures and a film of a data directory: contact sheets, and the three views of its takes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np

from feed_dataset.catalog.catalog import Catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.layout.names import CAMERAS
from feed_dataset.synthetic.takes.ground_truth import GroundTruth

_LABEL_PX = 18
_DOT_RGB = (80, 255, 120)
_GREY = 20
_SHEET_QUALITY = 85
_FILM_TAKES, _FILM_S, _FILM_FPS, _FILM_VIEW_PX = 6, 2.0, 25, 256

Done = Callable[[Path], None]


@dataclass(frozen=True)
class PreviewOptions:
    """How much of each clip is shown."""

    columns: int = 8  # frames per clip
    tile_px: int = 160  # side of a frame on a sheet
    rows: int = 24  # clips on a sheet at most
    landmarks: bool = False  # draw the 68 landmarks where ground truth is there

    def __post_init__(self) -> None:
        if self.columns < 1 or self.tile_px < 16 or self.rows < 1:
            raise ValueError(f"expected at least 1 column and row of 16 px but got {self}")


def write_preview(
    catalog: Catalog, out: Path, options: PreviewOptions, *, on_file: Done = lambda path: None
) -> tuple[Path, ...]:
    """Write a sheet per subject and per task, and a film of up to six takes; what was written.

    Sheets show the centre camera where a take has it. Views of the film are matched by presentation time.
    """
    clips = list(_one_view(catalog.clips))
    written = []
    for kind in ("subject", "task"):
        for name, group in _grouped(clips, kind).items():
            path = out / f"{kind}_{name}.jpg"
            save_sheet(path, contact_sheet(_spread(group, options.rows), options))
            written.append(path)
            on_file(path)
    film, path = _film(catalog), out / "side_by_side.mp4"
    if film is not None and _write_film(path, film):
        written.append(path)
        on_file(path)
    return tuple(written)


def sheet_count(catalog: Catalog) -> int:
    """Files that `write_preview` will write, at most."""
    return len({clip.subject for clip in catalog.clips}) + len({clip.task for clip in catalog.clips}) + 1


def contact_sheet(clips: Sequence[Clip], options: PreviewOptions) -> np.ndarray:  # uint8 [H, W, 3]
    """One row per clip with frames from first to last; an unreadable clip shows why instead."""
    return np.concatenate([_row(clip, options) for clip in clips])


def save_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write the picture in the format of the file's ending; atomic."""
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(sheet).save(temporary, quality=_SHEET_QUALITY)


def _one_view(clips: Iterable[Clip]) -> Iterable[Clip]:
    """Of every take the centre camera, or the first one that is there."""
    for _, views in groupby(clips, key=lambda clip: clip.take_id):
        yield min(views, key=lambda clip: list(CAMERAS).index(clip.camera))


def _grouped(clips: Sequence[Clip], kind: str) -> dict[str, list[Clip]]:
    """Clips by an attribute of theirs, such as "subject"."""
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(str(getattr(clip, kind)), []).append(clip)
    return groups


def _spread(clips: Sequence[Clip], rows: int) -> list[Clip]:
    """At most `rows` clips, from the whole list."""
    chosen = np.unique(np.linspace(0, len(clips) - 1, min(rows, len(clips))).round().astype(int))
    return [clips[index] for index in chosen]


def _row(clip: Clip, options: PreviewOptions) -> np.ndarray:
    from PIL import Image, ImageDraw

    from feed_dataset.core.media.reader import open_reader

    tile_px, columns = options.tile_px, options.columns
    row = Image.new("RGB", (columns * tile_px, tile_px + _LABEL_PX), (_GREY, _GREY, _GREY))
    draw = ImageDraw.Draw(row)
    label = f"{clip.id}  ({clip.task}, {clip.mode})"
    try:
        with open_reader(clip.path) as reader:
            chosen = np.linspace(0, reader.index.frame_count - 1, columns).round().astype(int)
            frames = reader.at(chosen, tile_px)
    except VideoDecodeError as error:
        draw.text((4, 3), f"{label}: {error}", fill=(255, 120, 120))
        return np.asarray(row)
    points = _points(clip, chosen) if options.landmarks else None
    for column, frame in enumerate(frames):
        tile = Image.fromarray(_square(frame)).resize((tile_px, tile_px))
        row.paste(tile, (column * tile_px, _LABEL_PX))
        for x, y in () if points is None else points[column]:
            left, top = column * tile_px + x * tile_px, _LABEL_PX + y * tile_px
            draw.ellipse((left - 1, top - 1, left + 1, top + 1), fill=_DOT_RGB)
    draw.text((4, 3), label, fill=(230, 230, 230))
    return np.asarray(row)


def _square(frame: np.ndarray) -> np.ndarray:
    """The middle square of a frame."""
    side = min(frame.shape[:2])
    top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
    return frame[top : top + side, left : left + side]


def _points(clip: Clip, chosen: np.ndarray) -> np.ndarray | None:  # float [n, 68, 2] in [0, 1] of the middle square
    if clip.ground_truth is None:
        return None
    truth = GroundTruth.load(clip.ground_truth)
    camera = truth.cameras[clip.camera]
    side = min(camera.width_px, camera.height_px)
    corner = np.array([camera.width_px - side, camera.height_px - side]) / 2
    points: np.ndarray = (truth.landmarks68_px(clip.camera)[np.minimum(chosen, len(truth) - 1)] - corner) / side
    return points


@dataclass(frozen=True)
class _Film:
    catalog: Catalog
    takes: tuple[str, ...]
    views: tuple[str, ...]


def _film(catalog: Catalog) -> _Film | None:
    """Takes of all cameras that the directory has, from different subjects and tasks where it can be."""
    views = tuple(camera for camera in CAMERAS if any(clip.camera == camera for clip in catalog.clips))
    seen: dict[str, set[str]] = {}
    for clip in catalog.clips:
        seen.setdefault(clip.take_id, set()).add(clip.camera)
    complete = [take for take, cameras in seen.items() if cameras == set(views)]
    if not complete:
        return None
    subjects = sorted({take.partition("/")[0] for take in complete})
    chosen = []
    for number in range(min(_FILM_TAKES, len(complete))):  # one subject after the other, each time another stem
        mine = [take for take in complete if take.partition("/")[0] == subjects[number % len(subjects)]]
        left = [take for take in mine if take not in chosen] or [take for take in complete if take not in chosen]
        chosen.append(left[number % len(left)])
    return _Film(catalog, tuple(chosen), views)


def _write_film(path: Path, film: _Film) -> bool:
    """Two seconds of each take, the views in the order of CAMERAS."""
    from feed_dataset.core.media.video import write_video

    strips = []
    for take_id in film.takes:
        take = film.catalog.take(take_id)
        try:
            batch = take.frames(0.0, _FILM_S, views=film.views, size=_FILM_VIEW_PX, fps=_FILM_FPS)
        except VideoDecodeError:
            continue  # its row on a sheet says what is wrong
        squares = [np.stack([_resized(_square(frame)) for frame in view]) for view in batch.frames]
        shown = np.concatenate(squares, axis=2)
        strips.append(_labelled(shown[batch.valid.any(0)], f"{take_id}   {'   '.join(film.views)}"))
    if strips:
        write_video(path, np.concatenate(strips), Fraction(_FILM_FPS), crf=26)
    return bool(strips)


def _resized(frame: np.ndarray) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(frame).resize((_FILM_VIEW_PX, _FILM_VIEW_PX)))


def _labelled(frames: np.ndarray, text: str) -> np.ndarray:
    from PIL import Image, ImageDraw

    label = Image.new("RGB", (frames.shape[2], _LABEL_PX), (_GREY, _GREY, _GREY))
    ImageDraw.Draw(label).text((4, 3), text, fill=(230, 230, 230))
    band = np.broadcast_to(np.asarray(label), (len(frames), *np.asarray(label).shape))
    return np.concatenate([band, frames], axis=1)
