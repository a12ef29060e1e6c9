"""Rendering takes to files in FEED's layout: three videos and one ground truth file per take.

A take's ground truth is written after its videos and names its recipe, so a rendering that was killed goes on
where it was, and takes of other settings are rendered again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.video import Audio, write_video
from feed_dataset.synthetic.motion.actions import ARKIT_NAMES
from feed_dataset.synthetic.motion.timeline import Take, make_take
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.ground_truth import TONGUE_FIELDS, GroundTruth, recipe_of
from feed_dataset.synthetic.takes.missing import make_missing
from feed_dataset.synthetic.takes.settings import VERSION, RenderSettings
from feed_dataset.synthetic.takes.sizes import level_of_detail, picture_size

if TYPE_CHECKING:
    from feed_dataset.synthetic.people.subjects import SubjectSpec
    from feed_dataset.synthetic.rig.head import Head

_MALE_PITCH_HZ, _FEMALE_PITCH_HZ, _PITCH_SPREAD_HZ = 115.0, 200.0, 12.0
OnTake = Callable[[str, bool], None]  # take id, whether it was rendered now


class RenderError(FeedError):
    """Takes that could not be rendered; all others were."""


@dataclass(frozen=True)
class TakeJob:
    """One take to render."""

    subject: str
    stem: str
    out: Path
    settings: RenderSettings
    threads: int | None = None

    @property
    def id(self) -> str:
        return f"{self.subject}/{self.stem}"

    @property
    def ground_truth(self) -> Path:
        return self.out / self.subject / f"{self.stem}.npz"

    def video(self, camera: str) -> Path:
        return self.out / self.subject / f"{self.stem}_{camera}.mp4"

    @property
    def recipe(self) -> str:
        return json.dumps({"version": VERSION, "take": self.id, **self.settings.described()}, sort_keys=True)

    def is_done(self) -> bool:
        """Whether all files are there and were made by this recipe."""
        videos = (self.video(camera) for camera in self.settings.cameras)
        return all(path.is_file() for path in videos) and recipe_of(self.ground_truth) == self.recipe

    def take(self, spec: SubjectSpec) -> Take:
        """What the person does."""
        settings = self.settings
        return make_take(
            self.stem,
            seed=settings.seed,
            subject=self.subject,
            frame_count=settings.frame_count,
            fps=settings.fps,
            pitch_hz=voice_pitch_hz(spec),
        )

    def run(self, tools: None) -> None:
        """See `render_take`."""
        render_take(self)


def render_dataset(
    out: Path,
    *,
    subjects: Sequence[str],  # names of feed-mini's subjects, or "R<seed>" for a random person
    stems: Sequence[str],
    settings: RenderSettings,
    workers: int = 0,  # processes; 0: all in this one, with all of its threads
    on_take: OnTake = lambda take_id, rendered: None,
) -> int:
    """Render every take that is not there yet; the number rendered now.

    The files depend only on subjects, stems, settings and the versions of the renderer and encoder. Raises
    SubjectError for an unknown subject before anything is rendered, and RenderError, when all others are done, for
    takes whose process died twice.
    """
    for subject in subjects:
        subject_spec(subject)
    threads = 1 if workers else None
    jobs = [TakeJob(subject, stem, out, settings, threads) for subject in subjects for stem in stems]
    return render_takes(out, jobs, workers=workers, on_take=on_take)


def render_takes(
    out: Path,
    jobs: Sequence[TakeJob],
    *,
    workers: int = 0,
    on_take: OnTake = lambda take_id, rendered: None,
) -> int:
    """`render_dataset` for takes that have settings of their own, all below `out`."""
    written = (job.ground_truth for job in jobs)
    waiting, failed = make_missing(out, jobs, written, workers=workers, on_made=on_take)
    if failed:
        raise RenderError(
            f"expected {waiting} takes to be rendered but {len(failed)} were not ({'; '.join(failed)});"
            " the same command tries those again"
        )
    return waiting


def render_take(job: TakeJob) -> None:
    """Render one take from every camera and write its files."""
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.rig.landmarks import world_landmarks

    settings = job.settings
    head = _head(job.subject, settings.size_px)
    take = job.take(head.spec)
    width_px, height_px = picture_size(settings)
    cameras = {name: one for name, one in studio_cameras(width_px, height_px).items() if name in settings.cameras}
    step = settings.size_px // settings.mask_px
    renderer = Renderer(threads=job.threads)
    masks: dict[str, list[np.ndarray]] = {name: [] for name in cameras}
    poses, landmarks = [], []
    pictures = {name: _on_disk(job.video(name), (len(take.expressions), height_px, width_px, 3)) for name in cameras}
    for index, expression in enumerate(take.expressions):
        geometry = head.pose(expression)
        poses.append(geometry.head_matrix)
        landmarks.append(world_landmarks(geometry, head))
        renderer.begin(head, geometry)
        for name, camera in cameras.items():
            result = renderer.render(camera, supersample=settings.supersample)
            pictures[name][index] = result.image
            masks[name].append(result.parts[step // 2 :: step, step // 2 :: step].copy())
    sound = take.utterance
    audio = None if sound is None else Audio(sound.samples, sound.sample_rate_hz)
    for name, frames in pictures.items():
        write_video(
            job.video(name),
            frames,
            Fraction(settings.fps),
            audio=audio,
            crf=settings.crf,
            preset=settings.preset,
        )
    GroundTruth(
        subject=job.subject,
        stem=job.stem,
        fps=float(settings.fps),
        coefficients=_coefficients(take),
        coefficient_names=ARKIT_NAMES,
        head_pose=np.stack(poses).astype(np.float32),
        head_deg=np.array([e.head_deg for e in take.expressions], np.float32),
        gaze_deg=np.array([e.gaze_deg for e in take.expressions], np.float32),
        tongue=np.array([_tongue_row(e) for e in take.expressions], np.float32),
        visemes=take.visemes,
        items=take.items,
        landmarks_world=np.stack(landmarks).astype(np.float32),
        cameras=cameras,
        part_masks={name: np.stack(frames) for name, frames in masks.items()},
        recipe=job.recipe,
    ).save(job.ground_truth)


def _on_disk(video: Path, shape: tuple[int, int, int, int]) -> np.ndarray:  # uint8 [T, H, W, 3]
    """Room for a clip's pictures in a nameless file beside it: a minute of 4K does not fit into memory."""
    video.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=video.parent) as file:
        return np.memmap(file, np.uint8, "w+", shape=shape)


def subject_spec(name: str) -> SubjectSpec:
    """A subject of feed-mini by name, or a random person for "R<seed>". Raises SubjectError."""
    from feed_dataset.core.jobs.suggestions import unknown
    from feed_dataset.synthetic.people.subjects import SUBJECTS, SubjectError, random_subject

    if name in SUBJECTS:
        return SUBJECTS[name]
    if name[:1] == "R" and name[1:].isdigit():
        return random_subject(int(name[1:]))
    raise SubjectError(unknown("subject", name, [*SUBJECTS, "R<seed>"]))


def voice_pitch_hz(spec: SubjectSpec) -> float:
    """Pitch that fits a person."""
    spread = float(np.random.default_rng(spec.seed).uniform(-1, 1)) * _PITCH_SPREAD_HZ
    return _FEMALE_PITCH_HZ + (_MALE_PITCH_HZ - _FEMALE_PITCH_HZ) * spec.gender + spread


@lru_cache(maxsize=1)
def _head(subject: str, size_px: int) -> Head:
    """Building a head takes seconds; the takes of a subject come one after the other."""
    from feed_dataset.synthetic.rig.head import Head, SharedTopology

    level, texture_px = level_of_detail(size_px)
    return Head(SharedTopology(level=level, texture_px=texture_px), subject_spec(subject))


def _coefficients(take: Take) -> np.ndarray:  # float32 [T, 52]
    """What moves the face, with the lids' following of the gaze."""
    from feed_dataset.synthetic.motion.coupling import with_lids_following

    rows = [with_lids_following(e.coefficients, e.gaze_deg) for e in take.expressions]
    return np.array([[row.get(name, 0.0) for name in ARKIT_NAMES] for row in rows], np.float32)


def _tongue_row(expression: Expression) -> list[float]:
    bend = expression.tongue
    return [0.0] * len(TONGUE_FIELDS) if bend is None else [float(getattr(bend, name)) for name in TONGUE_FIELDS]
