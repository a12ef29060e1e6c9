"""LMD in its forms: known offsets in, known distances out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from tests.benchmark.metrics.faces import case, person, talking, video

FRAMES = talking(person())


def compared(output: list[np.ndarray], height_px: int = 256) -> CaseFeatures:
    def with_68(frames: list[np.ndarray]) -> object:
        made = video(frames)
        arrays = {"landmarks68": made.landmarks_px[:, list(MESH_TO_68)]}
        return replace(made, arrays=arrays, frame_hw=(height_px, height_px))

    truth, made = with_68(FRAMES), with_68(output)
    return case(made, truth, video(FRAMES[:1]), reference=truth)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["mesh468", "landmarks68"])
def test_a_face_in_another_place_is_seen_only_where_nothing_is_aligned(name: str) -> None:
    moved = compared([frame + [3.0, -4.0, 50.0] for frame in FRAMES], 512)
    assert score_case(f"lmd[{name}]", moved).value == pytest.approx(2.5, rel=1e-4)
    for metric in ("lmd_f", "lmd_m", "nlmd_f", "nlmd_m"):
        assert score_case(f"{metric}[{name}]", moved).value == pytest.approx(0.0, abs=1e-4), metric


def test_of_an_eye_distance_does_not_depend_on_the_size_of_the_frames() -> None:
    moved = [frame + [5.0, 0.0, 0.0] for frame in FRAMES]
    small, large = compared(moved, 128), compared(moved, 1024)
    assert score_case("nlmd[mesh468]", small).value == score_case("nlmd[mesh468]", large).value
    eyes = np.mean([5 / np.linalg.norm(f[33, :2] - f[263, :2]) for f in FRAMES])
    assert score_case("nlmd[mesh468]", small).value == pytest.approx(100 * eyes, rel=1e-4)


def test_a_mouth_that_does_not_talk_is_seen_by_the_mouth() -> None:
    silent = compared([*FRAMES[:1], *talking(person(), amount=0.0)[1:]])
    mouth, face = (score_case(f"{metric}[mesh468]", silent).value for metric in ("lmd_m", "lmd_f"))
    assert mouth is not None and face is not None
    assert mouth > face > 0


def test_a_case_without_reference_or_size_says_so() -> None:
    whole = compared(FRAMES)
    assert score_case("lmd[mesh468]", replace(whole, reference=None)).failures == (("no reference", 12),)
    unknown = replace(whole, output=replace(whole.output, frame_hw=None))
    assert score_case("lmd[mesh468]", unknown).failures == (("the frames' size is not known", 12),)
    assert score_case("nlmd[mesh468]", unknown).value == 0.0
