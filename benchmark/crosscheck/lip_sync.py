"""syncnet-python: its whole pipeline on the generated files with their sound, its own face detector included."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmark.crosscheck.material import Material
from benchmark.crosscheck.unavailable import NotHere
from feed_dataset.core.jobs.cells import one_line
from feed_dataset.core.weights import resolve

NETWORKS = ("s3fd", "syncnet-v2")
LONGER_THAN = 100
"""Frames: what the historical script asks of a face track, where the package asks for 50."""

_PROGRAM = Path(__file__).with_name("syncnet_program.py")
_ANSWERS = "syncnet-python.json"


@dataclass(frozen=True)
class Track:
    """What the pipeline says of one face."""

    offset_frames: float
    confidence: float
    distance: float


def confidence_of(material: Material) -> float:
    """LSE-C, mean over files."""
    return _mean([one.confidence for one in _best(material)])


def distance_of(material: Material) -> float:
    """LSE-D, mean over files."""
    return _mean([one.distance for one in _best(material)])


def offset_frames_of(material: Material) -> float:
    """AV offset, mean over files."""
    return _mean([one.offset_frames for one in _best(material)])


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _best(material: Material) -> list[Track]:
    """Of each file the track that the package is surest of."""
    best = []
    for pair, tracks in zip(material.pairs, _tracks(material), strict=True):
        if not tracks:
            raise NotHere(f"it finds no face for more than {LONGER_THAN} frames in a row in {pair.id}")
        best.append(max(tracks, key=lambda track: track.confidence))
    return best


def _tracks(material: Material) -> list[list[Track]]:
    """The pipeline runs once for all three numbers, in a process of its own: it and its FFmpegs print much."""
    answers = material.folder / _ANSWERS
    if not answers.exists():
        if shutil.which("ffmpeg") is None:
            raise NotHere("it calls the program ffmpeg, which is not installed")
        networks = [str(resolve(name, fetch=False)) for name in NETWORKS]
        files = [str(pair.generated.resolve()) for pair in material.pairs]
        material.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-P", str(_PROGRAM), str(answers), *networks, str(LONGER_THAN), *files]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise RuntimeError(one_line(last[-1]))
    return [[Track(*track) for track in one] for one in json.loads(answers.read_text())]
