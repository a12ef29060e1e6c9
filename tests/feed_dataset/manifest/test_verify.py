"""`verify` and `info`: what people see, and the exit code."""

from __future__ import annotations

import os
import shutil
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from feed_dataset.cli import main
from feed_dataset.core.media.video import Audio, write_video
from feed_dataset.layout.names import CAMERAS, FEED_STEMS
from feed_dataset.manifest import ManifestEntry, index_directory, manifest_path
from feed_dataset.manifest.findings import Fault, duplicates, out_of_sync
from feed_dataset.manifest.verify import verify_directory
from tests.feed_dataset.clips import FPS, moving_frames

NAMES = [f"{stem}_{camera}.mp4" for stem in FEED_STEMS for camera in CAMERAS]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One complete person; no two clips are equal."""
    folder = tmp_path_factory.mktemp("template") / "ID_1"
    for number, name in enumerate(NAMES):
        frames = moving_frames(3)
        frames[:, :16, :16] = 8 * number
        write_video(folder / name, frames, FPS)
    return folder


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "FEED/ID_1")
    return tmp_path / "FEED"


def verify(root: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """Exit code and the lines that name faults."""
    code = main(["verify", str(root), "--workers", "1", *options])
    lines = capsys.readouterr().out.splitlines()
    return code, [line for line in lines if line.partition(":")[0] in get_args(Fault)]


def index(root: Path) -> None:
    index_directory(root, workers=1)


def test_clean(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index(root)
    before = manifest_path(root).read_bytes()
    assert main(["verify", str(root), "--workers", "1"]) == 0
    shown = capsys.readouterr().out
    assert "result: no damage; 30 files ok" in shown and "ID_1     6/6" in shown
    assert "not here, of the public release: ID_2, ID_3" in shown
    assert "public release: ID_14: users of the release report that all of it is missing" in shown
    assert manifest_path(root).read_bytes() == before, "it writes nothing"


def test_a_changed_file_is_found_whatever_its_time_says(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index(root)
    path = root / "ID_1/eyes_C.mp4"
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    code, lines = verify(root, capsys)
    assert code == 1 and len(lines) == 1
    assert lines[0].startswith("changed: ID_1 eyes: ID_1/eyes_C: has other contents than when it was indexed")


def test_gone_and_new_and_missing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "ID_1/FF_R.mp4").rename(root / "later.mp4")
    (root / "ID_1/tongue_rot_L.mp4").unlink()
    index(root)
    code, lines = verify(root, capsys)
    assert code == 0, "what was never there may be as it was published"
    assert [line.split(": ")[:3] for line in lines] == [
        ["missing", "ID_1 rotations", "ID_1/tongue_rot_L"],
        ["missing", "ID_1 asymmetric", "ID_1/FF_R"],
    ]
    assert any("tongue_rot_L" in line and "users of the release report" in line for line in lines)
    (root / "later.mp4").rename(root / "ID_1/FF_R.mp4")
    (root / "ID_1/FF_L.mp4").unlink()
    code, lines = verify(root, capsys)
    assert code == 1
    assert {line.partition(":")[0] for line in lines} == {"gone", "new", "missing"}
    assert not any(line.startswith("missing") and "FF_L" in line for line in lines), "said once"


def test_damaged(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "ID_1/random_R.mp4"
    path.write_bytes(path.read_bytes()[:-50])
    code, lines = verify(root, capsys)
    assert code == 1 and lines[0].startswith("damaged: ID_1 extreme: ID_1/random_R:") and "truncated" in lines[0]


def test_duplicates(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(root / "ID_1/eyes_C.mp4", root / "ID_1/eyes_L.mp4")
    code, lines = verify(root, capsys)
    assert (code, lines) == (1, ["duplicate: ID_1 eyes: ID_1/eyes_L: has the same contents as ID_1/eyes_C"])


def test_the_older_name_of_a_stem_is_no_damage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for camera in CAMERAS:
        shutil.copy(root / f"ID_1/tongue_em_{camera}.mp4", root / f"ID_1/tongue_{camera}.mp4")
    code, lines = verify(root, capsys)
    assert code == 0 and [line.split(": ")[0] for line in lines] == ["same take"] * 3
    for camera in CAMERAS:
        (root / f"ID_1/tongue_em_{camera}.mp4").unlink()
    assert verify(root, capsys) == (0, []), "the older name alone is complete too"


def test_views_of_different_length(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_video(root / "ID_1/FF_L.mp4", moving_frames(8), FPS)
    code, lines = verify(root, capsys)
    assert code == 0 and len(lines) == 1
    assert lines[0].startswith("out of sync: ID_1 asymmetric: ID_1/FF: the lengths of its views differ by 0.20 s")
    assert verify(root, capsys, "--tolerance", "0.3") == (0, [])


def test_withdrawn(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(root / "ID_1", root / "ID_20")
    code, lines = verify(root, capsys)
    assert code == 0 and len(lines) == 7, "one per task"
    assert lines[-1].startswith("withdrawn: ID_20 extreme: ID_20/random_C, ID_20/random_L, ID_20/random_R: not in the")


def test_decode_finds_what_the_header_does_not_show(root: Path) -> None:
    path = root / "ID_1/random_R.mp4"
    data = path.read_bytes()
    path.write_bytes(data[:-20] + bytes(20))  # the index comes first, so this is in the last frame
    assert not verify_directory(root, workers=1).is_damaged
    found = verify_directory(root, workers=1, decode=True)
    assert [finding.id for finding in found.findings] == ["ID_1/random_R"]


def test_info(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "ID_1/tongue_em_C.mp4").write_bytes(b"")
    assert main(["info", str(root), "--workers", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines]
    assert ["extreme", "emotions", "Extreme", "random", "1", "0:00", "23", "3:02"] in rows
    assert ["basic", "facial", "expressions", "Mild", "MAU_mild", "1", "0:00", "21", "1:38"] in rows
    assert any(line.startswith("this data") and line.endswith("64x48") for line in lines)
    assert "29 ok, 1 corrupt" in lines[-2] and "CC BY-NC-SA" in lines[-1]


def entry(view: str, first_s: float, last_s: float, fps: Fraction = Fraction(25)) -> ManifestEntry:
    return ManifestEntry(
        id=f"ID_1/random_{view}",
        subject="ID_1",
        view=view,
        fields={"take": "random", "stem": "random"},
        first_pts_s=first_s,
        last_pts_s=last_s,
        fps=fps,
        sha256=view,
    )


@pytest.mark.parametrize(
    ("left", "detail"),
    [
        (entry("L", 0.0, 3.96), ""),
        (entry("L", 0.09, 4.0), ""),
        (entry("L", 0.2, 4.16), "its views begin 0.20 s apart: C 0.00 s, L 0.20 s"),
        (entry("L", 0.0, 4.5), "the lengths of its views differ by 0.54 s: C 4.00 s, L 4.54 s"),
        (entry("L", 0.0, 3.96, Fraction(30000, 1001)), "its views run at different rates: C at 25, L at 30000/1001"),
    ],
)
def test_sync_by_presentation_times(left: ManifestEntry, detail: str) -> None:
    found = out_of_sync([entry("C", 0.0, 3.96), left])
    assert [finding.detail for finding in found] == ([detail] if detail else [])


def test_sync_by_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """R began 0.4 s before C: what it heard and saw comes later in its file. Their clocks and lengths agree.

    L began a frame and a half late: more than half a frame, so reading would take other frames.
    """
    rng = np.random.default_rng(0)
    heard = rng.normal(0, 0.2, 16_000 * 5).astype(np.float32)
    for camera, start_s in {"C": 1.0, "L": 1.06, "R": 0.6}.items():
        start = round(start_s * 16_000)
        sound = Audio(heard[start : start + 16_000 * 3], 16_000)
        frames = moving_frames(75) // (2 if camera == "L" else 1)
        write_video(tmp_path / f"ID_1/random_{camera}.mp4", frames, FPS, audio=sound)
    assert main(["verify", str(tmp_path), "--sync", "--workers", "1"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("out of sync")]
    assert lines == [
        "out of sync: ID_1 extreme: ID_1/random: by its audio, against C: L is 0.06 s early, R is 0.40 s late"
    ]
    assert main(["verify", str(tmp_path), "--sync", "--tolerance", "0.5", "--workers", "1"]) == 0
    assert "out of sync:" not in capsys.readouterr().out


def test_duplicates_of_three() -> None:
    same = [ManifestEntry(id=name, subject="ID_1", sha256="x") for name in ("a", "b", "c")]
    assert [(finding.id, finding.fault) for finding in duplicates(same)] == [("b", "duplicate"), ("c", "duplicate")]


def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["verify", str(tmp_path / "gone")], ["index", str(tmp_path)], ["info", str(tmp_path)]):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: expected") and error.count("\n") == 1
    with pytest.raises(SystemExit) as caught:
        main(["verify", str(tmp_path), "--tolerance", "-1"])
    assert caught.value.code == 2
