"""What `sitecustomize.py` does in a repository's environment: frames as they are written, and named changes alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from baselines.interface.errors import MethodUnavailable
from baselines.official.recording import find_recording
from baselines.official.shim_names import SHIM_FOLDER, SHIMS, check_shims, environment_of

FRAMES = "import numpy as np; frames = np.random.default_rng(0).integers(0, 256, (3, 6, 8, 3), np.uint8)\n"
WRITERS = {
    "imageio/__init__.py": """\
class Writer:
    def __init__(self, uri): self.uri, self.count = uri, 0
    def append_data(self, frame): self.count += 1
    def close(self): open(self.uri, "w").write(str(self.count))
def get_writer(uri, **named): return Writer(uri)
def mimwrite(uri, ims, **named):
    writer = Writer(uri)
    for image in ims: writer.append_data(image)
    writer.close()
mimsave = mimwrite
""",
    "torchvision/__init__.py": "",
    "torchvision/io.py": "def write_video(filename, frames, fps): open(filename, 'w').write(str(len(frames)))\n",
}
BOXES = {
    "torchvision/__init__.py": "",
    "torchvision/ops/__init__.py": "",
    "torchvision/ops/boxes.py": """\
import torch
def _assert_has_ops(): raise RuntimeError("another build")
def nms(boxes, scores, threshold):
    _assert_has_ops()
    return torch.ops.torchvision.nms(boxes, scores, threshold)
""",
}
NMS = """\
import torch
from torchvision.ops.boxes import nms
boxes = torch.tensor([[0.0, 0, 4, 4], [1, 0, 5, 4], [9, 9, 12, 12]])
scores = torch.tensor([0.5, 0.9, 0.7])
print(*(nms(boxes[:n], scores[:n], 0.5).tolist() for n in (3, 1, 0)))
"""


def run(tmp_path: Path, code: str, shims: tuple[str, ...] = (), *, record: bool = False, path: str = "") -> str:
    """Run code in a fresh Python with the shims; what it prints."""
    environment = {**os.environ, **environment_of(shims, tmp_path / "recorded" if record else None)}
    environment["PYTHONPATH"] = os.pathsep.join([str(SHIM_FOLDER), *([path] if path else [])])
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def package(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return str(folder)


def recorded(tmp_path: Path, name: str) -> np.ndarray:
    return np.stack(list(find_recording(tmp_path / "recorded", name).frames()))


@pytest.mark.parametrize(
    "code",
    [
        "import imageio; w = imageio.get_writer('out/v.mp4', fps=25)\nfor f in frames: w.append_data(f)\nw.close()",
        "import imageio; imageio.mimsave('out/v.mp4', (f for f in frames), fps=25)",
        "import torchvision.io; torchvision.io.write_video('out/v.mp4', frames, 25)",
    ],
)
def test_frames_are_recorded_as_they_are_written(code: str, tmp_path: Path) -> None:
    path = package(tmp_path / "libraries", WRITERS)
    (tmp_path / "out").mkdir()
    run(tmp_path, FRAMES + code, record=True, path=path)
    assert (tmp_path / "out" / "v.mp4").read_text() == "3"  # the repository's own writer wrote as ever
    wanted = np.random.default_rng(0).integers(0, 256, (3, 6, 8, 3), np.uint8)
    assert np.array_equal(recorded(tmp_path, "v.mp4"), wanted)


def test_frames_of_opencv_are_recorded_in_rgb_and_its_file_stays_the_same(tmp_path: Path) -> None:
    code = FRAMES.replace("(3, 6, 8, 3)", "(3, 32, 32, 3)") + (
        "import cv2\nw = cv2.VideoWriter('v.avi', cv2.VideoWriter_fourcc(*'MJPG'), 25, (32, 32))\n"
        "for f in frames: w.write(f)\nw.release()"
    )
    run(tmp_path, code)
    plain = (tmp_path / "v.avi").read_bytes()
    run(tmp_path, code, record=True)
    assert (tmp_path / "v.avi").read_bytes() == plain and plain
    wanted = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)[..., ::-1]
    assert np.array_equal(recorded(tmp_path, "v.avi"), wanted)


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ("import imageio; w = imageio.get_writer('v.mp4')\nfor f in frames: time.sleep(0.1); w.append_data(f)", 3),
        ("import imageio; imageio.mimsave('v.mp4', (f for f in frames))", 1),
        ("import torchvision.io; torchvision.io.write_video('v.mp4', frames, 25)", 1),
    ],
)
def test_each_call_of_a_writer_is_timed(code: str, calls: int, tmp_path: Path) -> None:
    path = package(tmp_path / "libraries", WRITERS)
    before = time.monotonic()
    run(tmp_path, "import time\n" + FRAMES + code, record=True, path=path)
    (file,) = (tmp_path / "recorded").glob("*/times.txt")
    times = [float(word) for word in file.read_text().split()]
    assert len(times) == 2 * calls and times == sorted(times)
    assert before < times[0] and times[-1] < time.monotonic()
    assert times[-2] - times[0] >= 0.1 * (calls - 1)


def test_the_most_memory_of_the_gpu_is_told_at_the_end(tmp_path: Path) -> None:
    torch = "class cuda:\n    is_initialized = lambda: True\n    max_memory_allocated = lambda: 7\n"
    path = package(tmp_path / "libraries", {**WRITERS, "torch/__init__.py": torch})
    run(tmp_path, FRAMES + "import torch, imageio; imageio.mimsave('v.mp4', frames)", record=True, path=path)
    (file,) = (tmp_path / "recorded").glob("gpu-*.txt")
    assert file.read_text() == "7"


def test_frames_that_are_no_bytes_are_refused_by_name(tmp_path: Path) -> None:
    path = package(tmp_path / "libraries", WRITERS)
    code = "import numpy as np, imageio; imageio.mimsave('v.mp4', [np.zeros((4, 4, 3))], fps=25)"
    run(tmp_path, code, record=True, path=path)
    (said,) = (tmp_path / "recorded").glob("*/refused.txt")
    assert said.read_text() == "float64 [4, 4, 3]"


@pytest.mark.parametrize(
    ("shim", "files", "code", "printed"),
    [
        ("numpy-aliases", {}, "import numpy as np; print(np.float is float, np.int is int)", "True True"),
        ("yaml-loader", {}, "import yaml; print(yaml.load('{a: 1}'))", "{'a': 1}"),
        (
            "torchvision-empty",
            {},
            "import sys; sys.modules.pop('x', None); import torchvision; print(torchvision.__path__)",
            "[]",
        ),
        ("face-alignment-stub", {}, "import face_alignment as f; print(f.FaceAlignment(f.LandmarksType._3D))", "None"),
        (
            "face-alignment-names",
            {"face_alignment.py": "import enum\nclass LandmarksType(enum.Enum):\n    TWO_D = 1\n    THREE_D = 3\n"},
            "from face_alignment import LandmarksType as L; print(L._3D is L.THREE_D)",
            "True",
        ),
        (
            "skimage-circle",
            {"skimage/__init__.py": "", "skimage/draw.py": "def disk(center, radius, shape=None): return center\n"},
            "from skimage.draw import circle; print(circle(1, 2, 3))",
            "(1, 2)",
        ),
        (
            "librosa-mel",
            {"librosa/__init__.py": "", "librosa/filters.py": "def mel(*, sr, n_fft, n_mels=1): return sr + n_mels\n"},
            "from librosa.filters import mel; print(mel(1, 2, n_mels=3))",
            "4",
        ),
        ("torchvision-ops", BOXES, NMS, "[1, 2] [0] []"),
        ("torch-load-pickles", {}, "import os; print(os.environ['TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'])", "1"),
        ("seed", {}, "import random, numpy as np; print(random.random() == random.Random(0).random(),"
            " np.random.rand() == np.random.RandomState(0).rand())", "True True"),
    ],
)  # fmt: skip
def test_a_shim_does_what_its_name_says(
    shim: str, files: dict[str, str], code: str, printed: str, tmp_path: Path
) -> None:
    path = package(tmp_path / "libraries", files)
    assert run(tmp_path, code, (shim,), path=path) == printed


def test_without_a_name_nothing_is_changed(tmp_path: Path) -> None:
    assert run(tmp_path, "import numpy as np; print('float' in vars(np))") == "False"


def test_a_sitecustomize_that_ours_hides_runs_all_the_same(tmp_path: Path) -> None:
    path = package(tmp_path / "theirs", {"sitecustomize.py": "import builtins; builtins.theirs = 1\n"})
    assert run(tmp_path, "print(theirs)", ("seed",), path=path) == "1"


def test_every_name_is_a_shim_and_a_wrong_one_is_refused() -> None:
    text = (SHIM_FOLDER / "sitecustomize.py").read_text()
    assert all(f"def _{name.replace('-', '_')}()" in text for name in SHIMS)
    with pytest.raises(MethodUnavailable, match="did you mean 'yaml-loader'"):
        check_shims(["yaml-loder"])
