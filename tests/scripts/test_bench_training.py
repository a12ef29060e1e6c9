from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from feed_dataset.core.jobs.errors import FeedError
from model.networks.config import PRESETS
from scripts import bench_training
from scripts.bench_training_parts import older


def timed(old: bool, size_px: int, *step_s: float) -> older.Timed:
    return older.Timed(older.Contestant(old, "mini", size_px, {}), step_s, ("picture",))


def test_the_best_step_counts_per_picture_and_beside_older_code_of_the_same_size() -> None:
    rows = [timed(True, 128, 0.8), timed(False, 128, 0.5, 0.4, 0.6), timed(True, 256, 2.0), timed(False, 256, 1.2)]
    assert rows[1].picture_ms == pytest.approx(0.4 / older.PICTURES * 1e3)
    assert rows[1].median_picture_ms == pytest.approx(0.5 / older.PICTURES * 1e3)
    assert older.ratio_of(rows[1], rows) == pytest.approx(0.5)
    shown = list(older.lines(rows))
    assert "0.50 (at most 0.5: met)" in shown[2] and "0.60 (at most 0.5: MISSED)" in shown[4]
    assert older.missed(rows) and not older.missed(rows[:2])


@pytest.mark.parametrize("one", [one for one in older.CONTESTANTS if not one.old])
def test_models_of_another_size_have_that_size(one: older.Contestant) -> None:
    assert dataclasses.replace(PRESETS[one.preset], **one.sizes).image_size_px == one.size_px


def test_steps_are_those_of_the_checkout(tmp_path: Path) -> None:
    training = checkout(tmp_path)
    one = older.Contestant(True, "mini", 64, {"widths": (1, 2)})
    with older._Stepper(tmp_path, training, one) as stepper:
        told = [stepper.step() for _ in range(2)]
    assert [one["terms"] for one in told] == [["(1, 2) step 0", "2 x 4 of 2"], ["(1, 2) step 1", "2 x 4 of 2"]]
    assert all(one["s"] >= 0 for one in told)


def test_a_process_that_ends_is_told_with_what_it_said(tmp_path: Path) -> None:
    training = checkout(tmp_path)
    wrong = older.Contestant(True, "mini", 64, {"depth": 1})
    with pytest.raises(FeedError, match="steps of old, mini but its process ended: TypeError: .*depth"):
        with older._Stepper(tmp_path, training, wrong):
            pass


def test_a_folder_without_training_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench_training.main(["--old", str(tmp_path)])
    assert ended.value.code == 2 and "expected a checkout with model/training/rendered.py" in capsys.readouterr().err


def checkout(folder: Path) -> Path:
    """Code that has what is timed by its names, and does nothing."""
    training = folder / "model" / "training"
    (folder / "model" / "networks").mkdir(parents=True)
    training.mkdir()
    for package in (folder / "model", folder / "model" / "networks", training):
        (package / "__init__.py").touch()  # else the installed package comes first
    (folder / "model" / "networks" / "config.py").write_text(
        "import dataclasses\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class Sizes:\n    widths: tuple = ()\n"
        "PRESETS = {'mini': Sizes()}\n"
    )
    (training / "data.py").write_text(
        "class TrainingSet:\n    @classmethod\n    def load(cls, folder, group_size): return group_size\n"
    )
    (training / "rendered.py").write_text(
        "from model.networks.config import PRESETS\n"
        "def RenderedConfig(**given): return given\n"
        "class RenderedRecipe:\n"
        "    def __init__(self, config, data): self.config, self.data = config, data\n"
        "    def update(self, step):\n"
        "        c = self.config\n"
        "        return {f'{PRESETS[c[\"preset\"]].widths} step {step}': 0,\n"
        '                f\'{c["sources"]} x {c["drivers"]} of {self.data}\': 0}\n'
    )
    return training
