"""Where windows stand and how they are weighed."""

from __future__ import annotations

import pytest
import torch

from model.speech.windows import Windows


@pytest.mark.parametrize("length_s, step_s", [(3.0, 0.6), (30.0, 30.0), (30.0, 15.0), (0.1, 0.02), (0.02, 0.02)])
def test_weights_of_all_windows_over_a_moment_add_up_to_one(length_s: float, step_s: float) -> None:
    windows = Windows(length_s, step_s)
    together = windows.weights.view(-1, windows.step).sum(0)
    torch.testing.assert_close(together, torch.ones(windows.step))
    assert (windows.weights > 0).all()


def test_windows_fade_in_and_out() -> None:
    weights = Windows().weights
    assert weights[0] < 0.001 and weights[-1] < 0.001 and weights.argmax() in (74, 75)
    torch.testing.assert_close(weights, weights.flip(0))


@pytest.mark.parametrize("first, last", [(0, 0), (-7, 3), (149, 150), (29, 61), (-500, -400)])
def test_every_window_over_a_position_is_named_and_no_other(first: int, last: int) -> None:
    windows = Windows()
    wanted = [k for k in range(-60, 60) if k * windows.step <= last and k * windows.step + windows.length > first]
    assert list(windows.over(first, last)) == wanted


@pytest.mark.parametrize(
    "length_s, step_s, words",
    [
        (3.01, 0.6, "length_s a multiple of 0.02"),
        (31.0, 31.0, "up to 30 but got 31"),
        (3.0, 0.0, "step_s a multiple"),
        (3.0, 0.4, "length_s a multiple of step_s, 0.4, but got 3.0"),
        (float("nan"), 0.6, "length_s a multiple"),
        (0.6, 3.0, "multiple of step_s"),
    ],
)
def test_other_sizes_are_refused(length_s: float, step_s: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Windows(length_s, step_s)
