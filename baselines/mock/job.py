"""What a process of a mock run is told, and what it tells."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from baselines.doors.spec import MethodSpec
from baselines.interface.stopwatch import DriveSpeed
from baselines.mock.family import Process
from feed_dataset.core.jobs.array_store import write_atomic


@dataclass(frozen=True)
class Drive:
    """One thing that a method is asked for: `label` names the answer, `inputs` what it is given."""

    label: str
    inputs: str


@dataclass(frozen=True)
class Job:
    """What one process does.

    Args:
        folder: where answers are written.
        waits_for: a file; the process writes `ready` in its folder and begins to drive when the file is there.
    """

    spec: MethodSpec
    device: str
    folder: Path
    drives: tuple[Drive, ...]
    waits_for: Path | None = None

    def save(self) -> Path:
        """Write it for the process; the file's path."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {
            "spec": {**asdict(self.spec), "options": dict(self.spec.options)},
            "device": self.device,
            "folder": str(self.folder),
            "drives": [asdict(drive) for drive in self.drives],
            "waits_for": None if self.waits_for is None else str(self.waits_for),
        }
        path = self.folder / "job.json"
        path.write_text(json.dumps(content))
        return path

    @classmethod
    def load(cls, path: Path) -> Job:
        """Read what `save` wrote."""
        content: dict[str, Any] = json.loads(path.read_text())
        return cls(
            spec=MethodSpec(**content["spec"]),
            device=content["device"],
            folder=Path(content["folder"]),
            drives=tuple(Drive(**drive) for drive in content["drives"]),
            waits_for=None if content["waits_for"] is None else Path(content["waits_for"]),
        )


@dataclass(frozen=True)
class Answer:
    """What came of one drive.

    Args:
        file: the frames; None where there are none, or of several sizes.
        count: frames that came.
        sizes: (height, width) of frames, each once, in order.
        error: why there is no whole answer: what the method raised.
        changed: which inputs it altered: "source", "driver".
        fps: what a video of it says; None without a video.
        is_lossy: the frames went through a lossy video.
        speed: None of a command.
    """

    file: Path | None = None
    count: int = 0
    sizes: tuple[tuple[int, int], ...] = ()
    error: str | None = None
    changed: tuple[str, ...] = ()
    fps: str | None = None
    is_lossy: bool = False
    speed: DriveSpeed | None = None

    @property
    def is_any(self) -> bool:
        """Whether frames came, and all of them."""
        return self.error is None and self.count > 0

    @cached_property
    def frames(self) -> np.ndarray | None:
        """uint8 [T, S, S, 3]."""
        return None if self.file is None else np.load(self.file)


@dataclass(frozen=True)
class Told:
    """What a process told before it ended.

    Args:
        answers: by label.
        setup_error: why it could not begin.
        load_s: until the method could be asked.
        written: files that Python opened for writing while it worked, but for caches.
        created: those of them that were not there before, outside its working and temporary folder.
        running: processes that come from it and ran when it was done.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    setup_error: str | None = None
    load_s: float = 0.0
    written: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    running: tuple[Process, ...] = ()


def write_told(folder: Path, told: Told) -> None:
    """Write it where `read_told` looks."""
    content = asdict(told)
    for one in content["answers"].values():
        one["file"] = None if one["file"] is None else str(one["file"])
        one.pop("frames", None)
    text = json.dumps(content)

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomic(folder / "told.json", write)


def read_told(folder: Path) -> Told | None:
    """What the process told; None where it ended before."""
    try:
        content = json.loads((folder / "told.json").read_text())
    except OSError:
        return None
    answers = {}
    for label, one in content.pop("answers").items():
        one["file"] = None if one["file"] is None else Path(one["file"])
        one["sizes"] = tuple((height, width) for height, width in one["sizes"])
        one["changed"] = tuple(one["changed"])
        if one["speed"] is not None:
            one["speed"] = DriveSpeed(**{**one["speed"], "frame_s": tuple(one["speed"]["frame_s"])})
        answers[label] = Answer(**one)
    content |= {name: tuple(content[name]) for name in ("written", "created")}
    content["running"] = tuple(Process(**one) for one in content["running"])
    return Told(answers=answers, **content)
