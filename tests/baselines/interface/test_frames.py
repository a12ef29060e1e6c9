"""What `drive` may return, and what is refused in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from baselines.interface.driver import Driver
from baselines.interface.errors import DriveError
from baselines.interface.frames import Chunk, Generated, chunks_of, gathered

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
Z = np.random.default_rng(1).normal(size=(5, 8)).astype(np.float32)
DRIVER = Driver(FRAMES, Fraction(25))


def halves(latents: bool = True) -> Iterator[Chunk]:
    for part in (slice(0, 2), slice(2, 5)):
        yield Chunk(FRAMES[part], Z[part] if latents else None)


@pytest.mark.parametrize(
    "result",
    [
        lambda: Generated(FRAMES, Z),
        lambda: Chunk(FRAMES, Z),
        lambda: halves(),
        lambda: list(halves()),
        lambda: iter([Generated(FRAMES[:3], Z[:3]), Chunk(FRAMES[3:], Z[3:])]),
    ],
)
def test_every_form_gives_the_same_frames_and_latents(result: Callable[[], Any]) -> None:
    whole = gathered(chunks_of(result(), DRIVER, has_latents=True))
    assert np.array_equal(whole.frames, FRAMES)
    assert whole.latents is not None
    assert np.array_equal(whole.latents, Z)


@pytest.mark.parametrize(
    "result",
    [lambda: FRAMES, lambda: iter(FRAMES), lambda: (FRAMES[i : i + 2] for i in (0, 2, 4)), lambda: halves(False)],
)
def test_frames_may_come_without_latents(result: Callable[[], Any]) -> None:
    whole = gathered(chunks_of(result(), DRIVER, has_latents=False))
    assert np.array_equal(whole.frames, FRAMES)
    assert whole.latents is None


def test_chunks_pass_one_at_a_time() -> None:
    taken = []

    def made() -> Iterator[np.ndarray]:
        for number, frame in enumerate(FRAMES):
            taken.append(number)
            yield frame

    first = next(chunks_of(made(), DRIVER))
    assert taken == [0]
    assert np.array_equal(first.frames, FRAMES[:1])


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (lambda: FRAMES[:4], "expected 5 generated frames but got 4$"),
        (lambda: iter(FRAMES[:4]), "expected 5 generated frames but got 4$"),
        (lambda: iter([]), "expected 5 generated frames but got 0"),
        (lambda: iter([FRAMES, FRAMES[:1]]), "expected 5 generated frames but got 6 or more"),
        (lambda: FRAMES.astype(np.float32), "expected generated frames uint8"),
        (lambda: iter([FRAMES[0, :, :8]]), r"got uint8 \[1, 16, 8, 3\]"),
        (lambda: FRAMES[:, ::2, ::2], "expected generated frames of the driver's 16 px but got 8 px"),
        (lambda: iter([FRAMES[0], FRAMES[1, ::2, ::2]]), "expected generated frames of one size but got 16 px and 8"),
        (lambda: iter([Chunk(FRAMES[:2], Z[:2]), Chunk(FRAMES[2:])]), "expected latents beside all frames or none"),
        (lambda: iter([Chunk(FRAMES[:2], Z[:2]), Chunk(FRAMES[2:], Z[2:, :4])]), "of one length but got 8 and 4"),
        (lambda: None, "expected `drive` to return frames or an iterator of chunks but got NoneType"),
        (lambda: iter([FRAMES.tolist()]), "expected chunks or frames from `drive` but one is list"),
    ],
)
def test_what_is_not_as_promised_is_refused(result: Callable[[], Any], reason: str) -> None:
    with pytest.raises(DriveError, match=reason):
        list(chunks_of(result(), DRIVER))


def test_endless_frames_end() -> None:
    def endless() -> Iterator[np.ndarray]:
        while True:
            yield FRAMES[0]

    with pytest.raises(DriveError, match="got 6 or more"):
        list(chunks_of(endless(), DRIVER))


@pytest.mark.parametrize(("declared", "latents"), [(True, False), (False, True)])
def test_latents_must_be_as_declared(declared: bool, latents: bool) -> None:
    with pytest.raises(DriveError, match="as the method's capabilities say"):
        list(chunks_of(halves(latents), DRIVER, has_latents=declared))


@pytest.mark.parametrize("form", [Chunk, Generated])
@pytest.mark.parametrize("bad", [Z[:3], Z[:, 0], Z[:, :0], Z.astype(np.float64), Z.tolist()])
def test_latents_of_another_form_are_refused(form: type, bad: Any) -> None:
    with pytest.raises(DriveError, match=r"expected latents float32 \[5, d\]"):
        form(FRAMES, bad)


@pytest.mark.parametrize("form", [Chunk, Generated])
def test_frames_in_a_list_are_refused_by_type(form: type) -> None:
    with pytest.raises(DriveError, match=r"expected generated frames uint8 \[T, S, S, 3\] but got list"):
        form(FRAMES.tolist())


def test_nothing_cannot_be_gathered() -> None:
    with pytest.raises(DriveError, match="expected generated frames but got none"):
        gathered([])
