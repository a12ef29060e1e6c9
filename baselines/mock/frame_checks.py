"""Rules of the frames themselves: how many, how large, in which order, in which colours, from which size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from baselines.interface.capabilities import Capabilities
from baselines.mock.finding import Finding, fault, ok, untold
from baselines.mock.job import Answer
from baselines.mock.material import ALTERED, BIG_PX, SIZE_PX, Inputs

_RATE_TOLERANCE = 0.001
_CLEAR = 1.5  # times as large: told apart
_MOVES = 0.5  # grey levels of the mean: frames that differ less stand still
_SAME = 1.5  # grey levels of the mean: a video codec changes a frame by that much
_SEEN = 0.05  # grey levels: less is no answer to a driver
_SILENT = 0.1  # of what another place changes: less is no answer, even of a method that smooths over many frames
_SLOPE = 0.2  # of colour that follows the light
_THERE = 0.1  # of the source's energy in the lowest band: its texture is in the frame at all
_KEPT = 0.15  # of what is kept of the lowest band: a band is there; linear interpolation leaves 0.07 beyond its size
_BANDS = (8, 16, 32, 64, 128, 256)
"""Edges in cycles per image; a side of S pixels holds S / 2."""


def count(card: Capabilities, answer: Answer, given: Inputs) -> Finding:
    """As many frames as the driver has, or as the card's frame rule says."""
    rule, driver = card.frame_rule, given.driver
    if answer.count in _allowed(card, given):
        return ok("count", f"{answer.count} frames for {driver.frame_count}")
    hint = "" if rule is None or rule.kind == "identity" else f" (its card says {rule})"
    return fault("count", f"gave {answer.count} frames for a driver of {driver.frame_count}{hint}; give one for each")


def size(answer: Answer, given: Inputs) -> Finding:
    """Every frame as large as the driver's."""
    side = given.driver.size_px
    others = [f"{width}x{height}" for height, width in answer.sizes if (height, width) != (side, side)]
    if not others:
        return ok("size", f"{side} px for {side} px")
    return fault("size", f"gave frames of {', '.join(others)} px for a driver of {side} px; give driver.size_px")


def rate(card: Capabilities, slow: Answer, fast: Answer, given: Inputs, given_fast: Inputs) -> Finding:
    """The driver's own rate: at twice the rate there are as many frames, and a video says so.

    A card with an audio clock has one rate; the harness refuses drivers of another.
    """
    rule = card.frame_rule
    for answer, one in ((slow, given), (fast, given_fast)):
        due = one.driver.fps if rule is None or rule.kind != "audio-clock" or card.fps is None else card.fps
        if answer.fps is not None and abs(Fraction(answer.fps) / due - 1) > _RATE_TOLERANCE:
            return fault("frame rate", f"wrote a video of {answer.fps} fps where {due} fps are due")
    if fast.error is not None:
        return untold("frame rate", f"failed at {given_fast.driver.fps} fps: {fast.error}")
    right, right_fast = slow.count in _allowed(card, given), fast.count in _allowed(card, given_fast)
    if right and not right_fast:
        return fault(
            "frame rate",
            f"gave {fast.count} frames for {given_fast.driver.frame_count} at {given_fast.driver.fps} fps, but all at"
            f" {given.driver.fps} fps; frames are not resampled, give one for each",
        )
    if not right_fast:
        return untold("frame rate", "its frames are too many or too few at any rate")
    if rule is not None and rule.kind == "audio-clock":
        return ok("frame rate", f"keeps {card.fps} fps of audio, as its card says")
    twice = _repeats(fast) - _repeats(slow)
    if card.fps is None and twice >= (fast.count - 1) // 3 > 0:
        return fault(
            "frame rate",
            f"gave {twice} frames twice in a row at {given_fast.driver.fps} fps that it does not repeat at"
            f" {given.driver.fps} fps; frames are not resampled, give one for each, or say fps on its card",
        )
    return ok("frame rate", f"as many at {given_fast.driver.fps} as at {given.driver.fps} fps")


def _allowed(card: Capabilities, given: Inputs) -> range:
    """How many frames are right."""
    rule, driver = card.frame_rule, given.driver
    if rule is None:
        return range(driver.frame_count, driver.frame_count + 1)
    audio_s = None if driver.audio is None else driver.audio.duration_s
    return rule.counts(driver.frame_count, audio_s=audio_s, fps=card.fps)


def channels(red: Answer, blue: Answer, mixed: Answer, given_red: Inputs, given_blue: Inputs) -> Finding:
    """Under red light frames are redder than under blue light, whatever it falls on.

    Args:
        mixed: of a source in red light and a driver in blue light, so that one can be told from the other.
    """
    rule = "channel order"
    if red.frames is None or blue.frames is None or mixed.frames is None:
        reason = red.error or blue.error or mixed.error or "several sizes"
        return untold(rule, f"no frames under coloured light: {reason}")
    light = _warmth(given_red.source[None]) - _warmth(given_blue.source[None])
    warmth = {"red": _warmth(red.frames), "mixed": _warmth(mixed.frames), "blue": _warmth(blue.frames)}
    for where, warm, cold in (
        ("", "red", "blue"),
        (" on the source", "mixed", "blue"),
        (" on the driver", "red", "mixed"),
    ):
        if (warmth[warm] - warmth[cold]) / light < -_SLOPE:
            return fault(rule, f"red light{where} comes out blue: channels are BGR; give RGB")
    if (warmth["red"] - warmth["blue"]) / light > _SLOPE:
        return ok(rule, "red light comes out red")
    return untold(rule, "its frames do not take on the light that falls on source and driver")


def order(base: Answer, again: Answer, altered: Answer) -> Finding:
    """Where the driver is another one, the frames are."""
    if base.frames is None or altered.frames is None or len(base.frames) != len(altered.frames):
        return untold("order", f"no frames of an altered driver to compare: {altered.error or 'another number'}")
    places = np.array(ALTERED)
    if len(base.frames) <= places.max():
        return untold("order", "too few frames")
    change = _differences(base.frames, altered.frames)
    noise = 0.0
    if again.frames is not None and again.frames.shape == base.frames.shape:
        noise = float(_differences(base.frames, again.frames).mean())
    here, mirrored, elsewhere = change[places], change[len(change) - 1 - places], np.delete(change, places)
    if change.max() < 3 * noise + _SEEN:
        return untold("order", "its frames do not answer the driver, or not more than they change by chance")
    if mirrored.mean() > _CLEAR * here.mean() and mirrored.min() >= _SILENT * change.max():
        return fault("order", "frames come in reverse: the last frames of the driver change the first ones")
    if elsewhere.max() > 3 * noise + _SEEN and here.min() < _SILENT * elsewhere.max():
        moved = np.flatnonzero(change > max(_SILENT * change.max(), 3 * noise)) + 1
        return fault(
            "order",
            f"frames {places.min() + 1} to {places.max() + 1} of the driver change its frames"
            f" {', '.join(map(str, moved))}; give them in the driver's order",
        )
    if here.mean() > _CLEAR * mirrored.mean():
        return ok("order", "frames change where the driver does")
    return untold("order", "all frames change with a part of the driver")


def motion(card: Capabilities, answer: Answer) -> Finding:
    """Frames change under a driver that moves and speaks, or the card says that they do not."""
    rule = "motion"
    if answer.frames is None:
        return untold(rule, "its frames have several sizes")
    change = float(_differences(answer.frames, np.repeat(answer.frames[:1], len(answer.frames), axis=0)).max())
    still = change <= (_SAME if answer.is_lossy else _MOVES)
    if card.shows == "still":
        if still:
            return ok(rule, "stands still, as its card says")
        return fault(rule, "moves, but its card says shows='still'")
    if still:
        return fault(rule, "stands still for a driver that moves; drive the source, or say shows='still'")
    return ok(rule, "moves under a driver that moves")


def person(card: Capabilities, answer: Answer, given: Inputs) -> Finding:
    """Frames show the source and not the driver, or the card says otherwise."""
    rule, driver = "person", given.driver.frames
    if driver is None:
        return ok(rule, "is not shown the driver")
    if answer.frames is None or answer.frames.shape[1:] != driver.shape[1:]:
        return untold(rule, "its frames have another size than the driver's")
    common = min(len(answer.frames), len(driver))
    same = float(_differences(answer.frames[:common], driver[:common]).mean()) < _SAME
    if card.shows == "driver":
        if same:
            return ok(rule, "gives the driver's own frames, as its card says")
        return fault(rule, "its frames are not the driver's, but its card says shows='driver'")
    if same:
        return fault(rule, "gives the driver's own frames; show the source, or say shows='driver'")
    return ok(rule, "not the driver's own frames")


def own_size(card: Capabilities, small: Answer, big: Answer, given_small: Inputs, given_big: Inputs) -> Finding:
    """Detail grows with the size that is asked for, or the card says which size is behind it."""
    rule = "own size"
    if card.size_px is not None:
        return ok(rule, f"works at {card.size_px} px, as its card says")
    if card.shows == "driver":
        return untold(rule, "its frames do not show the source's texture")
    if small.frames is None or big.frames is None:
        return untold(rule, f"no frames of another size: {big.error or small.error or 'several sizes'}")
    if small.is_lossy or big.is_lossy:
        return untold(rule, "a lossy video hides what is lost; images would tell")
    low, high = detail(small.frames[0], given_small.source), detail(big.frames[0], given_big.source)
    if not low or not high:
        return untold(rule, "its frames do not show the source's texture")
    if high >= BIG_PX // 2:
        return ok(rule, f"detail down to single pixels at {BIG_PX} px")
    if high / low > BIG_PX / SIZE_PX / 2:
        return untold(rule, "its frames are blurred at every size")
    return fault(
        rule,
        f"frames of {BIG_PX} px hold no more detail than {2 * high} px do: it works at a size of its own and resizes;"
        " say size_px on its card",
    )


def detail(frame: np.ndarray, source: np.ndarray) -> int:
    """Up to how many cycles per image the source's texture is in a frame; 0 where it is not."""
    made, given = _spectrum(frame), _spectrum(source)
    bands = [(low, high) for low, high in zip(_BANDS, _BANDS[1:], strict=False) if high <= len(frame) // 2]
    kept = [_band(made, low, high) / _band(given, low, high) for low, high in bands]
    if kept[0] < _THERE:
        return 0
    found = 0
    for (_, high), share in zip(bands, kept, strict=True):
        if share < _KEPT * kept[0]:
            break
        found = high
    return found


def _spectrum(frame: np.ndarray) -> np.ndarray:
    grey = frame.astype(np.float64).mean(axis=2)
    window = np.hanning(len(grey))
    return np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * np.outer(window, window)))) ** 2


def _band(spectrum: np.ndarray, low: int, high: int) -> float:
    middle = len(spectrum) // 2
    y, x = np.mgrid[: len(spectrum), : len(spectrum)] - middle
    radius = np.hypot(x, y)
    return float(spectrum[(radius >= low) & (radius < high)].mean())


def _repeats(answer: Answer) -> int:
    """How often a frame is the one before it, to the last bit."""
    frames = answer.frames
    return 0 if frames is None else int((frames[1:] == frames[:-1]).all(axis=(1, 2, 3)).sum())


def _warmth(frames: np.ndarray) -> float:
    return float(frames[..., 0].mean() - frames[..., 2].mean())


def _differences(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(one.astype(np.int16) - other).mean(axis=(1, 2, 3)))
