"""The command line: quick help, one clear line for wrong input, and the main job end to end at tiny size."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.protocols import protocol as protocols
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights import fetching
from feed_dataset.core.weights.weight import Weight
from tests.benchmark import harness

ROOT = Path(__file__).resolve().parents[3]


def needs_networks() -> None:
    """Skip by name where the embedded networks are neither here nor fetchable."""
    from feed_dataset.core.weights import resolve

    for name in ("face-detector", "face-mesh", "dlib-face-resnet"):
        try:
            resolve(name)
        except FeedError as error:
            pytest.skip(f"{name}: {error}")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmark", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=300,
        check=False,
    )


def test_help_shows_examples() -> None:
    for verb in ("run", "list", "weights", "report"):
        assert "examples:" in run(verb, "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--method", "emoportrait"), "did you mean 'emoportraits'"),
        (("run", "--method", "copy-source,copy-drivr"), "did you mean 'copy-driver'"),
        (("run", "--method", ","), "expected a method"),
        (("run", "--protocol", "feed-mini-cros"), "did you mean 'feed-mini-cross'"),
        (("run", "--protocol", "feed-cross"), "expected --data DIR"),
        (("run", "--data", "/nowhere/at/all"), "expected a directory with videos"),
        (("report", "/nowhere/at/all"), "cannot read /nowhere/at/all"),
        (("weights", "download", "face-mesch"), "did you mean 'face-mesh'"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("arguments", [(), ("rn",), ("run", "--limit", "0"), ("run", "--limit", "x"), ("list", "cats")])
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_directory_without_feed_videos_says_what_was_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    assert main(["run", "--data", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "_<camera>.mp4" in message
    assert str(tmp_path) in message


@pytest.mark.parametrize("kind", ["methods", "metrics", "protocols", "weights"])
def test_lists(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = {
        "methods": "emoportraits",
        "metrics": "csim[dlib]",
        "protocols": "feed-mini-cross",
        "weights": "face-mesh",
    }
    assert main(["list", kind]) == 0
    said = capsys.readouterr().out
    assert expected[kind] in said
    assert 80 < max(map(len, said.splitlines())) <= 120, "expected a file to be as wide as that of every other table"
    assert "│" not in said, "expected the lines of every other table"


def test_interruption_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(protocols, "choose", interrupt)
    assert main(["run"]) == 130
    assert "interrupted; run the same command again: it continues where it can" in capsys.readouterr().err


def test_a_protocol_that_asks_for_more_than_the_data_has_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = protocols.load("feed-mini-cross").model_dump(mode="json")
    content["name"], content["drivers"]["cases"] = "large", 10000
    (tmp_path / "large.yaml").write_text(json.dumps(content))
    given = ["--method", "copy-source", "--protocol", str(tmp_path / "large.yaml"), "--out", str(tmp_path / "out")]
    assert main(["run", "--dry-run", *given]) == 0
    assert re.search(r"large asks for 10000 drivers; feed-mini-cast has \d+ that fit", capsys.readouterr().err)


def test_results_inside_the_frames_that_are_scored_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = ["--out", str(tmp_path / "runs")]
    for arguments in (
        ["score", "--generated", str(tmp_path), "--reference", str(tmp_path)],
        ["run", "--dry-run", "--method", f"frames:{tmp_path}=mine"],
    ):
        assert main([*arguments, *inside]) == 2
        assert f"{tmp_path} but got {tmp_path / 'runs'}; name another folder" in capsys.readouterr().err


def test_an_option_of_another_verb_names_the_verb_s_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--metrics", "psnr"])
    assert re.search(r"unrecognized arguments: --metrics psnr; see `.* run --help`", capsys.readouterr().err)


def test_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = harness.write_data(tmp_path / "data")
    out = tmp_path / "out"
    arguments = [
        "run",
        "--method",
        "copy-source",
        "--data",
        str(data),
        "--out",
        str(out),
        "--dry-run",
        "--limit",
        "3",
    ]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "3 cases" in shown
    assert "copy-source: 3 to generate" in shown
    assert not out.exists()


@pytest.mark.parametrize(
    ("drives", "is_asked", "said"),
    [
        ("audio", False, "mine cannot run on feed-cross: it is driven by audio"),
        ("image", True, "no network today"),
    ],
)
def test_a_method_that_does_not_fit_is_refused_before_a_download(
    drives: str, is_asked: bool, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    asked: list[str] = []

    def fetch(weight: Weight, *rest: object, **named: object) -> None:
        asked.append(weight.name)
        raise fetching.NoSourceWorked("no network today")

    monkeypatch.setattr(fetching, "fetch", fetch)
    monkeypatch.setattr("feed_dataset.core.weights.store._failures", {})
    (tmp_path / "empty").mkdir()
    for variable in ("FEED_WEIGHTS", "FEED_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / "empty"))
    (tmp_path / "mine.py").write_text(
        "from baselines import Capabilities, Method\n\nclass Mine(Method):\n    name = 'mine'\n"
        f"    capabilities = Capabilities(drives={{{drives!r}}}, licence='MIT')\n"
        "    prepare = drive = lambda self, *inputs: None\n"
    )
    data, out = harness.write_data(tmp_path / "data"), tmp_path / "out"
    given = ["--method", f"{tmp_path / 'mine.py'}:Mine", "--data", str(data), "--out", str(out)]
    assert main(["run", *given]) == 2
    assert said in capsys.readouterr().err
    assert bool(asked) == is_asked
    assert not out.exists()


@pytest.mark.parametrize("verb", ["run", "run --dry-run", "score", "stage feed-cross"])
def test_a_folder_with_something_else_is_refused_before_a_download(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetching, "fetch", lambda *asked, **named: pytest.fail("a network was asked for"))
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FEED_WEIGHTS", raising=False)
    data, out = harness.write_data(tmp_path / "data"), tmp_path / "out"
    harness.run_plan(harness.make_plan(data, out, methods=("copy-source",), limit=1))
    (out / "cases.csv").write_text("of somebody else")
    before = (out / "results.json").read_bytes()
    given = {
        "run": ["--method", "copy-driver", "--data", str(data)],
        "score": ["--generated", str(data), "--reference", str(data), "--metrics", "csim[dlib]"],
        "stage": ["--data", str(data)],
    }
    assert main([*verb.split(), *given[verb.split()[0]], "--out", str(out)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: expected to") and "name another folder with --out" in said
    assert (out / "results.json").read_bytes() == before


def test_every_case_failing_is_exit_code_1(tmp_path: Path) -> None:
    needs_networks()
    data = tmp_path / "data"
    for subject in ("ID_1", "ID_2"):
        harness.write_clip(data / subject / "random_C.mp4", level=60)  # a pattern, no face
    done = run("run", "--method", "copy-source", "--data", str(data), "--out", str(tmp_path / "out"), "--limit", "2")
    assert done.returncode == 1, done.stderr
    assert "every case failed" in done.stderr
    assert "expected a face" in re.sub(r"\s+", " ", done.stdout)
    assert "Traceback" not in done.stderr


def test_the_main_job_at_tiny_size(tmp_path: Path) -> None:
    """The shipped model and bounds on feed-mini, through the command line, with the real networks."""
    needs_networks()
    out = tmp_path / "out"
    done = run("run", "--limit", "1", "--out", str(out), "--workers", "2")
    assert done.returncode == 0, done.stderr
    results = Results.load(out / "results.json")
    assert [m.name for m in results.methods] == [
        "emoportraits",
        "copy-source",
        "copy-driver",
        "keypoint-warp",
    ]
    assert rederive(results) == []
    assert results.data.synthetic
    assert results.methods[0].weights_sha256 is not None
    for metric in ("csim[dlib]", "pose_error_deg[mesh468]", "expression_error[mesh468]"):
        assert all(row.value is not None for row in results.case_rows("emoportraits", metric))
    assert "emoportraits" in done.stdout
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/webp;base64,") >= 6
    videos = {path: path.stat().st_mtime_ns for path in out.rglob("*.mkv")}
    again = run("run", "--limit", "1", "--out", str(out), "--workers", "1")
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.mkv")} == videos
    assert Results.load(out / "results.json").fingerprint() == results.fingerprint()
    assert json.loads((out / "results.json").read_text())["schema_version"] == "1.4"
