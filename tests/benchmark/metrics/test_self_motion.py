"""AKD, AED, APD: known differences in, known distances out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.self_motion import keypoint_distances
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from tests.benchmark.metrics.faces import case, person, rotation, shoot, talking, video

FRAMES = talking(person())


def compared(output: list[np.ndarray], height_px: int | None = 256, **missing: tuple[int, ...]) -> CaseFeatures:
    size = None if height_px is None else (height_px, height_px)

    def with_68(frames: list[np.ndarray], lost: tuple[int, ...] = ()) -> object:
        made = video(frames, lost)
        return replace(made, arrays={"landmarks68": made.landmarks_px[:, list(MESH_TO_68)]}, frame_hw=size)

    truth = with_68(FRAMES)
    made = with_68(output, missing.get("missing", ()))
    return case(made, truth, video(FRAMES[:1]), reference=truth)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", ["akd[mesh468]", "akd[landmarks68]"])
@pytest.mark.parametrize("height_px", [128, 256, 512])
def test_akd_is_the_mean_absolute_offset_at_256_px(metric: str, height_px: int) -> None:
    moved = [frame + [3.0, -1.0, 50.0] for frame in FRAMES]  # depth does not count
    score = score_case(metric, compared(moved, height_px))
    assert score.value == pytest.approx(2.0 * 256 / height_px, rel=1e-5)
    assert score_case(metric, compared(FRAMES, height_px)).value == 0.0


def test_akd_needs_a_reference_and_the_frames_size() -> None:
    unknown = score_case("akd[mesh468]", compared(FRAMES, None))
    assert (unknown.value, unknown.failures) == (None, (("the frames' size is not known", 12),))
    truth = video(FRAMES)
    alone = score_case("akd[mesh468]", case(truth, truth, video(FRAMES[:1])))
    assert (alone.value, alone.failures) == (None, (("no reference", 12),))


def test_akd_does_not_mix_frame_sizes() -> None:
    both = compared(FRAMES)
    other = replace(both, output=replace(both.output, frame_hw=(512, 512)))
    score = score_case("akd[mesh468]", other)
    assert (score.value, score.failures) == (None, (("output and reference have frames of different sizes", 12),))


def test_akd_counts_failures() -> None:
    score = score_case("akd[landmarks68]", compared(FRAMES[:10], missing=(2, 3)))
    assert (score.value, score.frames_scored) == (0.0, 8)
    assert score.failures == (("output: frame missing", 2), ("output: no face", 2))


def test_akd_against_a_loop() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 5, 3))
    for t in range(3):
        expected = sum(abs(a[t, k, x] - b[t, k, x]) for k in range(5) for x in range(2)) / 10
        assert keypoint_distances(a, b)[t] == pytest.approx(expected)


def with_blendshapes(output: np.ndarray, driver: np.ndarray) -> CaseFeatures:
    def one(rows: np.ndarray) -> object:
        return replace(video([FRAMES[0]] * len(rows)), arrays={"blendshapes": rows.astype(np.float32)})

    return case(one(output), one(driver), video(FRAMES[:1]))  # type: ignore[arg-type]


def test_aed_is_the_mean_of_51_coefficients() -> None:
    driver = np.full((4, 52), 0.25)
    output = driver.copy()
    output[:, 0] = 1.0  # "neutral" does not count
    output[:, 10] += 0.51
    score = score_case("aed[blendshapes52]", with_blendshapes(output, driver))
    assert score.value == pytest.approx(0.51 / 51, rel=1e-5)
    output[2] = np.nan
    lost = score_case("aed[blendshapes52]", with_blendshapes(output, driver))
    assert lost.failures == (("output: no blendshape coefficients", 1),)


@pytest.mark.parametrize(
    ("angles", "expected"),
    [((9.0, 0, 0), 3.0), ((0, 6.0, 0), 2.0), ((0, 0, 12.0), 4.0), ((3.0, -6.0, 9.0), 6.0)],
)
def test_apd_is_the_mean_of_three_angles(angles: tuple[float, float, float], expected: float) -> None:
    """Yaw, pitch and roll of rotation = Y X Z(-roll), as the test's own `rotation` makes them (roll as -roll)."""
    yaw, pitch, roll = angles
    driver = video([shoot(person())] * 3)
    output = video([shoot(person(), rotation(yaw, pitch, roll))] * 3)
    score = score_case("apd_deg[mesh468]", case(output, driver, video(FRAMES[:1])))
    assert score.value == pytest.approx(expected, abs=0.02)


def test_apd_of_nothing_is_nothing() -> None:
    lost = video(FRAMES, missing=tuple(range(12)))
    score = score_case("apd_deg[mesh468]", case(lost, video(FRAMES), video(FRAMES[:1])))
    assert (score.value, score.frames_scored, score.failures) == (None, 0, (("output: no face", 12),))
