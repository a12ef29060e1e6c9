from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.cli import main
from feed_dataset.core.media.video import read_audio, read_video
from feed_dataset.synthetic.takes.ground_truth import PART_NAMES, GroundTruth
from tests.feed_dataset.clips import feed_like


def test_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = feed_like(tmp_path / "FEED", ["ID_1/random_C.mp4", "ID_1/holiday.mp4"])
    assert main(["list", "--data", str(root)]) == 0
    out, err = capsys.readouterr()
    assert "ID_1/random_C" in out and "1 clips, 1 takes, 1 subjects" in out
    assert "holiday.mp4" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--data", "/nowhere/at/all"], "does not exist"),
        (["list", "--data", "{root}", "--stem", "randon"], "did you mean 'random'"),
        (["render", "--out", "{root}/out", "--stem", "smile"], "'smile'"),
        (["render", "--out", "{root}/out", "--subject", "S99", "--stem", "random"], "'S99'"),
        (["render", "--out", "{root}/out", "--size", "63"], "even size"),
        (["render", "--out", "{root}/out", "--size", "99998"], "even size of 32 to 4096 px"),
        (["render", "--out", "{root}/out", "--crf", "99"], "0 to 51"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = feed_like(tmp_path / "FEED", ["ID_1/random_C.mp4"])
    assert main([argument.format(root=root) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err
    assert not (root / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["paint"], ["render"], ["preview", "--columns", "0"]])
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rendered")
    options = ["--size", "96", "--frames", "8", "--fps", "10", "--workers", "1"]
    assert main(["render", "--out", str(out), "--subject", "S01", "--stem", "speech", *options]) == 0
    return out


def test_rendered_take(rendered: Path) -> None:
    catalog = open_catalog(rendered)
    assert [clip.id for clip in catalog.clips] == ["S01/speech_C", "S01/speech_L", "S01/speech_R"]
    assert not catalog.problems
    for clip in catalog.clips:
        assert read_video(clip.path).frames.shape == (8, 96, 96, 3)
        assert clip.has_audio and read_audio(clip.path) is not None
        assert clip.ground_truth is not None
    truth = GroundTruth.load(catalog.clips[0].ground_truth or "")
    assert (truth.subject, truth.stem, truth.fps, len(truth)) == ("S01", "speech", 10.0, 8)
    assert not truth.coefficients[0].any() and truth.coefficients.max() > 0.1
    np.testing.assert_allclose(truth.head_pose[0, :3, :3], np.eye(3), atol=1e-5)
    assert truth.masks("L").shape == (8, 24, 24) and set(truth.cameras) == set("CLR")
    assert PART_NAMES.index("skin") in truth.masks("C")
    points = truth.landmarks68_px("C")
    assert points.min() > 0 and points.max() < 96


def test_rendering_goes_on_and_is_deterministic(rendered: Path, tmp_path: Path) -> None:
    take = rendered / "S01"
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in take.iterdir()}
    options = [
        "--size",
        "96",
        "--frames",
        "8",
        "--fps",
        "10",
        "--workers",
        "1",
        "--subject",
        "S01",
        "--stem",
        "speech",
    ]
    (take / ".speech_C.x7_a.tmp").mkdir()  # of a rendering that was killed
    assert main(["render", "--out", str(rendered), *options]) == 0
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in take.iterdir()} == before, "untouched"
    (take / "speech_C.mp4").unlink()
    assert main(["render", "--out", str(rendered), *options]) == 0
    assert {path.name: path.read_bytes() for path in take.iterdir()} == {name: b for name, (b, _) in before.items()}


def test_info_names_the_licence_of_what_was_rendered(
    rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(rendered, tmp_path / "copy")
    assert main(["info", str(copy), "--workers", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("licence: CC0 1.0.")
