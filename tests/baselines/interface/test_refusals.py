"""What a method is refused for, and what is said of one that runs."""

from __future__ import annotations

from typing import Any

import pytest

from baselines.interface.capabilities import Capabilities
from baselines.interface.refusals import refusal, remarks


def able(*drives: str, **fields: Any) -> Capabilities:
    return Capabilities(drives=frozenset(drives), licence="MIT", **fields)


@pytest.mark.parametrize(
    ("capabilities", "gives", "expected"),
    [
        (able(), {"audio"}, None),
        (able(), (), None),
        (able("image"), {"image", "audio"}, None),
        (able("image"), {"audio"}, "is driven by image frames, but the protocol gives audio"),
        (able("image"), (), "is driven by image frames, but the protocol gives only the source and the first frame"),
        (able("image", "audio"), {"audio"}, None),
        (able("image", "pose"), {"audio"}, "is driven by image frames or head poses, but the protocol gives audio"),
        (able("audio", "pose", requires={"audio"}), {"audio"}, None),
        (
            able("audio", "pose", requires={"audio", "pose"}),
            {"image", "audio"},
            "needs head poses to drive it, but the protocol gives image frames and audio",
        ),
    ],
)
def test_a_method_is_refused_for_what_the_protocol_does_not_give(
    capabilities: Capabilities, gives: set[str], expected: str | None
) -> None:
    assert refusal(capabilities, gives=gives) == expected


def test_latents_and_training_are_asked_for() -> None:
    assert refusal(able("image"), gives={"image"}, needs_latents=True) == (
        "gives no expression descriptors z, which the protocol measures"
    )
    assert refusal(able("image", has_latents=True), gives={"image"}, needs_latents=True) is None
    slow = able("image", needs_optimisation=True)
    assert refusal(slow, gives={"image"}) is None
    assert "trained on every source" in str(refusal(slow, gives={"image"}, may_optimise=False))


def test_remarks_name_the_own_side_and_the_training() -> None:
    assert remarks(able("image", size_px=128), size_px=256) == ("works at 128 px; its frames are scaled to 256 px",)
    assert remarks(able("image", size_px=256), size_px=256) == ()
    assert remarks(able("image"), size_px=256) == ()
    assert len(remarks(able("image", size_px=64, needs_optimisation=True), size_px=256)) == 2
