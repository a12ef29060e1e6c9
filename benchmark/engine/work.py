"""What a task is given and gives back: small values that cross between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from baselines.interface.speed import CaseSpeed, ProcessSpeed
from benchmark.engine.inputs import Input
from benchmark.engine.panels import Panels
from benchmark.engine.settings import FeatureSettings
from benchmark.features.types.sequence import FrameSequence


@dataclass(frozen=True)
class CaseWork:
    """One case of a task.

    Args:
        source: one frame that is here already, an input to be loaded, or None: the driver's own first frame.
        no_source: why there is no source although sources were given; takes the place of `source`.
        audio: the file with the reference's audio, or why there is none.
        has_reference: the driver's frames are also what should come out.
        is_shown: the report has pictures of it.
        seen: what a method sees in place of the driver's frames; None: those.
        other_audio: a file with another clip's audio, for controls; None where there is none.
    """

    id: str
    source: FrameSequence | Input | None
    no_source: str | None
    audio: Path | str
    has_reference: bool
    is_shown: bool
    seen: Input | None = None
    other_audio: Path | None = None


@dataclass(frozen=True)
class TaskSettings:
    """What is the same for all tasks of a run.

    Args:
        panels: what becomes of outputs that look like several pictures side by side.
    """

    features: FeatureSettings
    thumbnails: Path
    gives: frozenset[str] = frozenset({"image"})
    seed: int = 0
    panels: Panels = "fail"


@dataclass(frozen=True, eq=False)
class OutputOutcome:
    """What became of one method on one case.

    Args:
        reason: why there is nothing to score; `stage` says where it failed.
        content_id, audio_id: under which features of frames and audio are kept.
        no_audio, no_pairs: why there is no audio, or why frames cannot be compared.
        latents: float32 [T, d].
        person_id: content id of the source, whose face is followed where there are several.
        size_px: the longer side of its frames.
        seconds: of generation.
        speed: of the method as its process saw it, or of a process of somebody else's.
        notes: what a reader must know.
    """

    method: str
    case_id: str
    reason: str | None = None
    stage: Literal["data", "generate"] = "generate"
    content_id: str = ""
    audio_id: str | None = None
    no_audio: str | None = None
    no_pairs: str | None = None
    latents: np.ndarray | None = None
    person_id: str | None = None
    size_px: int = 0
    seconds: float = 0.0
    speed: CaseSpeed | ProcessSpeed | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TaskOutcome:
    """What became of a task: small, for the features stay on disk.

    Args:
        driver: of the driver's frames; None where it failed.
        reason: why the driver failed: every case fails for every method.
        sources: by case id the content id of its source, or None where there is none.
        source_failures: by case id why its source failed.
        files: by case id sha256 of the user's files: driver, source and audio, where they are taken as they are.
    """

    driver: FrameSequence | None
    reason: str | None
    sources: dict[str, str | None]
    source_failures: dict[str, str]
    outputs: tuple[OutputOutcome, ...]
    files: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
