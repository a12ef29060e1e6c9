"""The examples of docs/own-method.md run as they are printed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import baselines
from baselines.interface.frames import chunks_of, gathered
from baselines.interface.method import Driver, Method
from baselines.outside.batch import Batch, BatchCase, write_index
from baselines.outside.command import CommandMethod
from baselines.outside.existing import ExistingFrames, frame_files
from baselines.registry import ENTRY_POINTS
from feed_dataset.core.media.images import read_image
from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "own-method.md").read_text(encoding="utf-8")
EXAMPLES = {
    text.split(maxsplit=2)[1]: text
    for text in re.findall(r"^```(?:python|toml)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
}
FRAMES = np.random.default_rng(0).integers(0, 256, (11, 16, 16, 3), dtype=np.uint8)
SOURCE = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    from PIL import Image

    staged = tmp_path / "staged"
    for name in ("sources", "drivers/d"):
        (staged / name).mkdir(parents=True)
    Image.fromarray(SOURCE).save(staged / "sources" / "s.png")
    for number, frame in enumerate(FRAMES, start=1):
        Image.fromarray(frame).save(staged / "drivers" / "d" / f"{number:04}.png")
    case = BatchCase("S01-d_C--s", "sources/s.png", "drivers/d.mp4", None, len(FRAMES), Fraction(25))
    return write_index(staged, [case])


def blended(folder: Path) -> bool:
    """Whether a case's images are the mean of source and driver."""
    made = np.stack([read_image(path) for path in frame_files(folder)]).astype(float)
    return made.shape == FRAMES.shape and bool(np.abs(made - (FRAMES / 2 + SOURCE / 2)).max() <= 1)


def test_the_class_is_a_method_of_30_lines(folder: Path) -> None:
    assert len(EXAMPLES["mine.py"].splitlines()) <= 30
    method = baselines.load(f"{folder / 'mine.py'}:Mine")
    assert isinstance(method, Method)
    assert method.name == "mine"
    method.load("cpu")
    driver = Driver(FRAMES, Fraction(25))
    made = gathered(chunks_of(method.drive(method.prepare(SOURCE), driver), driver, has_latents=False)).frames
    assert np.abs(made - (FRAMES / 2 + SOURCE / 2)).max() <= 0.5


def test_the_tool_makes_the_frames_of_a_staged_batch(folder: Path, batch: Batch) -> None:
    made = folder / "made"
    subprocess.run(
        [sys.executable, str(folder / "animate.py"), str(batch.index), str(batch.folder), str(made)], check=True
    )
    existing = baselines.resolve(f"frames:{made}=mine").load()
    assert isinstance(existing, ExistingFrames)
    assert existing.unmatched([case.id for case in batch.cases]) == ()
    found = existing.find("S01-d_C--s")
    assert found is not None
    assert blended(found)


def test_the_command_starts_the_tool(folder: Path, batch: Batch) -> None:
    method = baselines.resolve(f"{folder / 'mine_command.py'}:Mine").load()
    assert isinstance(method, CommandMethod)
    (made,) = method.generate(batch, folder / "out")
    assert made.reason is None
    assert made.frames is not None
    assert blended(made.frames)


def test_the_entry_point_is_of_the_group_that_is_read() -> None:
    assert tomllib.loads(EXAMPLES["pyproject.toml"]) == {
        "project": {"entry-points": {ENTRY_POINTS: {"mine": "my_package.avatar:Mine"}}}
    }


def test_suffixes_on_the_page_are_found() -> None:
    named = set(re.findall(r"`(?:OUT/<id>)?(\.(?!png|jpg|npy|z|md)\w+)`", PAGE))
    assert {".mp4", ".webm", ".wmv"} <= named <= set(VIDEO_SUFFIXES)
