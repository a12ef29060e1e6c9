"""What the checks say of methods that are odd but sane, and that they do not guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from baselines.interface.capabilities import Capabilities
from baselines.interface.frame_rule import FrameRule
from baselines.mock import conduct_checks, frame_checks
from baselines.mock.finding import Finding
from baselines.mock.job import Answer, Told
from baselines.mock.material import ALTERED, Inputs, all_inputs
from baselines.mock.process import Done

GIVEN = all_inputs(frozenset({"image"}))
CARD = Capabilities(drives={"image"}, licence="MIT")
Render = Callable[[Inputs], np.ndarray]


def test_a_card_that_declares_what_is_not_so_is_a_fault() -> None:
    given = GIVEN["base"]
    moving, standing = made(blend(given)), made(np.repeat(given.source[None], 12, axis=0))
    for shows, answer, state in (
        ("source", moving, "ok"),
        ("source", standing, "fault"),
        ("still", standing, "ok"),
        ("still", moving, "fault"),
    ):
        assert frame_checks.motion(replace(CARD, shows=shows), answer).state == state
    for shows, answer, state in (
        ("source", moving, "ok"),
        ("source", made(given.driver.frames), "fault"),
        ("driver", made(given.driver.frames), "ok"),
        ("driver", moving, "fault"),
    ):
        assert frame_checks.person(replace(CARD, shows=shows), answer, given).state == state


def made(frames: np.ndarray | None = None, **fields: Any) -> Answer:
    """An answer with these frames, without a file."""
    answer = Answer(**{"count": 0 if frames is None else len(frames), **fields})
    answer.__dict__["frames"] = frames
    return answer


def blend(inputs: Inputs) -> np.ndarray:
    assert inputs.driver.frames is not None
    return inputs.source // 2 + inputs.driver.frames // 2


def grey(inputs: Inputs) -> np.ndarray:
    return np.repeat(blend(inputs).mean(axis=3, keepdims=True), 3, axis=3).astype(np.uint8)


def normalised(inputs: Inputs) -> np.ndarray:
    frames = blend(inputs).astype(float)
    frames -= frames.mean(axis=(0, 1, 2))
    return np.clip(128 + frames, 0, 255).astype(np.uint8)


def smoothed(inputs: Inputs) -> np.ndarray:
    frames = blend(inputs).astype(float)
    for place in range(1, len(frames)):
        frames[place] = 0.7 * frames[place - 1] + 0.3 * frames[place]
    return frames.astype(np.uint8)


def relative(inputs: Inputs) -> np.ndarray:
    assert inputs.driver.frames is not None
    moved = inputs.driver.frames.astype(int) - inputs.driver.frames[0]
    return np.clip(inputs.source + moved, 0, 255).astype(np.uint8)


def still(inputs: Inputs) -> np.ndarray:
    return np.repeat(inputs.source[None], inputs.driver.frame_count, axis=0)


def whole_clip(inputs: Inputs) -> np.ndarray:
    """Stretches contrast over the whole clip, as LIA-X does: every frame depends on all."""
    frames = blend(inputs).astype(float)
    return ((frames - frames.min()) / (frames.max() - frames.min()) * 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("render", "state"),
    [(blend, "ok"), (relative, "ok"), (still, "ok"), (whole_clip, "ok"), (grey, "cannot be told"),
     (normalised, "cannot be told"), (lambda one: blend(one)[..., ::-1], "fault")],
)  # fmt: skip
def test_channel_order(render: Render, state: str) -> None:
    assert channels(render).state == state


def channels(render: Render) -> Finding:
    answers = [made(render(GIVEN[name])) for name in ("red", "blue", "mixed")]
    return frame_checks.channels(*answers, GIVEN["red"], GIVEN["blue"])


def test_channels_of_one_input_alone_are_not_outweighed_by_the_other() -> None:
    def swapped(inputs: Inputs, source: int, driver: int) -> np.ndarray:
        assert inputs.driver.frames is not None
        return inputs.source[..., ::source] // 2 + inputs.driver.frames[..., ::driver] // 2

    for where, source, driver in (("source", -1, 1), ("driver", 1, -1)):
        found = channels(partial(swapped, source=source, driver=driver))
        assert found.state == "fault" and found.line.startswith(f"red light on the {where} comes out blue")


@pytest.mark.parametrize(
    ("render", "state"),
    [(blend, "ok"), (relative, "ok"), (smoothed, "ok"), (whole_clip, "ok"), (still, "cannot be told"),
     (lambda one: blend(one)[::-1], "fault"), (lambda one: smoothed(one)[::-1], "fault"),
     (lambda one: np.repeat(blend(one).mean(axis=0)[None], 12, axis=0), "cannot be told")],
)  # fmt: skip
def test_order(render: Render, state: str) -> None:
    base = made(render(GIVEN["base"]))
    assert frame_checks.order(base, base, made(render(GIVEN["altered"]))).state == state


@pytest.mark.parametrize(
    ("places", "line"),
    [([0, *range(11)], "9, 10, 11;"), ([*range(1, 12), 11], "7, 8, 9;"),
     (sorted(range(12), key=str), "10, 11, 12;"), ([place ^ 1 for place in range(12)], "7, 9, 10;")],
    ids=["one late", "one early", "sorted as text", "pairs swapped"],
)  # fmt: skip
def test_an_order_of_its_own_is_said_with_its_places(places: list[int], line: str) -> None:
    base, altered = (made(blend(GIVEN[name])[places]) for name in ("base", "altered"))
    found = frame_checks.order(base, base, altered)
    assert found.state == "fault" and f"frames 8 to 10 of the driver change its frames {line}" in found.line


@pytest.mark.parametrize(("fps", "state"), [(None, "fault"), (Fraction(25), "ok")])
def test_frames_that_are_repeated_to_keep_a_rate_are_no_frames_of_the_driver(fps: Fraction | None, state: str) -> None:
    slow, fast = GIVEN["base"], GIVEN["fast"]
    card = replace(CARD, fps=fps)
    repeated = made(blend(fast)[np.arange(12) // 2 * 2])
    assert frame_checks.rate(card, made(blend(slow)), repeated, slow, fast).state == state
    standing = made(still(slow))
    assert frame_checks.rate(CARD, standing, standing, slow, fast).state == "ok"


def test_a_source_without_a_face_is_told_apart_from_a_driver_without_one() -> None:
    count = 6
    given = made(blend(GIVEN["base"]))
    silent, loud = made(blend(GIVEN["no-driver-face"])), Answer(error="no face")
    states = {
        (driver.error, source.error): conduct_checks.missing_face(CARD, given, driver, source, count).state
        for driver in (silent, loud)
        for source in (silent, loud)
    }
    assert states[("no face", "no face")] == states[(None, "no face")] == "ok"
    assert states[("no face", None)] == states[(None, None)] == "cannot be told"


def test_order_is_not_told_from_noise() -> None:
    noise = np.random.default_rng(0)
    still_and_noisy = [made(still(GIVEN["base"]) // 2 + noise.integers(0, 99, (12, 128, 128, 3), dtype=np.uint8))
                       for _ in range(3)]  # fmt: skip
    assert frame_checks.order(*still_and_noisy).state == "cannot be told"
    assert 2 * max(ALTERED) > 12 > max(ALTERED)


def resized(side_px: int, how: int) -> Render:
    def render(inputs: Inputs) -> np.ndarray:
        frame = blend(inputs)[0]
        small = cv2.resize(frame, (side_px, side_px), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, frame.shape[:2], interpolation=how)[None]

    return render


def blurred(inputs: Inputs) -> np.ndarray:
    return cv2.GaussianBlur(blend(inputs)[0], (0, 0), 1.5)[None]


@pytest.mark.parametrize("how", [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
@pytest.mark.parametrize("side_px", [64, 128, 256])
def test_a_size_of_its_own_is_seen_however_it_is_resized(side_px: int, how: int) -> None:
    small, big = GIVEN["small"], GIVEN["big"]
    render = resized(side_px, how)
    found = frame_checks.own_size(CARD, made(render(small)), made(render(big)), small, big)
    assert found.state == "fault" and f" {side_px} px do" in found.line
    said = Capabilities(drives={"image"}, licence="MIT", size_px=side_px)
    assert frame_checks.own_size(said, made(render(small)), made(render(big)), small, big).state == "ok"


@pytest.mark.parametrize(("render", "state"), [(blend, "ok"), (still, "ok"), (blurred, "cannot be told")])
def test_blur_is_no_size(render: Render, state: str) -> None:
    small, big = GIVEN["small"], GIVEN["big"]
    found = frame_checks.own_size(CARD, made(render(small)), made(render(big)), small, big)
    assert found.state == state
    lossy = [made(blend(one), is_lossy=True) for one in (small, big)]
    assert frame_checks.own_size(CARD, lossy[0], lossy[1], small, big).state == "cannot be told"


def test_a_video_says_the_drivers_rate() -> None:
    base, fast = GIVEN["base"], GIVEN["fast"]

    def said(slow_fps: str, fast_fps: str) -> str:
        slow, quick = made(count=12, fps=slow_fps), made(count=12, fps=fast_fps)
        return frame_checks.rate(CARD, slow, quick, base, fast).state

    assert said("25", "50") == "ok"
    assert said("25000/1001", "50") == "ok"  # the rate that containers write
    assert said("25", "25") == said("30", "50") == "fault"


def test_an_audio_clock_keeps_its_own_rate() -> None:
    given = all_inputs(frozenset({"audio"}))
    card = Capabilities(drives={"audio"}, licence="MIT", frame_rule="audio-clock", fps=25)  # type: ignore[arg-type]

    def said(count: int, fps: str | None = None) -> str:
        slow, fast = made(count=12, fps=fps), made(count=count, fps=fps)
        return frame_checks.rate(card, slow, fast, given["base"], given["fast"]).state

    assert said(6) == said(6, "25") == "ok"  # half the audio, half the frames
    assert said(12) == said(6, "50") == "fault"


def test_fewer_frames_are_right_where_the_card_says_so() -> None:
    trims = Capabilities(drives={"image"}, licence="MIT", frame_rule=FrameRule("trims", tail=2))
    assert frame_checks.count(trims, made(count=10), GIVEN["base"]).state == "ok"
    assert frame_checks.count(trims, made(count=12), GIVEN["base"]).state == "fault"
    assert frame_checks.count(CARD, made(count=10), GIVEN["base"]).state == "fault"


NOISE = made(np.zeros((2, 8, 8, 3), np.uint8)), made(np.ones((2, 8, 8, 3), np.uint8))


def test_a_card_may_say_that_frames_differ() -> None:
    says = Capabilities(drives={"image"}, licence="MIT", seeded=False)
    assert conduct_checks.seed(CARD, *NOISE, None).state == "fault"
    assert conduct_checks.seed(says, *NOISE, None).state == "ok"
    assert "in another process" in conduct_checks.seed(CARD, NOISE[0], NOISE[0], NOISE[1]).line


def together(card: Capabilities, *, repeats: bool = True, elsewhere: bool = True, **told: Any) -> str:
    alone = Told({"base": NOISE[0]})
    pair = [Done(Told({"base-0": NOISE[1]}, **told), "", ())]
    return conduct_checks.together(card, alone, pair, ["base"], repeats=repeats, same_elsewhere=elsewhere).state


def test_other_frames_beside_another_job_are_a_fault_only_where_they_repeat_alone() -> None:
    assert together(CARD) == "fault"
    assert together(CARD, repeats=False) == "cannot be told"
    assert together(CARD, elsewhere=False) == "cannot be told"
    assert together(Capabilities(drives={"image"}, licence="MIT", parallel_safe=False)) == "ok"
    assert together(CARD, repeats=False, written=("/tmp/result.avi",)) == "fault"


MOVING = made(np.arange(12, dtype=np.uint8)[:, None, None, None] * np.full((12, 8, 8, 3), 9, np.uint8))
NEARLY_STILL = made(np.full((12, 8, 8, 3), 90, np.uint8) + (np.arange(12) % 2).astype(np.uint8)[:, None, None, None])
EYES = Capabilities(drives={"image"}, licence="MIT", reads_with={"face-mesh"})


@pytest.mark.parametrize(
    ("card", "base", "driver", "source", "state"),
    [
        (CARD, MOVING, made(error="no face"), made(error="no face"), "ok"),
        (CARD, MOVING, made(error="no face"), MOVING, "cannot be told"),  # it may look at drivers alone
        (CARD, MOVING, MOVING, MOVING, "cannot be told"),
        (CARD, made(MOVING.frames[:1]), made(MOVING.frames[5:6].repeat(12, 0)), MOVING, "cannot be told"),  # type: ignore[index]
        (CARD, MOVING, made(MOVING.frames[5:6].repeat(12, 0)), MOVING, "fault"),  # type: ignore[index]
        (CARD, MOVING, made(MOVING.frames[:9]), MOVING, "fault"),  # type: ignore[index]
        (CARD, MOVING, MOVING, made(np.zeros((4, 8, 8, 3), np.uint8)), "fault"),
        (EYES, MOVING, MOVING, made(error="no face"), "fault"),
        (EYES, MOVING, made(error="no face"), MOVING, "fault"),
        (CARD, MOVING, None, made(error="no face"), "ok"),
        (CARD, MOVING, NEARLY_STILL, MOVING, "cannot be told"),  # as of a network that knows no cloth
        (CARD, MOVING, made(np.full((12, 8, 8, 3), 9, np.uint8), is_lossy=True), MOVING, "cannot be told"),
    ],
)
def test_a_missing_face(card: Capabilities, base: Answer, driver: Answer | None, source: Answer, state: str) -> None:
    assert conduct_checks.missing_face(card, base, driver, source, 12).state == state


def test_altered_inputs_and_what_is_left_are_named() -> None:
    assert conduct_checks.inputs({"a": made(changed=("driver",)), "b": made()}).line.startswith("altered its inputs (d")
    assert conduct_checks.files([f"tmp/{n}" for n in range(5)]).line.startswith("left tmp/0, tmp/1, tmp/2 and 2 more")
    assert Path("/proc/self/environ").exists() is (conduct_checks.processes(Done(None, "", ())).state == "ok")
