"""A study's folder: balanced, the same for a seed, and its clips show what its questions say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest

from leaderboard.errors import SubmissionError
from leaderboard.study.build import Wish, build
from leaderboard.study.document import Study, media_path
from leaderboard.study.media import MARGIN_PX, side_by_side
from leaderboard.study.plan import CHECKS, choose_cases, plan
from tests.leaderboard.study.run_made import COLOURS, SIZE_PX, write_run

WISH = Wish("Which moves better?", raters=4, questions=8)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), frames=6)


@pytest.fixture(scope="module")
def folder(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("studies") / "study"
    build([run], out, WISH)
    return out


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return Study.load(folder)


def test_every_rater_has_so_many_questions_and_a_check_of_each_kind(study: Study) -> None:
    assert [len(form) for form in study.forms] == [8] * 4
    for form in study.forms:
        asked = [study.by_id[one] for one in form]
        assert sorted(filter(None, (one.check for one in asked))) == sorted(CHECKS)
        assert asked[0].check is None
        real = [(one.kind, one.case_id) for one in asked if one.check is None]
        assert len(set(real)) == len(real)


def test_a_case_without_frames_is_left_out_by_name(study: Study) -> None:
    (left_out,) = study.left_out
    assert left_out.reason == "first has no frames"
    assert left_out.case_id not in {one.case_id for one in study.questions}


def test_all_files_are_there_under_their_hash(study: Study, folder: Path) -> None:
    named = {f"{sha256}.{media.kind}" for sha256, media in study.media.items()}
    assert {path.name for path in (folder / "media").iterdir()} == named


def test_a_clip_shows_driver_first_and_second(study: Study, folder: Path) -> None:
    question = next(one for one in study.questions if one.check is None)
    frames = decoded(media_path(folder, question.media, "mp4"))
    assert len(frames) == 6
    pitch = SIZE_PX + 2 * MARGIN_PX
    middles = [frames[3, pitch * 3 // 4, tile * pitch + pitch // 2] for tile in (1, 2)]
    for found, method in zip(middles, (question.first, question.second), strict=True):
        assert np.abs(found.astype(int) - COLOURS[method]).max() <= 3


def test_clips_are_tagged_so_that_browsers_agree(study: Study, folder: Path) -> None:
    sha256 = next(one.media for one in study.questions)
    with av.open(str(media_path(folder, sha256, "mp4"))) as container:
        (stream,) = container.streams
        context = stream.codec_context
        assert context.name == "h264" and context.pix_fmt == "yuv420p"
        assert (context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1)
        assert context.colorspace == 6  # see leaderboard.study.media
        assert stream.start_time == 0 and context.width % 2 == context.height % 2 == 0


def test_checks_have_the_answer_that_is_expected(study: Study, folder: Path) -> None:
    for question in study.questions:
        if question.check is None:
            continue
        frame = decoded(media_path(folder, question.media, "mp4"))[2].astype(int)
        pitch = SIZE_PX + 2 * MARGIN_PX
        driver, first, second = (frame[:, tile * pitch : (tile + 1) * pitch] for tile in range(3))
        if question.check == "identical":
            assert question.expected == "same" and np.abs(first - second).mean() < 1
        else:
            assert question.expected == ("right" if question.swapped else "left")
        if question.check == "wrong-driver":
            assert np.abs(driver - first).mean() < 2 < np.abs(driver - second).mean()


def test_names_of_files_and_ids_say_nothing(study: Study) -> None:
    numbers = [int(one.id[1:]) for one in study.questions]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    by_case: dict[str, list[int]] = {}
    for one in study.questions:
        by_case.setdefault(one.case_id, []).append(int(one.id[1:]))
    assert any(max(ids) - min(ids) >= len(ids) for ids in by_case.values())


def test_the_same_seed_gives_the_same_bytes(run: Path, study: Study, tmp_path: Path) -> None:
    again = build([run], tmp_path / "study", WISH)
    assert again.digest == study.digest


def test_what_is_there_is_not_overwritten(run: Path, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    with pytest.raises(SubmissionError, match="new folder"):
        build([run], tmp_path / "study", WISH)


def test_a_damaged_output_is_left_out(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", ("first", "second"), frames=2)
    victim = next(iter(sorted((run / "predictions" / "second").glob("*.mkv"))))
    victim.write_bytes(victim.read_bytes() + b"x")
    found = build([run], tmp_path / "study", Wish("title", raters=1, questions=5))
    assert "frames of second are not those of its record" in [one.reason for one in found.left_out]


def test_cases_of_one_frame_become_pictures(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", ("first", "second"), frames=1)
    found = build([run], tmp_path / "study", Wish("title", raters=1, questions=5))
    assert {one.kind for one in found.media.values()} == {"png"}


def test_one_method_cannot_be_compared(run: Path, tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="at least two methods"):
        build([run], tmp_path / "study", Wish("title", methods=["first"]))
    with pytest.raises(SubmissionError, match="did you mean 'second'"):
        build([run], tmp_path / "study", Wish("title", methods=["first", "secnd"]))


def test_runs_on_other_cases_do_not_fit(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "run", ("third", "second"), frames=2, cases=6)
    with pytest.raises(SubmissionError, match="expected runs on the same cases"):
        build([run, other], tmp_path / "study", WISH)


def test_nothing_is_left_of_a_study_that_failed(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "run", ("first", "second"), frames=2)
    for crop in (other / "inputs").iterdir():
        crop.unlink()
    with pytest.raises(SubmissionError, match="run again"):
        build([other], tmp_path / "out" / "study", Wish("title", raters=1, questions=5))
    assert list((tmp_path / "out").iterdir()) == []


def test_pairs_sides_and_cases_come_equally_often() -> None:
    planned = plan(["a", "b", "c"], [f"case{n}" for n in range(12)], raters=24, questions=12, seed=3)
    real = [one for form in planned.forms for one in form if one.check is None]
    for counted in (
        Counter((one.kind, one.first, one.second, one.swapped) for one in real),
        Counter(one.case_id for one in real),
        Counter(one.kind for one in real),
    ):
        assert max(counted.values()) - min(counted.values()) <= 2, counted
    assert plan(["a", "b"], ["x", "y", "z"], raters=3, questions=6, seed=0) == plan(
        ["b", "a"], ["x", "y", "z"], raters=3, questions=6, seed=0
    )


def test_too_few_questions_or_cases_are_refused() -> None:
    with pytest.raises(SubmissionError, match="at least 5 questions a rater, 3 of them attention checks"):
        plan(["a", "b"], ["x"], raters=1, questions=4, seed=0)
    with pytest.raises(SubmissionError, match="at least 5 cases"):
        plan(["a", "b"], ["x", "y"], raters=1, questions=12, seed=0)


def test_cases_are_spread_over_drivers_and_sources() -> None:
    cases = {f"d{d}-s{s}": (f"d{d}", f"s{s}") for d in range(4) for s in range(4)}
    chosen = choose_cases(cases, 4, seed=0)
    assert len({one.split("-")[0] for one in chosen}) == len({one.split("-")[1] for one in chosen}) == 4


def test_tiles_have_a_margin_of_their_own_edge() -> None:
    frames = side_by_side([np.full((1, 4, 4, 3), 10, np.uint8), np.full((1, 4, 4, 3), 90, np.uint8)])
    assert frames.shape == (1, 4 + 2 * MARGIN_PX, 2 * (4 + 2 * MARGIN_PX), 3)
    assert (frames[:, :, : 4 + 2 * MARGIN_PX] == 10).all() and (frames[:, :, 4 + 2 * MARGIN_PX :] == 90).all()


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24", threads=1) for frame in container.decode(video=0)])
