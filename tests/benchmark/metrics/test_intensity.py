"""How far the output goes: exact answers on heads of known shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics import score_case
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.intensity import ENTRIES, gain
from tests.benchmark.metrics.faces import case, person, shoot, talking, video

MESH, ERROR = "intensity[mesh468]", "intensity_error[mesh468]"


def coefficients(n: int = 8, **peaks: float) -> np.ndarray:
    """[n, 52]: the named coefficients rise from 0 to their peak."""
    out = np.zeros((n, len(NAMES)), np.float32)
    for name, peak in peaks.items():
        out[:, NAMES.index(name)] = np.linspace(0, peak, n)
    return out


def with_coefficients(values: np.ndarray, missing: tuple[int, ...] = ()):
    return video([shoot(person())] * len(values), missing, arrays={"blendshapes": values})


@pytest.mark.parametrize("amount", [0.0, 0.25, 0.5, 1.0, 1.5])
def test_the_value_is_the_share_of_the_drivers_motion(amount: float) -> None:
    driver, source = video(talking(person())), video([shoot(person(7))])
    score = score_case(MESH, case(video(talking(person(), amount)), driver, source))
    assert score.value == pytest.approx(amount, abs=0.03)  # distances are not quite linear
    assert (score.frames_expected, score.frames_scored, score.failures) == (12, 12, ())


@pytest.mark.parametrize("amount", [0.5, 1.5])
def test_the_error_has_no_sign(amount: float) -> None:
    driver, source = video(talking(person())), video([shoot(person())])
    assert score_case(ERROR, case(video(talking(person(), amount)), driver, source)).value == pytest.approx(
        0.5, abs=0.03
    )


def test_another_face_and_another_pose_change_little() -> None:
    driver, source = video(talking(person())), video([shoot(person(7))])
    assert score_case(MESH, case(video(talking(person(7))), driver, source)).value == pytest.approx(1, abs=0.1)
    still_head = video(talking(person(), turned=False))
    assert score_case(MESH, case(still_head, driver, source)).value == pytest.approx(1, abs=1e-6)


def test_mutations_move_it_the_right_way() -> None:
    frames = talking(person())
    driver, source = video(frames), video([shoot(person())])
    value = lambda output: score_case(MESH, case(video(output), driver, source)).value  # noqa: E731
    assert value(frames) == pytest.approx(1.0)
    assert value([frames[0]] * 12) == pytest.approx(0.0, abs=1e-9)  # frozen
    assert value([frames[0]] * 3 + frames[:-3]) < 0.9  # delayed
    rng = np.random.default_rng(0)
    jittered = [frames[0], *(f + rng.normal(0, 0.5, f.shape) for f in frames[1:])]
    assert value(jittered) == pytest.approx(1.0, abs=0.15)  # noise is no motion along the driver's


@settings(max_examples=30, deadline=None)
@given(st.floats(-3, 3), st.integers(0, 99))
def test_gain_against_a_least_squares_fit(factor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    driver = rng.normal(size=(9, 5))
    output = factor * driver + rng.normal(size=(9, 5))
    fitted = np.linalg.lstsq(driver.reshape(-1, 1), output.ravel(), rcond=None)[0][0]
    assert gain(output, driver) == pytest.approx(fitted, abs=1e-9)


def test_blendshapes_are_relative_to_the_own_first_frame() -> None:
    driver = coefficients(mouthSmileLeft=0.8, mouthSmileRight=0.8, jawOpen=0.6)
    output = 0.5 * coefficients(mouthSmileLeft=0.8, mouthSmileRight=0.8, jawOpen=0.6) + 0.2  # another neutral
    one = case(with_coefficients(output), with_coefficients(driver), video([shoot(person())]))
    assert score_case("intensity[blendshapes52]", one).value == pytest.approx(0.5, abs=1e-6)


def test_looking_around_is_no_expression() -> None:
    gazing = coefficients(eyeLookInLeft=1.0, eyeLookOutRight=1.0)
    score = score_case(
        "intensity[blendshapes52]",
        case(with_coefficients(gazing), with_coefficients(gazing), video([shoot(person())])),
    )
    assert score.value is None
    assert score.failures == (("driver: face does not move", 8),)


@pytest.mark.parametrize("metric", [MESH, ERROR])
def test_a_still_driver_is_not_scored_instead_of_perfect(metric: str) -> None:
    still = video([shoot(person())] * 5)
    score = score_case(metric, case(still, still, video([shoot(person())])))
    assert score.value is None
    assert score.failures == (("driver: face does not move", 5),)


def test_every_lost_frame_has_its_reason() -> None:
    driver = coefficients(10, jawOpen=1.0, mouthFunnel=1.0)
    output = driver[:8].copy()
    output[4] = np.nan  # a face, but the network gave nothing
    faces = with_coefficients(output, missing=(3,)), with_coefficients(driver, missing=(6,))
    one = case(*faces, video([shoot(person())]))
    score = score_case("intensity[blendshapes52]", one)
    assert (score.frames_expected, score.frames_scored) == (10, 5)
    assert score.failures == (
        ("driver: no face", 1),
        ("output: frame missing", 2),
        ("output: no face", 1),
        ("output: the network gave nothing", 1),
    )


@pytest.mark.parametrize("who", ["driver", "output"])
def test_a_bad_first_frame_costs_that_frame(who: str) -> None:
    good, bad = coefficients(jawOpen=1.0), coefficients(jawOpen=1.0)
    bad[0] = np.nan
    output, driver = (bad, good) if who == "output" else (good, bad)
    score = score_case(
        "intensity[blendshapes52]",
        case(with_coefficients(output), with_coefficients(driver), video([shoot(person())])),
    )
    assert score.value is not None
    assert score.failures == ((f"{who}: the network gave nothing", 1),)


def test_cards_say_that_one_is_right() -> None:
    cards = {entry.card.id: entry.card for entry in ENTRIES}
    for network in ("mesh468", "mesh478", "blendshapes52"):
        assert cards[f"intensity[{network}]"].higher_is_better is None
        assert cards[f"intensity_error[{network}]"].higher_is_better is False
