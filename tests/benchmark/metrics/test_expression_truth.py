"""The descriptor against heads whose blendshapes and pose are exactly known, at full landmark accuracy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmark.metrics.expression import COMPONENTS, describe_expression

Pose = Callable[[dict[str, float], tuple[float, float, float]], np.ndarray]

CONTROLS = [  # coefficients that move together, component, direction
    (("jawOpen",), "mouth_open", 1),
    (("jawOpen",), "jaw_drop", 1),
    (("eyeBlinkLeft",), "eye_aperture_left", -1),
    (("eyeBlinkRight",), "eye_aperture_right", -1),
    (("mouthSmileLeft",), "corner_height_left", 1),
    (("mouthSmileRight",), "corner_height_right", 1),
    (("mouthSmileLeft", "mouthSmileRight"), "mouth_width", 1),
    (("mouthPucker",), "mouth_width", -1),
    (("mouthLeft",), "mouth_shift", 1),
    (("mouthRight",), "mouth_shift", -1),
    (("mouthUpperUpLeft", "mouthUpperUpRight"), "upper_lip_height", 1),
    (("browInnerUp",), "brow_inner_left", 1),
    (("browInnerUp",), "brow_inner_right", 1),
    (("browDownLeft",), "brow_inner_left", -1),
    (("browDownRight",), "brow_inner_right", -1),
    (("browOuterUpLeft",), "brow_outer_left", 1),
    (("browOuterUpRight",), "brow_outer_right", 1),
]


@pytest.fixture(scope="module", params=["S02", "S05"])
def pose(request: pytest.FixtureRequest) -> Pose:
    """Exact image landmarks [468, 3] of one subject by an orthographic camera."""
    from dataclasses import replace

    from feed_dataset.synthetic.people.subjects import SUBJECTS
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.rig.landmarks import world_landmarks
    from feed_dataset.synthetic.scene.types import Expression

    spec = replace(SUBJECTS[request.param], hair="bald", beard=0.0)  # hair has no landmarks
    head = Head(SharedTopology(level=0, texture_px=64), spec)

    def landmarks(coefficients: dict[str, float], head_deg: tuple[float, float, float]) -> np.ndarray:
        world = world_landmarks(head.pose(Expression(coefficients, head_deg=head_deg)), head)[:468]
        return world * [1, -1, -1] * 100.0

    return landmarks


@pytest.mark.parametrize(("controls", "component", "direction"), CONTROLS)
def test_each_component_follows_its_control_while_the_head_turns(
    pose: Pose, controls: tuple[str, ...], component: str, direction: int
) -> None:
    rng = np.random.default_rng(0)
    weights = np.linspace(0, 1, 7)
    turns = rng.uniform([-35, -20, -20], [35, 20, 20], size=(7, 3))
    faces = [pose(dict.fromkeys(controls, float(w)), tuple(t)) for w, t in zip(weights, turns, strict=True)]
    values = direction * describe_expression(np.stack(faces))[:, COMPONENTS.index(component)]
    assert spearmanr(weights, values).statistic >= 0.9
    assert values[-1] - values[0] > 0.015


@pytest.mark.parametrize("control", ["mouthSmile", "eyeBlink", "browOuterUp", "browDown"])
def test_one_sided_expressions_stay_on_their_side(pose: Pose, control: str) -> None:
    pair = {
        "mouthSmile": "corner_height",
        "eyeBlink": "eye_aperture",
        "browOuterUp": "brow_outer",
        "browDown": "brow_inner",
    }[control]
    neutral = pose({}, (0, 0, 0))
    for side, other in (("Left", "right"), ("Right", "left")):
        moved = describe_expression(np.stack([neutral, pose({f"{control}{side}": 1.0}, (20, -10, 5))]))
        change = dict(zip(COMPONENTS, np.abs(moved[1] - moved[0]), strict=True))
        assert change[f"{pair}_{side.lower()}"] > 5 * change[f"{pair}_{other}"]


def test_turning_the_head_alone_is_not_an_expression(pose: Pose) -> None:
    still = describe_expression(pose({}, (0, 0, 0))[None])
    turned = describe_expression(np.stack([pose({}, (yaw, 10, -10)) for yaw in (-30, -15, 15, 30)]))
    assert np.abs(turned - still).sum(axis=1).max() < 0.05  # the neck bends a little with the head
