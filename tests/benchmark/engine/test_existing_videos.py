"""`score` end to end with stand-in networks: pairs, what goes wrong, going on where it was, and the command line."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.cli import main
from benchmark.engine.plan import Plan
from benchmark.engine.plan_pairs import allowed_metrics, plan_pairs
from benchmark.engine.run import RunOutcome
from benchmark.engine.tools import Tools
from benchmark.metrics import CARDS
from benchmark.metrics.catalog import reference_metrics
from benchmark.pairing.names import pair_by_stem
from benchmark.pairing.pair_list import PairList
from benchmark.pairing.table import pair_by_table
from benchmark.report.page import render
from benchmark.report.table import by_itself_lines, failure_lines
from benchmark.report.tabular import lacking
from benchmark.results.joining import of_methods
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness

IDS = ("psnr", "ssim", "csim[dlib]", "pose_error_deg[mesh468]", "fd[dlib]", "fid[pytorch-fid]")


def write(path: Path, level: int, frames: int = 6, side_px: int = 64, fps: int = 25) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = np.stack([harness.picture(level + 6 * t, side_px) for t in range(frames)])
    write_video(path, pictures, Fraction(fps))


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    for name, level in (("a", 30), ("b", 90)):
        write(tmp_path / "r" / f"{name}.mp4", level)
        write(tmp_path / "g" / f"{name}.mkv", level + 8)
    return tmp_path


def plan(root: Path, pairs: PairList | None = None, *, metrics: tuple[str, ...] = IDS) -> Plan:
    return plan_pairs(
        pairs or pair_by_stem(root / "g", root / "r"),
        [CARDS[one] for one in metrics],
        harness.NETWORKS,
        root / "out",
        method="mine",
        data="r",
        embed_every=2,
        command="test",
    )


def run(one: Plan) -> RunOutcome:
    return harness.run_plan(one)


def values(results: Results, metric: str) -> dict[str, float | None]:
    return {row.case_id: row.value for row in results.case_rows("mine", metric)}


def test_every_pair_is_scored_and_the_results_hold_together(videos: Path) -> None:
    outcome = run(plan(videos))
    results = Results.load(videos / "out" / "results.json")
    assert results == outcome.results
    assert rederive(results) == []
    assert outcome.any_scored
    assert set(values(results, "psnr")) == {"a", "b"}
    assert all(value is not None and 10 < value < 60 for value in values(results, "psnr").values())
    fid = results.aggregate("mine", "fid[pytorch-fid]")
    assert fid is not None and fid.not_computed is not None


def test_the_references_have_a_row_of_their_own(videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run(plan(videos)).results
    truth = results.aggregate("reference", "pose_error_deg[mesh468]")
    assert truth is not None and truth.value == pytest.approx(0.0, abs=1e-6)
    assert results.aggregate("reference", "psnr") is None
    said = by_itself_lines(results)
    assert said == ["psnr, ssim of reference not computed: it would be compared with itself"]
    (line,) = [one for one in lacking(results) if one.whose == " of reference"]
    assert line.metrics == ["psnr", "ssim"] and line.reason in said[0]
    assert main(["show-results", str(videos / "out")]) == 0
    assert said[0] in capsys.readouterr().out
    assert by_itself_lines(of_methods(results, ["mine"])) == []
    assert "psnr" not in [metric.id for metric in reference_metrics([CARDS[one] for one in IDS])]


def test_names_not_order_decide(tmp_path: Path) -> None:
    for name, level in (("a", 30), ("b", 90), ("c", 150)):
        write(tmp_path / "r" / f"{name}.mp4", level)
    write(tmp_path / "g" / "b.mp4", 90)
    write(tmp_path / "g" / "z.mp4", 30)
    results = run(plan(tmp_path)).results
    psnr = values(results, "psnr")
    assert psnr["b"] is not None and psnr["b"] > 50
    assert [name for name, value in psnr.items() if value is None] == ["a", "c", "z"]
    assert {failure.case_id: failure.reason for failure in results.failures} == {
        "a": "no generated video with this id",
        "c": "no generated video with this id",
        "z": "no reference video with this id",
    }
    aggregate = results.aggregate("mine", "psnr")
    assert aggregate is not None and (aggregate.cases_expected, aggregate.cases_failed) == (4, 3)
    assert {failure.case_id: (failure.method, failure.stage) for failure in results.failures} == {
        "a": ("mine", "generate"),
        "c": ("mine", "generate"),
        "z": (None, "data"),
    }, "a file that a method has not made is no fault of the data, nor of the references"
    truth = results.aggregate("reference", "pose_error_deg[mesh468]")
    assert truth is not None and truth.cases_scored == 3
    assert "failed (generate): a for mine: no generated video with this id" in failure_lines(results)
    assert rederive(results) == []


def test_nothing_is_cut_or_resized_to_fit(videos: Path) -> None:
    for name, options in {
        "short": {"frames": 4},
        "long": {"frames": 9},
        "small": {"side_px": 32},
        "fast": {"fps": 30},
    }.items():
        write(videos / "r" / f"{name}.mp4", 60)
        write(videos / "g" / f"{name}.mp4", 66, **options)
    outcome = run(plan(videos))
    psnr = {row.case_id: row for row in outcome.results.case_rows("mine", "psnr")}
    assert (psnr["short"].frames_scored, psnr["short"].frames_expected) == (4, 6)
    assert psnr["short"].failures[0].reason == "output: frame missing"
    assert psnr["long"].value is None
    assert "9 frames but its reference only 6" in psnr["long"].failures[0].reason
    assert psnr["small"].value is None
    assert "32x32 but reference 64x64" in psnr["small"].failures[0].reason
    assert psnr["fast"].value is not None
    said = " ".join(outcome.results.notes or [])
    assert "fast: generated has 30 frames a second but its reference 25" in said
    assert "short: generated has 4 frames of 6" in said
    assert "small: output frames are 32x32" in said


def test_a_damaged_video_fails_alone_and_names_no_folder(videos: Path) -> None:
    (videos / "g" / "bad.mp4").write_bytes(b"no video")
    write(videos / "r" / "bad.mp4", 60)
    results = run(plan(videos)).results
    assert values(results, "psnr")["a"] is not None
    (failure,) = results.failures
    assert failure.reason.startswith("generated: expected a readable video but bad.mp4 is not")
    assert str(videos) not in results.to_json()


def test_identity_is_compared_with_the_source_that_was_given(videos: Path) -> None:
    write(videos / "s" / "a.mp4", 200, frames=1)
    pairs = pair_by_stem(videos / "g", videos / "r", source=videos / "s")
    outcome = run(plan(videos, pairs))
    csim = {row.case_id: row for row in outcome.results.case_rows("mine", "csim[dlib]")}
    assert csim["b"].value is None
    assert "no source image with this id" in csim["b"].failures[0].reason
    assert "identity is compared with the source given for each pair" in (outcome.results.notes or ())
    without = run(plan(videos))
    assert "first frame of each reference" in (without.results.notes or [""])[0]
    assert csim["a"].value is not None
    assert abs(csim["a"].value - (values(without.results, "csim[dlib]")["a"] or 0)) > 1e-5


def test_clusters_of_the_table_decide_the_interval(videos: Path) -> None:
    write(videos / "r" / "c.mp4", 120)
    write(videos / "g" / "c.mkv", 140)
    table = videos / "pairs.csv"
    rows = "".join(f"{one},g/{one}.mkv,r/{one}.mp4,anna\n" for one in "abc")
    table.write_text(f"id,generated,reference,cluster\n{rows}")
    results = run(plan(videos, pair_by_table(table, {}))).results
    aggregate = results.aggregate("mine", "psnr")
    assert aggregate is not None and aggregate.value is not None and aggregate.ci_low is None  # one cluster
    assert {row.cluster for row in results.rows} == {"anna"}


def test_a_second_run_looks_at_nothing_and_says_the_same(videos: Path) -> None:
    first = run(plan(videos)).results
    seen = {path: path.stat().st_mtime_ns for path in (videos / "out").rglob("*.safetensors")}
    assert seen
    second = run(plan(videos)).results
    assert second.fingerprint() == first.fingerprint()
    assert {path: path.stat().st_mtime_ns for path in (videos / "out").rglob("*.safetensors")} == seen


def test_one_more_metric_costs_only_that_metric(videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(plan(videos, metrics=("psnr", "csim[dlib]")))

    def no_face(self: object, frame: np.ndarray) -> None:
        pytest.fail("expected the landmarks of the first run")

    monkeypatch.setattr(harness.Follower, "step", no_face)
    results = run(plan(videos, metrics=("psnr", "csim[dlib]", "l1"))).results
    assert all(value is not None for value in values(results, "l1").values())


def test_the_report_shows_pictures_whatever_the_sizes(videos: Path) -> None:
    write(videos / "r" / "small.mp4", 60)
    write(videos / "g" / "small.mp4", 66, side_px=32)
    results = run(plan(videos)).results
    page = render(results, videos / "out", ours="mine")
    assert page.count(', frames over time"') == 3 * 2  # of three cases: reference, mine
    assert "<b>reference</b>" in page


def test_metrics_that_look_inside_of_a_method_are_not_asked() -> None:
    assert "auc_z" not in [metric.id for metric in allowed_metrics()]


class TestCommand:
    @pytest.fixture(autouse=True)
    def stand_ins(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def serial(workers: int, start: object, limit_s: object) -> SerialExecutor[Tools]:
            return SerialExecutor(harness.tools)

        monkeypatch.setattr("benchmark.engine.networks.acquire", lambda names, **_: harness.NETWORKS)
        monkeypatch.setattr("feed_dataset.core.jobs.process_executor.ProcessExecutor", serial)
        monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))

    def score(self, root: Path, *more: str) -> int:
        arguments = ["--generated", str(root / "g"), "--reference", str(root / "r"), "--out", str(root / "out")]
        return main(["score", *arguments, *more])

    def test_the_table_the_notes_and_both_files(self, videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (videos / "g" / "linked.mp4").symlink_to("/etc/hostname")
        assert self.score(videos, "--metrics", "psnr,csim[dlib]") == 0
        shown = capsys.readouterr().out
        assert "psnr" in shown
        assert "note: identity is compared with the first frame of each reference" in shown
        assert "note: --generated linked.mp4 is in no pair: it is a link out of the data directory" in shown
        assert (videos / "out" / "report.html").is_file()
        assert Results.load(videos / "out" / "results.json").methods[0].name == "g"

    def test_every_pair_failing_is_exit_code_1(self, videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for one in "ab":
            (videos / "g" / f"{one}.mkv").write_bytes(b"broken")
        assert self.score(videos, "--metrics", "psnr") == 1
        assert "every pair failed" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (("--metrics", "psrn"), "did you mean 'psnr'"),
            (("--metrics", "auc_z"), "needs a method's expression descriptors"),
            (("--name", "reference"), "is reserved"),
            (("--source", "/nowhere"), "expected a folder for --source"),
            (("--pairs", "/nowhere.csv"), "cannot read /nowhere.csv"),
        ],
    )
    def test_wrong_input_is_one_line(
        self, videos: Path, more: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.score(videos, *more) == 2
        error = capsys.readouterr().err
        assert message in error
        assert len(error.strip().splitlines()) == 1

    def test_folders_or_a_table_are_needed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["score", "--generated", "x"]) == 2
        assert "expected --generated DIR and --reference DIR, or --pairs CSV" in capsys.readouterr().err

    @pytest.mark.parametrize("more", [("--embed-every", "0"), ("--workers", "x"), ("--precision", "half")])
    def test_wrong_options(self, videos: Path, more: tuple[str, ...]) -> None:
        with pytest.raises(SystemExit) as stop:
            self.score(videos, *more)
        assert stop.value.code == 2

    def test_a_table_alone_is_enough(self, videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
        shutil.copy(videos / "g" / "a.mkv", videos / "other.mkv")
        (videos / "p.csv").write_text("id,generated,reference\nx,other.mkv,r/a.mp4\n")
        out = videos / "out"
        assert main(["score", "--pairs", str(videos / "p.csv"), "--metrics", "psnr", "--out", str(out)]) == 0
        assert Results.load(out / "results.json").methods[0].name == "p"


def test_another_frame_rate_is_named_where_there_are_more_frames_than_there_should_be(videos: Path) -> None:
    write(videos / "g" / "a.mkv", 38, frames=14, fps=60)
    write(videos / "g" / "b.mkv", 98, frames=14)
    reasons = {one.case_id: one.reason for one in run(plan(videos)).results.failures}
    assert "14 frames but its reference only 6: another frame rate (60 frames a second against 25)" in reasons["a"]
    assert reasons["b"].endswith("only 6: another pair?")
