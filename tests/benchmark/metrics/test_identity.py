from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from tests.benchmark.metrics.faces import case, person, shoot, video

RECOGNISERS = ("arcface", "vggface2", "dlib")


def with_embeddings(
    output: np.ndarray | None, source: np.ndarray | None, frames: int = 4, recogniser: str = "dlib"
) -> CaseFeatures:
    faces = [shoot(person())] * frames
    made = video(
        faces[:1] * (frames if output is None else len(output)),
        arrays={} if output is None else {recogniser: output},
    )
    one = video(faces[:1], arrays={} if source is None else {recogniser: source})
    return case(made, video(faces), one)


@pytest.mark.parametrize("recogniser", RECOGNISERS)
def test_known_angles(recogniser: str) -> None:
    e = np.eye(128, dtype=np.float32)
    output = np.stack([e[0], 2 * e[0], e[1], (e[0] + e[1]) / np.sqrt(2)])
    score = score_case(f"csim[{recogniser}]", with_embeddings(output, e[:1], recogniser=recogniser))
    assert score.value == pytest.approx((1 + 1 + 0 + np.sqrt(0.5)) / 4)


def test_known_distances() -> None:
    e = np.eye(128, dtype=np.float32)
    output = np.stack([e[0], 2 * e[0], e[1], (e[0] + e[1]) / np.sqrt(2)])
    score = score_case("id_l2[dlib]", with_embeddings(output, e[:1]))
    assert score.value == pytest.approx((0 + 1 + np.sqrt(2) + np.sqrt(2 - np.sqrt(2))) / 4, rel=1e-6)


def test_one_recogniser_never_stands_in_for_another() -> None:
    e = np.eye(128, dtype=np.float32)
    only_dlib = with_embeddings(np.repeat(e[:1], 4, axis=0), e[:1])
    assert score_case("csim[dlib]", only_dlib).value == 1.0
    score = score_case("csim[arcface]", only_dlib)
    assert (score.value, score.failures) == (None, (("source: descriptors not computed", 4),))


def test_frames_without_descriptor_are_counted() -> None:
    e = np.eye(128, dtype=np.float32)
    output = np.stack([e[0], np.full(128, np.nan, np.float32), np.zeros(128, np.float32)])
    score = score_case("csim[dlib]", with_embeddings(output, e[:1]))
    assert (score.value, score.frames_expected, score.frames_scored) == (1.0, 4, 1)
    assert score.failures == (("output: frame missing", 1), ("output: no descriptor", 2))


@pytest.mark.parametrize("metric", ["csim[dlib]", "id_l2[dlib]"])
@pytest.mark.parametrize(
    ("output", "source", "reason"),
    [
        (None, np.ones((1, 128)), "output: descriptors not computed"),
        (np.ones((4, 128)), None, "source: descriptors not computed"),
        (np.ones((4, 128)), np.full((1, 128), np.nan), "source: no descriptor"),
        (np.ones((4, 128)), np.zeros((1, 128)), "source: no descriptor"),
        (np.full((4, 128), np.nan), np.ones((1, 128)), "output: no descriptor"),
        (np.ones((5, 128)), np.ones((1, 128)), "output has more frames (5) than driver (4)"),
    ],
)
def test_nothing_gives_nothing(metric: str, output: np.ndarray | None, source: np.ndarray | None, reason: str) -> None:
    score = score_case(metric, with_embeddings(output, source))
    assert (score.value, score.frames_scored, score.failures) == (None, 0, ((reason, 4),))
