"""What is read of a recording, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from baselines.interface.errors import OutputFault
from baselines.official.recording import find_recording
from baselines.official.shim_names import SHIM_FOLDER

FRAMES = np.arange(3 * 4 * 6 * 3, dtype=np.uint8).reshape(3, 4, 6, 3)


def record(folder: Path, name: str = "o.mp4", **files: str | bytes) -> Path:
    made = folder / f"7-{len(list(folder.glob('*'))):04d}"
    made.mkdir(parents=True)
    known: dict[str, str | bytes] = {
        "file.txt": name,
        "shape.txt": "4 6",
        "frames.rgb": FRAMES.tobytes(),
        "times.txt": "1.5 2.0\n3.0 3.25\n",
    }
    for file, content in {**known, **{key.replace("_", "."): value for key, value in files.items()}}.items():
        (made / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return made


def test_frames_and_calls_are_those_that_were_recorded(tmp_path: Path) -> None:
    record(tmp_path, "other.mp4")
    record(tmp_path)
    found = find_recording(tmp_path, "o.mp4")
    assert np.array_equal(np.stack(list(found.frames())), FRAMES)
    assert found.frame_count == 3
    assert found.calls() == ((1.5, 2.0), (3.0, 3.25))


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"file_txt": "other.mp4"}, "one recording of o.mp4 but got 0"),
        ({"refused_txt": "float32 [4, 6, 3]"}, r"but got float32 \[4, 6, 3\]; score the video itself"),
        ({"shape_txt": ""}, "has no frames"),
        ({"frames_rgb": b""}, "the last one is cut off"),
        ({"frames_rgb": FRAMES.tobytes()[:-1]}, "the last one is cut off"),
    ],
)
def test_what_is_no_recording_is_refused(files: dict[str, str | bytes], why: str, tmp_path: Path) -> None:
    record(tmp_path, **files)
    with pytest.raises(OutputFault, match=why):
        find_recording(tmp_path, "o.mp4")


def test_two_recordings_of_one_name_are_refused(tmp_path: Path) -> None:
    record(tmp_path)
    record(tmp_path)
    with pytest.raises(OutputFault, match="but got 2"):
        find_recording(tmp_path, "*.mp4")


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("numpy.zeros((2, 2, 3), numpy.uint8)", r"two sizes: \[4, 6, 3\] and \[2, 2, 3\]"),
        ("numpy.zeros((4, 6, 3), numpy.float32)", r"float32 \[4, 6, 3\]"),
        ("numpy.zeros((4, 6), numpy.uint8)", r"uint8 \[4, 6\]"),
        ("numpy.zeros((0, 6, 3), numpy.uint8)", r"uint8 \[0, 6, 3\]"),
    ],
)
def test_a_recorder_refuses_what_is_no_frame_of_the_video(frame: str, why: str, tmp_path: Path) -> None:
    code = (
        "import numpy, sitecustomize\nmade = sitecustomize._Recording('o.mp4')\n"
        f"made.add(numpy.zeros((4, 6, 3), numpy.uint8)); made.add({frame})"
    )
    environment = {"FEED_RECORD": str(tmp_path), "PYTHONPATH": str(SHIM_FOLDER)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    with pytest.raises(OutputFault, match=why):
        find_recording(tmp_path, "o.mp4")
