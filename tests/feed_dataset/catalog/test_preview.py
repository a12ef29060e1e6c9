"""`python -m feed_dataset preview`: sheets per subject and task, and the views side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.preview import PreviewOptions, contact_sheet
from feed_dataset.cli import main
from feed_dataset.core.media.video import read_image, read_video
from tests.feed_dataset.clips import feed_like

TAKES = ("ID_1/random", "ID_1/eyes", "ID_2/random", "ID_2/eyes")
NAMES = [f"{take}_{camera}.mp4" for take in TAKES for camera in "CLR"]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    return feed_like(tmp_path / "FEED", NAMES)


def test_sheets_and_film(feed: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    assert main(["preview", str(feed), "--out", str(out), "--columns", "3", "--tile", "40"]) == 0
    sheets = {"subject_ID_1.jpg", "subject_ID_2.jpg", "task_eyes.jpg", "task_extreme.jpg"}
    assert {path.name for path in out.iterdir()} == {*sheets, "side_by_side.mp4"}
    for name in sheets:
        assert read_image(out / name).shape == (2 * (40 + 18), 3 * 40, 3), "two takes, camera C only"
    film = read_video(out / "side_by_side.mp4")
    height, width = film.frames.shape[1:3]
    assert (width, height) == (3 * 256, 256 + 18)
    assert film.frames[:, 18:].std() > 5


def test_unreadable_and_missing_views(feed: Path, tmp_path: Path) -> None:
    """A broken clip says so on its row; a take without all cameras is not in the film."""
    (feed / "ID_1/random_C.mp4").write_bytes(b"broken")
    for name in NAMES:
        if "ID_2" in name and "_C" in name:
            (feed / name).unlink()
    out = tmp_path / "preview"
    assert main(["preview", str(feed), "--out", str(out), "--columns", "2", "--tile", "40"]) == 0
    broken = read_image(out / "subject_ID_1.jpg")
    assert broken.shape[0] == 2 * (40 + 18)
    assert read_image(out / "subject_ID_2.jpg").shape[0] == 2 * (40 + 18), "the left camera stands in"


def test_landmarks_are_drawn_where_they_are_known() -> None:
    clip = open_catalog().clip("S01/random_C")
    plain = contact_sheet([clip], PreviewOptions(columns=1, tile_px=160))
    dotted = contact_sheet([clip], PreviewOptions(columns=1, tile_px=160, landmarks=True))
    changed = (plain != dotted).any(2)[18:]
    assert 68 < changed.sum() < 68 * 12
    rows, columns = changed.nonzero()
    assert 40 < rows.mean() < 120 and 60 < columns.mean() < 100, "on the face"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["/nowhere/at/all"], "does not exist"), (["--subject", "S99"], "S99"), (["--out", __file__], "is not a folder")],
)
def test_wrong_input_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", *arguments]) == 2
    assert message in capsys.readouterr().err
