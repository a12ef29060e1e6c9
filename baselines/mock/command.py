"""A command in a mock run: inputs as files, one start for all, then what it wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baselines.interface.errors import BatchError
from baselines.mock.job import Answer, Drive, Job
from baselines.mock.material import Inputs
from baselines.outside.batch import Batch, BatchCase, write_index
from baselines.outside.command import CommandMethod, CommandOutput
from baselines.outside.existing import frame_files
from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.images import read_image

_ALONE = ("no-driver-face", "no-source-face")  # what they end in must not cost the others


def answers_of_command(method: CommandMethod, job: Job, given: dict[str, Inputs]) -> dict[str, Answer]:
    """Answers by label."""
    answers: dict[str, Answer] = {}
    together = tuple(drive for drive in job.drives if drive.inputs not in _ALONE)
    for part in (together, *((drive,) for drive in job.drives if drive.inputs in _ALONE)):
        if part:
            answers |= _run(method, job, part, given)
    return answers


def _run(method: CommandMethod, job: Job, drives: Sequence[Drive], given: dict[str, Inputs]) -> dict[str, Answer]:
    name = drives[0].label
    batch = _stage(job.folder / f"staged-{name}", drives, given)
    before = _digests(batch.folder)
    seed = given[drives[0].inputs].driver.seed
    made = method.generate(batch, job.folder / f"made-{name}", seed=seed)
    after = _digests(batch.folder)
    changed = tuple(sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)))
    return {one.case_id: _answer(one, changed, job) for one in made}


def _answer(made: CommandOutput, changed: tuple[str, ...], job: Job) -> Answer:
    if made.frames is None:
        return Answer(error=made.reason, changed=changed)
    fps, is_lossy = None, False
    try:
        if made.frames.is_dir():
            parts = [read_image(path) for path in frame_files(made.frames)]
        else:
            from feed_dataset.core.media.whole_video import read_video

            video = read_video(made.frames)
            parts, fps, is_lossy = list(video.frames), str(video.fps), True
    except (FeedError, BatchError) as error:
        return Answer(error=str(error), changed=changed)
    sizes = tuple(dict.fromkeys((part.shape[0], part.shape[1]) for part in parts))
    file = None
    if len(sizes) == 1:
        file = job.folder / f"{made.case_id}.npy"
        np.save(file, np.stack(parts))
    return Answer(file, len(parts), sizes, None, changed, fps, is_lossy)


def _stage(folder: Path, drives: Sequence[Drive], given: dict[str, Inputs]) -> Batch:
    from PIL import Image

    from feed_dataset.core.media.audio import write_wave
    from feed_dataset.core.media.video import write_video

    for name in ("sources", "drivers", "audio"):
        (folder / name).mkdir(parents=True)
    cases = []
    for drive in drives:
        inputs, driver = given[drive.inputs], given[drive.inputs].driver
        source, video, audio = f"sources/{drive.label}.png", None, None
        Image.fromarray(inputs.source).save(folder / source)
        if driver.frames is not None:
            video = f"drivers/{drive.label}.mp4"
            write_video(folder / video, driver.frames, driver.fps, crf=12)
            (folder / "drivers" / drive.label).mkdir()
            for number, frame in enumerate(driver.frames, start=1):
                Image.fromarray(frame).save(folder / "drivers" / drive.label / f"{number:04d}.png")
        if driver.audio is not None:
            audio = f"audio/{drive.label}.wav"
            write_wave(folder / audio, driver.audio.samples, driver.audio.sample_rate_hz)
        cases.append(BatchCase(drive.label, source, video, audio, driver.frame_count, driver.fps))
    return write_index(folder, cases)


def _digests(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in folder.rglob("*") if path.is_file()}
