"""The comparison picture: every frame is where it belongs, at its full size, with names under the columns."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.cli import main
from benchmark.commands.sheet import collect
from benchmark.engine.predictions import PredictionPath
from benchmark.report.print_sheet import PrintSheet, draw, save_sheet
from benchmark.report.run_frames import MOMENTS, Picture, RunFrames
from benchmark.results.errors import BenchmarkError
from benchmark.runs.opened import Run, open_run
from feed_dataset.core.media.lossless import read_lossless
from feed_dataset.core.media.thinning import spread
from tests.benchmark import harness


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sheet")
    data = harness.write_data(root / "data")
    protocol = harness.tiny_protocol().model_copy(update={"metrics": ("csim[dlib]",)})
    harness.run_plan(harness.make_plan(data, root / "run", protocol=protocol, methods=("copy-source", "copy-driver")))
    return root / "run"


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return open_run(folder)


def flat(level: int, side: int = 40) -> Picture:
    return Picture(np.full((side, side, 3), level, np.uint8))


def test_every_picture_is_a_square_of_one_size_in_its_place() -> None:
    sheet = PrintSheet(
        ("source", "driver", "mine"), ((flat(10), flat(90), flat(200)), (flat(30), None, flat(150, 500)))
    )
    image = draw(sheet, width_mm=50.8, dpi=100)
    gap, side = 3, (200 - 2 * 3) // 3
    assert image.shape[1] == 3 * side + 2 * gap
    for row, levels in enumerate(((10, 90, 200), (30, 235, 150))):
        for column, level in enumerate(levels):
            corner = image[row * (side + gap) + 2, column * (side + gap) + 2]
            assert corner.tolist() == [level] * 3  # 235 is the grey of a frame that is not there
    names = image[2 * (side + gap) :]
    for column in range(3):  # something is written below each
        assert (names[:, column * (side + gap) : column * (side + gap) + side] < 128).any()


def test_too_many_columns_are_refused() -> None:
    many = tuple(f"m{number}" for number in range(60))
    with pytest.raises(BenchmarkError, match="expected fewer than 60 columns"):
        draw(PrintSheet(many, (tuple(flat(1) for _ in many),)))


def rows_of_ink(names: np.ndarray) -> int:
    return int((names < 128).any(axis=(1, 2)).sum())


def test_all_names_have_one_size() -> None:
    """The long one asks for smaller letters, and the short one, which has the same heights, gets them, too."""
    pictures = (flat(1), flat(2))
    image = draw(PrintSheet(("mesh-warp-of-a-long-name", "mesh-warp"), (pictures,)), width_mm=40, dpi=300)
    half = image.shape[1] // 2
    labels = image[half + 9 :]
    alone = draw(PrintSheet(("mesh-warp", "mesh-warp"), (pictures,)), width_mm=40, dpi=300)[half + 9 :]
    assert abs(rows_of_ink(labels[:, half:]) - rows_of_ink(labels[:, :half])) <= 2
    assert rows_of_ink(labels[:, half:]) < rows_of_ink(alone[:, half:])


def test_a_width_at_which_a_name_cannot_be_read_is_refused() -> None:
    sheet = PrintSheet(("source", "driver", "mesh-warp-absolute"), (tuple(map(flat, (1, 2, 3))),))
    with pytest.raises(BenchmarkError, match=r"a column of 6.\d mm is too narrow for mesh-warp-absolute; give more"):
        draw(sheet, width_mm=20)
    draw(sheet, width_mm=60)


def test_what_no_memory_holds_is_refused() -> None:
    sheet = PrintSheet(("source", "driver"), ((flat(1), flat(2)),))
    with pytest.raises(BenchmarkError, match=r"at most 200 megapixels but 10000 mm at 3000 dpi take \d+ x \d+"):
        draw(sheet, width_mm=10_000, dpi=3_000)


def test_it_has_its_size_in_print(tmp_path: Path) -> None:
    sheet = PrintSheet(("source", "driver", "a method of a very long name"), ((flat(10), flat(90), flat(200)),))
    save_sheet(sheet, tmp_path / "a.png", width_mm=85)
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width / 300 * 25.4 == pytest.approx(85, abs=0.5)
    save_sheet(sheet, tmp_path / "a.pdf", width_mm=85)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(BenchmarkError, match=r"ends in .png or .pdf but got a.gif"):
        save_sheet(sheet, tmp_path / "a.gif")


def test_frames_are_those_of_the_run_at_full_size(run: Run, folder: Path) -> None:
    case = run.results.protocol.case_ids[0]
    made = read_lossless(PredictionPath(folder / "predictions" / "copy-driver", case).video)
    frames = RunFrames(run)
    for moment, place in enumerate(spread(len(made), MOMENTS)):
        output, driver = frames.output("copy-driver", case, moment), frames.driver(case, moment)
        assert output is not None and driver is not None
        assert not output.is_small and not driver.is_small
        assert np.array_equal(output.image, made[place]) and np.array_equal(driver.image, made[place])
    source = frames.source(case)
    still = frames.output("copy-source", case, 3)
    assert source is not None and still is not None and np.array_equal(source.image, still.image)


def test_the_moment_is_where_the_driver_is_farthest_from_its_first_frame(run: Run) -> None:
    """The clips get brighter with time."""
    assert RunFrames(run).moment_of_most(run.results.protocol.case_ids[0]) == 4  # the last of five frames


def test_what_is_left_is_shown_and_said(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "predictions" / "copy-driver")
    shutil.rmtree(tmp_path / "run" / "inputs")
    sheet, remarks = collect([open_run(tmp_path / "run")], None, None, None)
    assert remarks == ["only thumbnails are left of copy-driver, driver, source"]
    assert all(picture is not None for row in sheet.rows for picture in row)
    shutil.rmtree(tmp_path / "run" / "thumbnails")
    case = run.results.protocol.case_ids[0]
    sheet, remarks = collect([open_run(tmp_path / "run")], [case], None, None)
    assert f"copy-driver of {case}: no frame in its run's folder" in remarks
    shutil.rmtree(tmp_path / "run" / "predictions")
    with pytest.raises(BenchmarkError, match="expected folders of runs with their frames"):
        collect([open_run(tmp_path / "run")], None, None, None)


def test_where_there_is_a_reference_it_is_called_so(run: Run) -> None:
    """What is judged against may be another camera's view than what drove."""
    methods = run.results.methods
    own_row = methods[0].model_copy(update={"name": "reference"})
    judged = replace(run, results=run.results.model_copy(update={"methods": [*methods, own_row]}))
    names = [method.name for method in methods]
    assert list(collect([judged], None, None, None)[0].columns) == ["source", "reference", *names]
    assert list(collect([run], None, None, None)[0].columns) == ["source", "driver", *names]


def test_command(run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = run.results.protocol.case_ids[1]
    out = tmp_path / "figure.png"
    arguments = ["sheet", str(out), str(folder), "--cases", case, "--methods", "copy-driver", "--moment", "1"]
    assert main([*arguments, "--width-mm", "60", "--dpi", "150"]) == 0
    assert "1 case, 1 method" in capsys.readouterr().out
    with Image.open(out) as image:
        assert image.width == pytest.approx(60 / 25.4 * 150, abs=3)
    assert main(["sheet", str(out), str(folder), "--cases", "nobody"]) == 2
    assert "expected a case among" in capsys.readouterr().err
    assert main(["sheet", str(tmp_path / "a.gif"), str(folder)]) == 2
    other = run.results.data.model_copy(update={"digest": "f" * 64})
    run.results.model_copy(update={"data": other}).save(tmp_path / "other.json")
    assert main(["sheet", str(out), str(folder), str(tmp_path / "other.json")]) == 2
    assert "expected runs of the same cases but other has another data" in capsys.readouterr().err
