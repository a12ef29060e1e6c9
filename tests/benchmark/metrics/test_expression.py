from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics import score_case
from benchmark.metrics.expression import COMPONENTS, describe_expression, transfer_by_component
from benchmark.metrics.frontal import frontalise
from tests.benchmark.metrics.faces import IOD, MOUTH_OPEN, case, move, person, rotation, shoot, talking, video

TRANSFER, ERROR = "expression_transfer[mesh468]", "expression_error[mesh468]"


def component(landmarks: np.ndarray, name: str) -> float:
    return float(describe_expression(landmarks[None])[0, COMPONENTS.index(name)])


@settings(max_examples=25, deadline=None)
@given(
    yaw=st.floats(-60, 60), pitch=st.floats(-40, 40), roll=st.floats(-90, 90),
    scale=st.floats(5, 900), x=st.floats(-2000, 2000), seed=st.integers(0, 99),
)  # fmt: skip
def test_descriptor_does_not_see_where_the_head_is(yaw, pitch, roll, scale, x, seed) -> None:
    head = move(person(seed), MOUTH_OPEN, (0, -0.2, 0))
    still = describe_expression(shoot(head)[None])
    moved = describe_expression(shoot(head, rotation(yaw, pitch, roll), scale, (x, -x))[None])
    np.testing.assert_allclose(moved, still, atol=1e-9)


def gap(head: np.ndarray, a: int, b: int) -> float:
    return float(np.linalg.norm(head[a] - head[b]) / IOD)


def height(head: np.ndarray, points: tuple[int, ...], over: tuple[int, ...]) -> float:
    return float((head[list(points), 1].mean() - head[list(over), 1].mean()) / IOD)


DEFINITIONS = [  # name, points to move, displacement in IOD, the measure on a head whose pose is known
    ("mouth_open", (14,), (0, -0.2, 0), lambda h: height(h, (13,), (14,))),
    ("mouth_width", (291,), (0.05, 0, 0), lambda h: gap(h, 61, 291)),
    ("mouth_shift", (0, 13, 14, 17), (0.04, 0, 0), lambda h: (h[[0, 13, 14, 17], 0].mean() - h[2, 0]) / IOD),
    ("corner_height_left", (291,), (0, 0.1, 0), lambda h: height(h, (291,), (2,))),
    ("corner_height_right", (61,), (0, 0.1, 0), lambda h: height(h, (61,), (2,))),
    ("upper_lip_height", (0,), (0, 0.03, 0), lambda h: height(h, (0,), (2,))),
    ("jaw_drop", (152,), (0, -0.2, 0), lambda h: gap(h, 152, 2)),
    ("eye_aperture_left", (385, 386, 387), (0, -0.05, 0),
     lambda h: height(h, (385, 386, 387), (380, 374, 373))),
    ("eye_aperture_right", (158, 159, 160), (0, -0.05, 0),
     lambda h: height(h, (158, 159, 160), (153, 145, 144))),
    ("brow_inner_left", (336, 285, 296, 295), (0, 0.05, 0),
     lambda h: height(h, (336, 285, 296, 295), (362, 263))),
    ("brow_inner_right", (107, 55, 66, 65), (0, 0.05, 0), lambda h: height(h, (107, 55, 66, 65), (33, 133))),
    ("brow_outer_left", (300, 276, 293, 283), (0, 0.05, 0),
     lambda h: height(h, (300, 276, 293, 283), (362, 263))),
    ("brow_outer_right", (70, 46, 63, 53), (0, 0.05, 0), lambda h: height(h, (70, 46, 63, 53), (33, 133))),
]  # fmt: skip
COUPLED = {"corner_height_left": {"mouth_width"}, "corner_height_right": {"mouth_width"}}  # fmt: skip


def test_every_component_has_a_definition_here() -> None:
    assert tuple(name for name, *_ in DEFINITIONS) == COMPONENTS


@pytest.mark.parametrize(("name", "points", "by", "measure"), DEFINITIONS, ids=COMPONENTS)
def test_each_component_measures_its_own_displacement_and_no_other(name, points, by, measure) -> None:
    turn = rotation(25, -10, 8)
    moved_head = move(person(), points, by)
    neutral = describe_expression(shoot(person(), turn)[None])[0]
    moved = describe_expression(shoot(moved_head, turn)[None])[0]
    change = dict(zip(COMPONENTS, moved - neutral, strict=True))
    expected = measure(moved_head) - measure(person())
    assert abs(expected) >= 0.02
    assert change.pop(name) == pytest.approx(expected, abs=1e-9)
    for other in change.keys() - COUPLED.get(name, set()):
        assert change[other] == pytest.approx(0, abs=1e-9), other


def test_mirroring_swaps_sides() -> None:
    head = move(person(), (291,), (0, 0.1, 0))
    mirrored = move(person(), (61,), (0, 0.1, 0))
    assert component(shoot(head), "corner_height_left") == pytest.approx(
        component(shoot(mirrored), "corner_height_right"), abs=1e-6
    )


def test_frontalise_against_an_independent_kabsch() -> None:
    from scipy.spatial.transform import Rotation

    from feed_dataset.core.faces.geometry import template
    from feed_dataset.core.faces.mesh_indices import STABLE

    seen = shoot(person(3), rotation(30, 10, -20)) * [1, -1, -1]
    stable = seen[list(STABLE)]
    canonical = template()[0][list(STABLE)]
    found, _ = Rotation.align_vectors(canonical - canonical.mean(0), stable - stable.mean(0))
    expected = found.apply(seen - stable.mean(0))
    expected /= np.linalg.norm(expected[33] - expected[263])
    np.testing.assert_allclose(frontalise(shoot(person(3), rotation(30, 10, -20))[None])[0], expected, atol=1e-9)


def test_perfect_transfer_to_another_person_is_one_and_copies_are_not() -> None:
    driver, source = video(talking(person())), video([shoot(person(7))])
    perfect = case(video(talking(person(7))), driver, source)
    copied = case(video([shoot(person(7))] * 12), driver, source)
    assert score_case(TRANSFER, perfect).value > 0.9  # not 1: another face has slightly other axes
    assert score_case(TRANSFER, copied).value == 0.0
    assert score_case(ERROR, perfect).value < 0.1 * score_case(ERROR, copied).value


@pytest.mark.parametrize("amount", [0.0, 0.25, 0.5, 1.0])
def test_transfer_is_the_share_that_arrives(amount: float) -> None:
    driver = video(talking(person(), 1.0))
    output = video(talking(person(), amount))
    score = score_case(TRANSFER, case(output, driver, video([shoot(person())])))
    assert score.value == pytest.approx(amount, abs=0.02)  # distances are not quite linear
    assert score.frames_scored == score.frames_expected == 12


def test_transfer_falls_under_each_damage() -> None:
    frames = talking(person())
    driver, source = video(frames), video([shoot(person())])
    value = lambda output: score_case(TRANSFER, case(video(output), driver, source)).value  # noqa: E731
    mirrored = [f * [-1, 1, 1] for f in frames]
    rng = np.random.default_rng(0)
    assert value(frames) == pytest.approx(1.0, abs=1e-6)
    assert value([frames[0]] * 12) == pytest.approx(0.0, abs=1e-6)
    assert value(frames[::-1]) < 0.8
    assert value(talking(person(), 2.5)) < 0  # overshoot
    assert value([f + rng.normal(0, 1.0, f.shape) for f in frames]) < 0.7
    assert value([m[_mirror_map()] for m in mirrored]) < 0.8


def _mirror_map() -> np.ndarray:
    """Index of each point's mirror twin, from the symmetric template."""
    points = person()
    distance = np.linalg.norm((points * [-1, 1, 1])[:, None] - points[None], axis=-1)
    return distance.argmin(axis=1)


def test_expression_error_of_a_known_displacement() -> None:
    still = [shoot(person())] * 4
    raised = [still[0], *[shoot(move(person(), (70, 46, 63, 53), (0, 0.13, 0)))] * 3]
    score = score_case(ERROR, case(video(raised), video(still), video(still[:1])))
    assert score.value == pytest.approx(0.75 * 0.13 / 13, abs=1e-6)


def test_copying_the_driver_transfers_everything_whatever_the_source_looks_like() -> None:
    driver = video(talking(person()))
    assert score_case(TRANSFER, case(driver, driver, video([shoot(person(7))]))).value == pytest.approx(1.0)


def test_a_still_driver_is_not_scored_instead_of_perfect() -> None:
    still = video([shoot(person())] * 5)
    score = score_case(TRANSFER, case(still, still, video([shoot(person())])))
    assert score.value is None
    assert score.failures == (("driver: face does not move", 5),)
    assert score_case(ERROR, case(still, still, video([shoot(person())]))).value == 0.0


def test_missing_faces_are_counted_with_their_reason() -> None:
    frames = talking(person())
    output, driver = video(frames[:10], missing=(3,)), video(frames, missing=(5, 6))
    for metric in (TRANSFER, ERROR):
        score = score_case(metric, case(output, driver, video([shoot(person())])))
        assert (score.frames_expected, score.frames_scored) == (12, 7)
        assert score.failures == (
            ("driver: no face", 2),
            ("output: frame missing", 2),
            ("output: no face", 1),
        )


@pytest.mark.parametrize("who", ["output", "driver", "longer"])
def test_nothing_gives_nothing(who: str) -> None:
    frames = talking(person())
    output = video(frames, missing=tuple(range(12)) if who == "output" else ())
    if who == "longer":
        output = video([*frames, frames[0]])
    driver = video(frames, missing=tuple(range(12)) if who == "driver" else ())
    for metric in (TRANSFER, ERROR):
        score = score_case(metric, case(output, driver, video([shoot(person())])))
        assert score.value is None
        assert score.frames_scored == 0
        assert sum(count for _, count in score.failures) == 12


def test_breakdown_tells_left_from_right() -> None:
    driver = video([shoot(person()), shoot(move(person(), (291,), (0, 0.4, 0)))] * 3)
    wrong_side = video([shoot(person()), shoot(move(person(), (61,), (0, 0.4, 0)))] * 3)
    parts = transfer_by_component(case(wrong_side, driver, video([shoot(person())])))
    assert parts["corner_height_left"] == pytest.approx(0, abs=1e-5)
    assert parts["corner_height_right"] is None
    assert score_case(TRANSFER, case(wrong_side, driver, video([shoot(person())]))).value < 0
