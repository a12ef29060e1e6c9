"""`python -m model animate` as a person types it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from feed_dataset.core.media.video import probe, read_video, write_video
from model.avatar import FaceFinder
from model.cli import main


@pytest.fixture(autouse=True)
def _networks(finder: FaceFinder) -> None:
    """Every test here looks for faces."""


def animate(source: Path, driver: Path, out: Path, *more: str) -> int:
    return main(["animate", "--source", str(source), "--driver", str(driver), "--out", str(out), *more])


def test_a_photograph_and_a_clip(
    photo_path: Path, driver_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mp4"
    assert animate(photo_path, driver_path, out) == 0
    info = probe(out)
    assert (info.frame_count, info.fps, info.width_px, info.height_px, info.has_audio) == (7, 25, 512, 600, True)
    assert "out.mp4: 7 frames at 25 fps, 512 x 600, sound of driver.mp4" in capsys.readouterr().out


def test_sound_can_be_left_out(photo_path: Path, driver_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    assert animate(photo_path, driver_path, out, "--no-audio") == 0
    assert not probe(out).has_audio


def test_half_precision_looks_the_same(photo_path: Path, clip: np.ndarray, tmp_path: Path) -> None:
    driver, frames = tmp_path / "driver.mp4", []
    write_video(driver, clip[:2], Fraction(25))  # few: processors without bfloat16 are slow at it
    for precision in ("float32", "bfloat16"):
        out = tmp_path / f"{precision}.mp4"
        assert animate(photo_path, driver, out, "--layout", "crop", "--precision", precision) == 0
        frames.append(read_video(out).frames.astype(int))
    assert np.abs(frames[0] - frames[1]).mean() < 4


def photo_as(photo: np.ndarray, path: Path, kind: str) -> Path:
    """The same photograph in another kind of file."""
    image = Image.fromarray(photo)
    if kind == "gray":
        image.convert("L").save(path)
    elif kind == "rgba":
        image.putalpha(255)
        image.save(path)
    elif kind == "16 bit":
        Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)
    else:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be shown turned by a quarter
        image.rotate(90, expand=True).save(path, exif=exif, quality=95)
    return path


@pytest.mark.parametrize(
    ("kind", "name"), [("gray", "a.png"), ("rgba", "a.png"), ("16 bit", "a.png"), ("exif", "a.jpg")]
)
def test_every_kind_of_photograph(photo: np.ndarray, driver_path: Path, tmp_path: Path, kind: str, name: str) -> None:
    out = tmp_path / "out.mp4"
    assert animate(photo_as(photo, tmp_path / name, kind), driver_path, out, "--no-audio") == 0
    assert (probe(out).width_px, probe(out).height_px) == (512, 600)
    first = read_video(out).frames[0].mean(axis=2)
    assert np.abs(first - photo.mean(axis=2)).mean() < 12


def wrong(source: Path, driver: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The one line of a request that cannot be met."""
    assert animate(source, driver, out, *more) == 2
    assert not out.exists()
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    return lines[0]


def test_wrong_requests_are_one_line(
    photo_path: Path, driver_path: Path, clip: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mp4"
    blank, text, silent = tmp_path / "blank.png", tmp_path / "text.mp4", tmp_path / "silent.mp4"
    Image.new("RGB", (300, 200)).save(blank)
    text.write_text("not a video")
    write_video(silent, clip[:2], 25, preset="ultrafast")
    assert "no face detected in the 300 x 200 picture" in wrong(blank, driver_path, out, capsys)
    assert "text.mp4" in wrong(photo_path, text, out, capsys)
    assert "missing.jpg" in wrong(tmp_path / "missing.jpg", driver_path, out, capsys)
    assert "expected a face from 1 to 1 but got 3" in wrong(photo_path, driver_path, out, capsys, "--face", "3")
    assert "expected --out to end in .mp4" in wrong(photo_path, driver_path, tmp_path / "o.gif", capsys)
    assert "expected sound in" in wrong(photo_path, driver_path, out, capsys, "--audio", str(silent))
    assert "one weight per driver" in wrong(photo_path, driver_path, out, capsys, "--weights", "1", "2")
    assert "keeps the photo's own" in wrong(photo_path, driver_path, out, capsys, "--background", "#00ff00")
    assert "a colour such as" in wrong(photo_path, driver_path, out, capsys, "--background", "#zz")
    assert "expected a device" in wrong(photo_path, driver_path, out, capsys, "--device", "toaster")
    assert "nowhere" in wrong(photo_path, driver_path, out, capsys, "--model", str(tmp_path / "nowhere"))


def test_no_input_is_written_over(
    photo_path: Path, driver_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, link, hard = (tmp_path / name for name in ("clip.mp4", "link.mp4", "hard.mp4"))
    clip.write_bytes(driver_path.read_bytes())
    link.symlink_to(clip)
    hard.hardlink_to(clip)
    other, before = ("--driver", str(driver_path)), clip.read_bytes()
    for named, more in (
        (f"--driver {clip}", ("--driver", str(clip))),
        ("--pose-driver", (*other, "--pose-driver", str(clip))),
        ("--audio", (*other, "--audio", str(clip))),
    ):
        for out in (clip, link, hard):
            assert main(["animate", "--source", str(photo_path), "--out", str(out), *more]) == 2
            (line,) = capsys.readouterr().err.strip().splitlines()
            assert line == (
                f"error: expected --out apart from the inputs but {out} is that of {named}; name another file"
            )
    assert clip.read_bytes() == before and link.is_symlink() and hard.samefile(clip)
