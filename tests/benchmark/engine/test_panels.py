"""Outputs that show several pictures side by side are no outputs: said, and failed unless asked otherwise."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.outputs import CaseFailed
from benchmark.engine.panels import Panels, check_faces, check_shape, face_notes
from benchmark.engine.plan_pairs import plan_pairs
from benchmark.features.types.sequence import FrameSequence
from benchmark.metrics import cards_of
from benchmark.pairing.names import pair_by_stem
from benchmark.results.schema import Results
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness


def frames(width: int, height: int) -> FrameSequence:
    return replace(
        FrameSequence.from_frames(np.zeros((1, 8, 8, 3), np.uint8), Fraction(25)), width_px=width, height_px=height
    )


@pytest.mark.parametrize(
    ("width", "height", "is_other"),
    [(256, 256, False), (512, 512, False), (254, 256, False), (768, 256, True), (512, 256, True), (256, 512, True)],
)
def test_another_size_is_the_same_shape_and_panels_are_not(width: int, height: int, is_other: bool) -> None:
    made, truth = frames(width, height), frames(256, 256)
    check_shape(made, truth, "score")
    if not is_other:
        check_shape(made, truth, "fail")
        return
    with pytest.raises(CaseFailed, match=rf"256x256\) but got {width}x{height}: panels side by side\?.*--panels score"):
        check_shape(made, truth, "fail")


def test_a_person_twice_in_most_frames_fails_and_once_in_a_while_does_not() -> None:
    panels = FacesSeen(looked=5, several=5, most=3, twice=4, is_chosen=True)
    with pytest.raises(CaseFailed, match=r"4 of 5 searched frames show them again \(3 faces\)"):
        check_faces(panels, "fail")
    check_faces(panels, "score")
    check_faces(replace(panels, twice=2), "fail")


def test_several_faces_are_said_and_one_is_not_worth_a_word() -> None:
    crowd = FacesSeen(looked=4, several=2, most=3, is_chosen=True)
    assert face_notes("a", "generated", FacesSeen(looked=4, most=1)) == ()
    (line,) = face_notes("a", "generated", crowd)
    assert line == (
        "a: generated shows up to 3 faces in 2 of 4 searched frames; the one most like the source was followed"
    )
    assert "the largest was followed" in face_notes("a", "reference", crowd)[0]
    assert "there first" in face_notes("a", "generated", replace(crowd, is_chosen=False))[0]


@pytest.mark.parametrize("panels", ["fail", "score"])
def test_a_file_of_three_panels_is_a_failed_pair_unless_asked_for(tmp_path: Path, panels: Panels) -> None:
    plain = np.stack([harness.picture(30 + 6 * t) for t in range(4)])
    for name, made in {"plain": plain, "panels": np.concatenate([plain] * 3, axis=2)}.items():
        for folder, video in (("g", made), ("r", plain)):
            (tmp_path / folder).mkdir(exist_ok=True)
            write_video(tmp_path / folder / f"{name}.mp4", video, Fraction(25))
    results = _scored(tmp_path, panels)
    failed = [(one.case_id, one.reason) for one in results.failures]
    rows = {row.case_id: row.frames_scored for row in results.case_rows("mine", "expression_error[mesh468]")}
    if panels == "score":
        assert (failed, rows) == ([], {"panels": 4, "plain": 4})
        assert "frames of another shape" in " ".join(results.notes or ())
        return
    assert [case for case, _ in failed] == ["panels"] and "but got 288x96: panels side by side?" in failed[0][1]
    assert rows == {"panels": 0, "plain": 4}


def _scored(root: Path, panels: Panels) -> Results:
    plan = plan_pairs(
        pair_by_stem(root / "g", root / "r"),
        cards_of(["expression_error[mesh468]"]),
        harness.NETWORKS,
        root / "out",
        method="mine",
        data="r",
        panels=panels,
    )
    return harness.run_plan(plan).results
