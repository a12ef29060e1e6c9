"""Reference packages beside ours: what is equal, what has a known reason, what is not here. Packages are stand-ins."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from benchmark.cli import main
from benchmark.crosscheck.check import Checked, cross_check, metrics_to_ask
from benchmark.crosscheck.material import Material
from benchmark.crosscheck.packages import INSTALL, PACKAGES, Answer, Package, Question
from benchmark.crosscheck.table import as_json, grid_of
from benchmark.crosscheck.unavailable import NotHere
from benchmark.features.extractors.pixels import frame_psnr_db
from benchmark.metrics import CARDS
from benchmark.pairing.names import pair_by_stem
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness


def write(path: Path, level: int, frames: int = 4, side_px: int = 64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = np.stack([harness.picture(level + 6 * t, side_px) for t in range(frames)])
    write_video(path, pictures, Fraction(25))


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("videos")
    for name, level in (("a", 30), ("b", 90)):
        write(root / "r" / f"{name}.mp4", level)
        write(root / "g" / f"{name}.mp4", level + 8)
    write(root / "g" / "short.mp4", 50, frames=3)
    write(root / "r" / "short.mp4", 50)
    write(root / "g" / "alone.mp4", 50)
    return root


def psnr_db(material: Material) -> float:
    """As a package that agrees with us."""
    means = [np.mean([frame_psnr_db(a, b) for a, b in frames]) for _, frames in material.frames()]
    return float(np.mean(means))


def package(ask: Callable[[Material], float], reason: str = "", **options: object) -> Package:
    networks = options.get("networks", ())
    modules = options.get("modules", ("numpy",))
    assert isinstance(networks, tuple) and isinstance(modules, tuple)
    return Package("stand-in", modules, (Question("psnr", "called", reason, ask, networks),))


def checked(videos: Path, *packages: Package) -> Checked:
    pairs = pair_by_stem(videos / "g", videos / "r")
    with Progress(Console(file=io.StringIO()), quiet=True) as progress:
        return cross_check(packages, pairs, harness.NETWORKS, lambda count: SerialExecutor(harness.tools), progress)


def test_the_same_frames_give_the_same_number(videos: Path) -> None:
    found = checked(videos, package(psnr_db))
    (answer,) = found.answers
    assert answer.ours == pytest.approx(answer.theirs, rel=1e-6)
    assert answer.why == "equal" and not answer.is_unexplained
    assert any(line.startswith("left out: short: (3, 64, 64) and (4, 64, 64)") for line in found.remarks)
    assert any("left out: alone: no reference video" in line for line in found.remarks)


def test_a_difference_has_its_reason_or_is_said_not_to_be_explained(videos: Path) -> None:
    found = checked(videos, package(lambda material: psnr_db(material) + 1, "it adds one"), package(lambda m: 1.0))
    known, unknown = found.answers
    assert (known.why, known.is_unexplained) == ("it adds one", False)
    assert (unknown.why, unknown.is_unexplained) == ("NOT EXPLAINED", True)


def test_what_cannot_be_asked_is_named(videos: Path) -> None:
    def fail(material: Material) -> float:
        raise RuntimeError("operator torchvision::nms does not exist")

    absent = package(psnr_db, modules=("no_such_package_of_anybody",))
    lacking = package(psnr_db, networks=("fid-inception",))

    def lack(material: Material) -> float:
        raise NotHere("needs its models")

    found = checked(videos, absent, lacking, package(fail), package(lack))
    no_network, failed, lacks = found.answers
    assert found.remarks[:2] == ("stand-in is not installed", f"what is not installed: {INSTALL}")
    assert not found.has_numbers
    assert no_network.missing == "needs the network fid-inception, get it with: get it"
    assert "failed with RuntimeError: operator torchvision::nms" in failed.missing and failed.ours is not None
    assert lacks.missing == "needs its models" and not lacks.is_unexplained


def test_infinities_are_differences_and_written_as_words() -> None:
    question = PACKAGES["scikit-image"].questions[0]
    answer = Answer("scikit-image", question, 100.0, math.inf)
    assert answer.difference == math.inf and "infinite there and 100 dB here" in answer.why
    found = Checked((answer,))
    assert json.loads(json.dumps(as_json(found), allow_nan=False))["answers"][0]["theirs"] == "inf"
    assert grid_of(found).rows[0][3] == "inf"


def test_every_question_is_about_a_metric_of_ours_and_its_networks() -> None:
    for one in PACKAGES.values():
        assert one.questions
        for question in one.questions:
            assert set(question.networks) == set(CARDS[question.metric].networks)
    present = dict.fromkeys(("alexnet", "lpips-alex-heads"), "a" * 64)
    here = Package("here", ("numpy",), PACKAGES["lpips"].questions)
    assert metrics_to_ask([here], present) == ["lpips[alex]"]


def test_images_of_both_sides_are_the_frames(videos: Path, tmp_path: Path) -> None:
    from PIL import Image

    material = Material(pair_by_stem(videos / "g", videos / "r"), tmp_path)
    files = {side: sorted(folder.glob("*.png")) for side, folder in material.images.items()}
    assert [len(files[side]) for side in ("generated", "reference")] == [8, 8]
    first = next(iter(next(iter(material.frames()))[1]))
    assert np.array_equal(np.asarray(Image.open(files["generated"][0])), first[0])
    assert np.array_equal(np.asarray(Image.open(files["reference"][0])), first[1])


def test_no_usable_pair_and_wrong_names(videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "g" / "a.mp4", 10, frames=2)
    write(tmp_path / "r" / "a.mp4", 10, frames=3)
    with pytest.raises(BenchmarkError, match="expected pairs of one length and size"):
        Material(pair_by_stem(tmp_path / "g", tmp_path / "r"), tmp_path / "t")
    places = ["--generated", str(videos / "g"), "--reference", str(videos / "r")]
    assert main(["crosscheck", *places, "--packages", "scikit-imag"]) == 2
    assert "did you mean 'scikit-image'" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "md", "json"])
def test_where_no_package_is_there_nothing_was_compared(
    form: str, videos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Package, "is_installed", False)
    places = ["--generated", str(videos / "g"), "--reference", str(videos / "r")]
    assert main(["crosscheck", *places, "--format", form]) == 2
    out, err = capsys.readouterr()
    assert err.splitlines()[-1] == (
        "error: expected a number of at least one package but got none: nothing was compared"
    )
    assert out.count(INSTALL.split("'")[0]) == 1, "expected the command once"
    if form == "json":
        found = json.loads(out)
        assert found["answers"] == [] and found["not_installed"] == list(PACKAGES)
    else:
        assert all(out.count(f"{name} is not installed") == 1 for name in PACKAGES)


def test_an_empty_list_of_packages_is_refused(videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = ["--generated", str(videos / "g"), "--reference", str(videos / "r")]
    assert main(["crosscheck", *places, "--packages", ","]) == 2
    assert capsys.readouterr().err == "error: expected packages separated by commas but got none in ','\n"
