"""The bounds and the interface that they share."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from baselines.bounds.copy_driver import CopyDriver
from baselines.bounds.copy_source import CopySource
from baselines.interface.errors import DriveError
from baselines.interface.frames import chunks_of, gathered
from baselines.interface.method import Driver, Generated
from baselines.interface.refusals import Request, refusal


def frames(count: int, side: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def driver(count: int = 4) -> Driver:
    return Driver(frames(count), Fraction(25))


def test_copy_source_repeats_the_source() -> None:
    source = frames(1, seed=1)[0]
    method = CopySource()
    out = gathered(chunks_of(method.drive(method.prepare(source), driver(40)), driver(40)))
    assert out.frames.shape == (40, 32, 32, 3)
    assert (out.frames == source).all()
    assert out.latents is None


def test_copy_driver_returns_the_driver_and_shares_no_memory() -> None:
    given = driver(40)
    method = CopyDriver()
    out = gathered(chunks_of(method.drive(method.prepare(frames(1)[0]), given), given))
    assert np.array_equal(out.frames, given.frames)
    assert not np.shares_memory(out.frames, given.frames)


def test_only_the_source_needs_no_driver_frames() -> None:
    withheld = driver().limited_to({"audio"})
    source = frames(1)[0]
    assert len(gathered(chunks_of(CopySource().drive(source, withheld), withheld)).frames) == 4
    assert refusal(CopySource.capabilities, Request(gives={"audio"})) is None
    assert "image frames" in str(refusal(CopyDriver.capabilities, Request(gives={"audio"})))
    with pytest.raises(DriveError, match="the protocol withholds them"):
        list(CopyDriver().drive(None, withheld))


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 32, 32, 3), np.float32),
        np.zeros((4, 32, 30, 3), np.uint8),
        np.zeros((0, 32, 32, 3), np.uint8),
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((4, 32, 32, 4), np.uint8),
    ],
)
def test_frames_of_another_form_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(DriveError, match="expected driver frames uint8"):
        Driver(bad, Fraction(25))
    with pytest.raises(DriveError, match="expected generated frames uint8"):
        Generated(bad)


def test_a_source_of_another_form_is_refused() -> None:
    for bad in (frames(1), frames(1)[0].astype(np.float32), frames(1)[0][:, :20]):
        with pytest.raises(DriveError, match="expected a source image"):
            CopySource().prepare(bad)


def test_latents_must_match_the_frames() -> None:
    assert Generated(frames(4), np.zeros((4, 8), np.float32)).latents is not None
    for shape in ((3, 8), (4,)):
        with pytest.raises(DriveError, match=r"expected latents float32 \[4, d\]"):
            Generated(frames(4), np.zeros(shape, np.float32))
